package io.nestwalk.fleet.table;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.AnswerSchemas;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import org.apache.parquet.schema.MessageType;

/** The tables of a fleet, in the order in which they are read best. */
public enum Table {
  /** The images: a row for each, also for one that can't be read, with the reason. */
  IMAGES(null),
  /** Hosts and guests: rows of {@code machines}. */
  MACHINES("machine"),
  /** Processes: rows of {@code ps}. */
  PROCESSES("process"),
  /** Mappings of processes: rows of {@code maps}. */
  MAPPINGS("mapping"),
  /** Runs of pages through all layers: rows of {@code search kind:run}. */
  RUNS("run"),
  /** Modules: rows of {@code modules}. */
  MODULES("module"),
  /** Findings: rows of {@code search kind:finding}. */
  FINDINGS("finding"),
  /** Sockets: rows of {@code netstat}. */
  SOCKETS("socket"),
  /** Places of what was looked for: rows of {@code find}. */
  HITS("hit"),
  /** What rules of YARA's are true of: rows of {@code yara}. */
  RULE_HITS("ruleHit");

  private static final String DEFINITIONS = "$defs";

  private final String definition;

  Table(String definition) {
    this.definition = definition;
  }

  /** The name of the table's folder. */
  public String folder() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The JSON Schema of a row, complete in itself. */
  public ObjectNode rowSchema() {
    if (definition == null) {
      try (InputStream in = Table.class.getResourceAsStream("images.json")) {
        return (ObjectNode) Json.MAPPER.readTree(in);
      } catch (IOException e) {
        throw new UncheckedIOException("the program holds its schemas", e);
      }
    }
    return AnswerSchemas.definition(definition);
  }

  /** What a row consists of. */
  Column.Parts columns() {
    ObjectNode schema = rowSchema();
    return (Column.Parts) Column.of(schema, schema.path(DEFINITIONS));
  }

  /** The schema of the table's files. */
  public MessageType fileSchema() {
    return new MessageType(folder(), columns().type(folder()).asGroupType().getFields());
  }

  /** All tables that hold what is inside of images. */
  public static List<Table> contents() {
    return List.of(MACHINES, PROCESSES, MAPPINGS, RUNS, MODULES, FINDINGS, SOCKETS);
  }
}
