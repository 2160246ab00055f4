package io.nestwalk.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry;
import io.nestwalk.index.KeptRules;
import io.nestwalk.index.SearchIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a report is made of.
 *
 * @param folder where the analysis lies
 * @param index its index
 */
public record Analysis(AnalysisFolder folder, SearchIndex index) {

  /** Name of the folder's file of example walks. */
  static final String WALKS = "reports/walks.json";

  /** Name of the folder's file of CPUs, modules and logs. */
  static final String FACTS = "reports/image.json";

  /** The kinds of documents that the folder may hold: rules of YARA's only where they were kept. */
  public Set<Entry.Kind> kinds() {
    Set<Entry.Kind> kinds = EnumSet.allOf(Entry.Kind.class);
    if (!folder.isDone(AnalysisFolder.YARA_STAGE)) {
      kinds.remove(Entry.Kind.YARA);
    }
    return kinds;
  }

  /** Where the report comes from: tool, image, times, commands. */
  ObjectNode provenance() {
    JsonNode manifest = folder.manifest();
    ObjectNode node = Json.object();
    node.put("tool", manifest.path("tool").asText());
    node.put("version", manifest.path("version").asText());
    node.put("schema", manifest.path("schema").asInt());
    ObjectNode image = node.putObject("image");
    image.setAll((ObjectNode) manifest.path("image").deepCopy());
    image.remove("sample");
    folder.sha256().ifPresent(digest -> image.put("sha256", digest));
    node.set("settings", manifest.path("settings"));
    node.put("started", manifest.path("started").asText());
    node.put("finished", folder.facts(AnalysisFolder.INDEX_STAGE).path("finished").asText());
    JsonNode commands = manifest.path("commands");
    node.set("commands", commands.isArray() ? commands : Json.MAPPER.createArrayNode());
    return node;
  }

  /** What was looked at; with it, where rules of YARA's were followed, by which and over what. */
  public ObjectNode coverage() {
    ObjectNode coverage = indexCoverage();
    KeptRules rules = KeptRules.of(folder);
    if (rules.followed()) {
      rules.addTo(coverage);
    }
    return coverage;
  }

  /** What was looked at when the index was made. */
  ObjectNode indexCoverage() {
    return folder.coverage();
  }

  /** How many documents of each kind there are. */
  JsonNode counts() {
    return folder.facts(AnalysisFolder.INDEX_STAGE).path("documents");
  }

  /** CPUs, modules and logs; an empty object where the analysis noted none. */
  JsonNode facts() throws IOException {
    Path file = folder.resolve(FACTS);
    return Files.isRegularFile(file)
        ? Json.MAPPER.readTree(Files.readAllBytes(file))
        : Json.object();
  }

  /** The example walks; an empty list where the analysis made none. */
  JsonNode walks() throws IOException {
    Path file = folder.resolve(WALKS);
    return Files.isRegularFile(file)
        ? Json.MAPPER.readTree(Files.readAllBytes(file))
        : Json.MAPPER.createArrayNode();
  }
}
