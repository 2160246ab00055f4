package io.nestwalk.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.nestwalk.index.Entry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** The rows of one kind of document, with the same columns whatever the image holds. */
final class CsvReport {

  private static final CsvMapper MAPPER = new CsvMapper();

  private final Analysis analysis;
  private final Entry.Kind kind;

  CsvReport(Analysis analysis, Entry.Kind kind) {
    this.analysis = analysis;
    this.kind = kind;
  }

  void write(OutputStream out) throws IOException {
    CsvSchema.Builder schema = CsvSchema.builder().setUseHeader(true);
    columns().forEach(schema::addColumn);
    try (SequenceWriter rows =
        MAPPER
            .writer(schema.build())
            .without(com.fasterxml.jackson.core.JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .writeValues(out)) {
      boolean[] any = {false};
      analysis
          .index()
          .forEach(
              kind,
              document -> {
                any[0] = true;
                rows.write(row(document));
              });
      if (!any[0]) {
        out.write(
            (String.join(",", columns()) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
    }
  }

  /** What is no plain value becomes words with blanks between. */
  private ObjectNode row(ObjectNode document) {
    ObjectNode row = document.objectNode();
    for (String column : columns()) {
      JsonNode value = document.at("/" + column.replace('.', '/'));
      if (value.isArray()) {
        StringBuilder words = new StringBuilder();
        value.forEach(word -> words.append(words.isEmpty() ? "" : " ").append(word.asText()));
        row.put(column, words.toString());
      } else if (value.isMissingNode() || value.isNull()) {
        row.putNull(column);
      } else {
        row.set(column, value);
      }
    }
    return row;
  }

  private List<String> columns() {
    return switch (kind) {
      case MACHINE ->
          List.of(
              "id",
              "parent",
              "name",
              "arch",
              "root",
              "rootMode",
              "cpus",
              "vmmPid",
              "secondLevel.kind",
              "secondLevel.root",
              "secondLevel.pointer",
              "secondLevel.mappedBytes",
              "os.name",
              "os.version",
              "os.hostName",
              "os.kernelBase",
              "os.kernelPhysical",
              "os.kaslrSlide",
              "os.bootTime");
      case PROCESS ->
          List.of(
              "machine",
              "pid",
              "ppid",
              "tgid",
              "name",
              "path",
              "commandLine",
              "uid",
              "startTime",
              "state",
              "threads",
              "kernelThread",
              "root",
              "userRoot",
              "object",
              "seenBy",
              "cgroup");
      case MAPPING ->
          List.of(
              "machine",
              "pid",
              "process",
              "start",
              "end",
              "permissions",
              "mappingKind",
              "path",
              "offset",
              "presentBytes",
              "flags",
              "object");
      case RUN ->
          List.of(
              "machine",
              "space",
              "pid",
              "process",
              "path",
              "start",
              "length",
              "gpa",
              "hpa",
              "fileOffset",
              "pageSize",
              "permissions");
      case FINDING -> List.of("machine", "pid", "process", "rule", "text", "address");
    };
  }
}
