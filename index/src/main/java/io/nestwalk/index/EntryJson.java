package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.FindingAnswer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.MappingAnswer;
import io.nestwalk.answer.PageRun;
import io.nestwalk.answer.ProcessAnswer;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.MachineEntry;
import io.nestwalk.index.Entry.MappingEntry;
import io.nestwalk.index.Entry.ProcessEntry;
import io.nestwalk.index.Entry.RuleHitEntry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.memory.PageState;
import io.nestwalk.paging.Permissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What a document looks like: {@code type} says what it is about, the rest is what {@link
 * io.nestwalk.answer} makes of it, the same as the commands' answers.
 */
public final class EntryJson {

  private EntryJson() {}

  /** The document of an entry. */
  public static ObjectNode of(Entry entry) {
    ObjectNode node = Json.object();
    node.put("type", entry.kind().toString());
    node.setAll(
        switch (entry) {
          case MachineEntry machine -> machine.answer();
          case ProcessEntry process -> ProcessAnswer.of(process.machineId(), process.process());
          case MappingEntry mapping ->
              MappingAnswer.of(
                  mapping.machineId(), mapping.pid(), mapping.process(), mapping.mapping());
          case RunEntry run -> run(run);
          case FindingEntry finding -> FindingAnswer.of(finding.finding());
          case RuleHitEntry hit -> hit.answer();
        });
    return node;
  }

  private static ObjectNode run(RunEntry run) {
    ObjectNode node = Json.object();
    node.put("machine", run.machineId());
    node.put("space", run.space().toString());
    run.pid().ifPresent(pid -> node.put("pid", pid));
    node.put("process", run.name());
    run.path().ifPresent(path -> node.put("path", path));
    node.setAll(
        new PageRun(
                run.start(),
                run.length(),
                run.gpa(),
                run.hpa(),
                run.fileOffset(),
                1L << run.pageShift(),
                run.permissions(),
                PageState.MAPPED)
            .json());
    return node;
  }

  /** The run of pages that a document of {@link #of} shows. */
  public static RunEntry run(ObjectNode document) {
    JsonNode pid = document.path("pid");
    return new RunEntry(
        document.path("machine").asText(),
        Arrays.stream(Entry.Space.values())
            .filter(space -> space.toString().equals(document.path("space").asText()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no run of pages")),
        pid.isNumber() ? OptionalInt.of(pid.asInt()) : OptionalInt.empty(),
        document.path("process").asText(),
        Optional.ofNullable(document.path("path").textValue()),
        address(document, "start").orElseThrow(),
        address(document, "gpa").orElse(RunEntry.NONE),
        address(document, "hpa").orElse(RunEntry.NONE),
        document.path("fileOffset").asLong(RunEntry.NONE),
        document.path("length").asLong(),
        permissions(document.path("permissions").asText()),
        Long.numberOfTrailingZeros(document.path("pageSize").asLong()));
  }

  private static int permissions(String letters) {
    return IntStream.rangeClosed(0, Permissions.ALL)
        .filter(each -> Permissions.format(each).equals(letters))
        .findFirst()
        .orElse(0); // a run without any says nothing
  }

  /** The value of an address that a document holds under {@code key}. */
  static Optional<Long> address(JsonNode document, String key) {
    String text = document.path(key).asText("");
    return text.startsWith("0x")
        ? Optional.of(Long.parseUnsignedLong(text.substring(2), 16))
        : Optional.empty();
  }
}
