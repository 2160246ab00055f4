package io.nestwalk.index;

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
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.memory.PageState;
import java.util.Optional;

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

  /** The value of an address that a document holds under {@code key}. */
  static Optional<Long> address(ObjectNode document, String key) {
    String text = document.path(key).asText("");
    return text.startsWith("0x")
        ? Optional.of(Long.parseUnsignedLong(text.substring(2), 16))
        : Optional.empty();
  }
}
