package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.nestwalk.answer.AnswerSchemas;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A command that was run, with what it printed. */
record CommandRun(int code, String out, String err) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path ROOT = Path.of(System.getProperty("nestwalk.root", ".."));

  static CommandRun of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Nestwalk.run(new PrintWriter(out), new PrintWriter(err), args);
    return new CommandRun(code, out.toString(), err.toString());
  }

  /** A sample that every clone has. */
  static String sample(String name) {
    return ROOT.resolve("samples").resolve(name).toString();
  }

  /** What is true about a sample. */
  static JsonNode truth(String name) {
    try {
      return JSON.readTree(
          Files.readAllBytes(ROOT.resolve("samples").resolve(name + ".truth.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The answer, which must be as its schema says. */
  JsonNode valid(String schema) {
    return valid(schema, out);
  }

  /** A document, which must be as a schema says. */
  static JsonNode valid(String schema, String json) {
    assertThat(faults(AnswerSchemas.named(schema).orElseThrow(), json))
        .as("%s by its schema", schema)
        .isEmpty();
    return parse(json);
  }

  /** What in a document is not as a schema says. */
  static List<?> faults(JsonNode schema, String json) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(schema.toString())
        .validate(json, InputFormat.JSON);
  }

  JsonNode json() {
    return parse(out);
  }

  List<JsonNode> lines() {
    return out.lines().map(CommandRun::parse).toList();
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("no JSON: " + text, e);
    }
  }
}
