package io.nestwalk.windows;

import static io.nestwalk.windows.WindowsMappingsTest.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.Passage;
import io.nestwalk.paging.Translation;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pages that the hardware does not map, against the truth. */
class WindowsPagesTest {

  private static final Map<String, String> STATES =
      Map.of(
          "transition", "transition",
          "prototypeValid", "prototype",
          "file", "file",
          "pagefile", "pagefile",
          "demandZero", "demandZero",
          "decommitted", "decommitted",
          "untouched", "untouched");

  private static Layer memory(GuestSystem system, String pid) {
    return system.memoryOf(process(system, Long.parseLong(pid))).orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void statesAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    Map<String, Object> all = machine.truth().child("softPages").values();
    assertThat(all).isNotEmpty();
    all.forEach(
        (pid, pages) -> {
          Layer memory = memory(system, pid);
          for (Object each : (List<?>) pages) {
            Truth truth = Truth.of(each);
            Passage passage = memory.pass(truth.number("va"));
            assertThat(describe(passage)).as("%s %s", pid, truth).isEqualTo(describe(truth));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void pagesInMemoryAreRead(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    machine
        .truth()
        .child("softPages")
        .values()
        .forEach(
            (pid, pages) -> {
              Memory memory = memory(system, pid).fork();
              for (Object each : (List<?>) pages) {
                Truth truth = Truth.of(each);
                if (truth.has("text")) {
                  byte[] text = truth.text("text").getBytes(StandardCharsets.US_ASCII);
                  assertThat(
                          memory.readBytes(
                              truth.number("va") + truth.number("textAt"), text.length))
                      .as("%s %s", pid, truth)
                      .isEqualTo(text);
                }
              }
            });
  }

  /** What is enumerated is what single addresses are. */
  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void runsAreThePages(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    machine
        .truth()
        .child("softPages")
        .values()
        .forEach(
            (pid, pages) -> {
              Layer memory = memory(system, pid);
              Map<Long, String> runs = new TreeMap<>();
              long[] end = {0};
              assertThat(
                      memory
                          .forEachRun(
                              0,
                              Long.MAX_VALUE,
                              Budget.forSpace(memory),
                              (start, below, length, shift, permissions, state) -> {
                                assertThat(start).isGreaterThanOrEqualTo(end[0]);
                                end[0] = start + length;
                                for (long at = 0; at < length && !state.isMapped(); at += 4096) {
                                  runs.put(
                                      start + at,
                                      state.name() + " " + (below < 0 ? below : below + at));
                                }
                                return true;
                              })
                          .complete())
                  .isTrue();
              Map<Long, String> expected = new TreeMap<>();
              for (Object each : (List<?>) pages) {
                long address = Truth.of(each).number("va");
                Passage passage = memory.pass(address);
                expected.put(
                    address,
                    passage.state().name()
                        + " "
                        + (passage.translation() < 0
                            ? -1
                            : Translation.address(passage.translation())));
              }
              assertThat(runs).as(pid).containsAllEntriesOf(expected);
            });
  }

  private static Map<String, Object> describe(Passage passage) {
    Map<String, Object> values = new TreeMap<>();
    values.put("state", passage.state().name());
    if (!Translation.isFault(passage.translation())) {
      values.put("frame", Translation.address(passage.translation()));
    }
    passage.state().store().ifPresent(number -> values.put("pagefile", (long) number));
    passage.state().offset().ifPresent(offset -> values.put("offset", offset));
    passage.state().file().ifPresent(file -> values.put("file", file));
    return values;
  }

  private static Map<String, Object> describe(Truth truth) {
    Map<String, Object> values = new TreeMap<>();
    values.put("state", STATES.get(truth.text("state")));
    for (String key : List.of("frame", "pagefile", "offset")) {
      if (truth.has(key)) {
        values.put(key, truth.number(key));
      }
    }
    if (truth.has("file")) {
      values.put("file", truth.text("file"));
      values.put("offset", truth.number("fileOffset"));
    }
    return values;
  }
}
