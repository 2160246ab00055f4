package io.nestwalk.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.ImageAnswer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.LogAnswer;
import io.nestwalk.answer.ModuleAnswer;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.LogLine;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** What a report shows of an image that is no document of its index: CPUs, modules, logs. */
public final class ImageFacts {

  /** The stage's name. */
  public static final String STAGE = "image";

  /** The bytes that all modules, and that all lines of logs, may take in the report. */
  private static final int MODULE_BYTES = 120_000;

  private static final int LOG_BYTES = 250_000;

  private ImageFacts() {}

  /** Leaves the facts in the folder; the stage is complete afterwards. */
  public static void make(AnalysisFolder folder, MemoryImage image, Machines machines)
      throws IOException {
    ObjectNode facts = Json.object();
    facts.set("info", ImageAnswer.of(image, machines));
    ArrayNode modules = facts.putArray("modules");
    ArrayNode log = facts.putArray("log");
    ArrayNode cut = facts.putArray("cut");
    List<Machine> known = machines.all().stream().filter(m -> m.system().isPresent()).toList();
    for (Machine machine : known) {
      GuestSystem system = machine.system().orElseThrow();
      String id = machine.id();
      List<GuestModule> loaded = system.modules();
      int kept =
          add(
              loaded.size(),
              MODULE_BYTES / known.size(),
              modules,
              i -> ModuleAnswer.of(id, loaded.get(i)));
      if (kept < loaded.size()) {
        cut.add("%s: the first %d of %d modules".formatted(id, kept, loaded.size()));
      }
      List<LogLine> lines = system.log();
      Optional<Instant> boot = system.facts().bootTime();
      int last = lines.size() - 1;
      List<ObjectNode> newest = new ArrayList<>();
      kept =
          add(
              lines.size(),
              LOG_BYTES / known.size(),
              newest,
              i -> LogAnswer.of(id, boot, lines.get(last - i)));
      log.addAll(newest.reversed());
      if (kept < lines.size()) {
        cut.add("%s: the last %d of %d lines of its log".formatted(id, kept, lines.size()));
      }
      for (GuestSystem.Subject subject :
          List.of(GuestSystem.Subject.MODULES, GuestSystem.Subject.LOG)) {
        if (system.unknown().contains(subject)) {
          cut.add("%s: its %s not known".formatted(id, subject));
        }
      }
    }
    folder.write(Analysis.FACTS, out -> Json.MAPPER.writeValue(out, facts));
    folder.completed(STAGE, Json.object().put("modules", modules.size()).put("log", log.size()));
  }

  /** Adds rows while there is room, and says how many. */
  private static int add(int count, int bytes, ArrayNode to, IntFunction<ObjectNode> row) {
    List<ObjectNode> rows = new ArrayList<>();
    int added = add(count, bytes, rows, row);
    to.addAll(rows);
    return added;
  }

  private static int add(int count, int bytes, List<ObjectNode> to, IntFunction<ObjectNode> row) {
    long taken = 0;
    for (int i = 0; i < count; i++) {
      ObjectNode next = row.apply(i);
      taken += Json.line(next).length();
      if (taken > bytes) {
        return i;
      }
      to.add(next);
    }
    return count;
  }
}
