package io.nestwalk.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import java.io.IOException;
import java.io.OutputStream;

/** A document a line; the last line holds provenance and coverage. */
final class NdjsonReport {

  private final Analysis analysis;

  NdjsonReport(Analysis analysis) {
    this.analysis = analysis;
  }

  void write(OutputStream out) throws IOException {
    try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      for (Entry.Kind kind : Entry.Kind.values()) {
        analysis
            .index()
            .forEach(
                kind,
                document -> {
                  document.writeTo(out);
                  out.write('\n');
                });
      }
      ObjectNode last = Json.object();
      last.set("provenance", analysis.provenance());
      last.set("coverage", analysis.coverage());
      json.writeTree(last);
      json.writeRaw('\n');
    }
  }
}
