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
import java.util.List;
import java.util.Optional;

/** What a report shows of an image that is no document of its index: CPUs, modules, logs. */
public final class ImageFacts {

  /** The stage's name. */
  public static final String STAGE = "image";

  /** So many modules and lines of a log, the last ones, are kept of a machine. */
  private static final int MOST = 1000;

  private ImageFacts() {}

  /** Leaves the facts in the folder; the stage is complete afterwards. */
  public static void make(AnalysisFolder folder, MemoryImage image, Machines machines)
      throws IOException {
    ObjectNode facts = Json.object();
    facts.set("info", ImageAnswer.of(image, machines));
    ArrayNode modules = facts.putArray("modules");
    ArrayNode log = facts.putArray("log");
    ArrayNode cut = facts.putArray("cut");
    for (Machine machine : machines.all()) {
      Optional<GuestSystem> system = machine.system();
      if (system.isPresent()) {
        List<GuestModule> loaded = system.get().modules();
        loaded.stream()
            .limit(MOST)
            .forEach(each -> modules.add(ModuleAnswer.of(machine.id(), each)));
        if (loaded.size() > MOST) {
          cut.add("%s: the first %d of %d modules".formatted(machine.id(), MOST, loaded.size()));
        }
        List<LogLine> lines = system.get().log();
        Optional<Instant> boot = system.get().facts().bootTime();
        lines.stream()
            .skip(Math.max(0, lines.size() - MOST))
            .forEach(line -> log.add(LogAnswer.of(machine.id(), boot, line)));
        if (lines.size() > MOST) {
          cut.add(
              "%s: the last %d of %d lines of its log".formatted(machine.id(), MOST, lines.size()));
        }
        for (GuestSystem.Subject subject :
            List.of(GuestSystem.Subject.MODULES, GuestSystem.Subject.LOG)) {
          if (system.get().unknown().contains(subject)) {
            cut.add("%s: its %s not known".formatted(machine.id(), subject));
          }
        }
      }
    }
    folder.write(Analysis.FACTS, out -> Json.MAPPER.writeValue(out, facts));
    folder.completed(STAGE, Json.object().put("modules", modules.size()).put("log", log.size()));
  }
}
