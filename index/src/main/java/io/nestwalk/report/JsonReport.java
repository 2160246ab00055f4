package io.nestwalk.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Set;

/** The whole analysis as one JSON object: {@code schema/report.schema.json}. */
final class JsonReport {

  private static final byte[] FIRST = {'\n'};
  private static final byte[] NEXT = {'\n', ','};

  private final Analysis analysis;
  private final Set<Entry.Kind> kinds;

  /**
   * A report.
   *
   * @param kinds what it lists; of another kind it has no list, not an empty one
   */
  JsonReport(Analysis analysis, Set<Entry.Kind> kinds) {
    this.analysis = analysis;
    this.kinds = Set.copyOf(kinds);
  }

  void write(OutputStream out) throws IOException {
    try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.writeStartObject();
      ObjectNode provenance = analysis.provenance();
      for (Map.Entry<String, JsonNode> field : provenance.properties()) {
        json.writeFieldName(field.getKey());
        json.writeTree(field.getValue());
      }
      for (Entry.Kind kind : Entry.Kind.values()) {
        if (!kinds.contains(kind)) {
          continue;
        }
        json.writeRaw('\n');
        json.writeArrayFieldStart(Reports.plural(kind));
        json.flush();
        rows(kind, out);
        json.writeEndArray();
      }
      json.writeFieldName("walks");
      json.writeTree(analysis.walks());
      json.writeFieldName("coverage");
      json.writeTree(analysis.coverage());
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  /** The members of a list, as the index keeps them: past the generator, which has been flushed. */
  private void rows(Entry.Kind kind, OutputStream out) throws IOException {
    int[] written = {0};
    analysis
        .index()
        .forEach(
            kind,
            document -> {
              out.write(written[0]++ == 0 ? FIRST : NEXT);
              document.writeTo(out);
            });
  }
}
