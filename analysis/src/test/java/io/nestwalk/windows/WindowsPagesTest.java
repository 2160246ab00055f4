package io.nestwalk.windows;

import static io.nestwalk.windows.WindowsMappingsTest.process;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.Passage;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** With the page files at hand, what stands in them is read, of whichever of them. */
  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void pagesInPageFilesAreReadOfThese(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    Map<String, Object> all = machine.truth().child("softPages").values();
    List<SparseMemory> files = Stream.generate(SparseMemory::new).limit(16).toList();
    forEachInPageFile(
        all,
        (pid, truth) ->
            files
                .get((int) truth.number("pagefile"))
                .putLong(truth.number("offset") + 0x18, contentOf(truth)));
    GuestSystem alone = machine.system();
    GuestSystem system =
        new WindowsSupport()
            .withPageFiles(files.stream().<Memory>map(SparseMemory::memory).toList())
            .recognise(machine.site(machine.root()))
            .orElseThrow();
    int[] count = {0};
    forEachInPageFile(
        all,
        (pid, truth) -> {
          long address = truth.number("va") + 0x18;
          assertThat(memory(system, pid).getLong(address, -1)).isEqualTo(contentOf(truth));
          assertThat(memory(system, pid).fork().readBytes(address, 8)).hasSize(8);
          assertThat(memory(system, pid).pass(address).state().name()).isEqualTo("pagefile");
          assertThat(memory(alone, pid).getLong(address, -1)).isEqualTo(-1);
          count[0]++;
        });
    assertThat(count[0]).isPositive();
  }

  private static long contentOf(Truth page) {
    return page.number("offset") * 31 + page.number("pagefile");
  }

  private static void forEachInPageFile(
      Map<String, Object> all, BiConsumer<String, Truth> visitor) {
    all.forEach(
        (pid, pages) ->
            ((List<?>) pages)
                .stream()
                    .map(Truth::of)
                    .filter(page -> page.text("state").equals("pagefile"))
                    .forEach(page -> visitor.accept(pid, page)));
  }

  /** Descriptors may claim anything: an answer is lost, and nothing hangs. */
  @ParameterizedTest
  @ValueSource(longs = {0, -1, 0x4141_4141_4141_4141L, 0x7fff_ffff_ffffL, 0xffff_8000_0000_0000L})
  void lyingDescriptorsEnd(long lie) {
    WindowsMachine whole = WindowsMachine.get("win19041");
    GuestSystem system = whole.system();
    GuestProcess process =
        system.processes().stream()
            .filter(each -> system.mappings(each).size() > 10)
            .findFirst()
            .orElseThrow();
    PatchedMemory memory = new PatchedMemory(whole.physical());
    for (GuestMapping mapping : system.mappings(process)) {
      // From the vpns to the prototypes: ranges, flags, sections.
      for (int offset = 0x18; offset < 0x60; offset += 8) {
        // Some members of each keep what they say, so that it is taken for a descriptor.
        if ((mapping.object() >>> 4 & 3) != (offset >>> 3) % 3) {
          long place = system.kernelMemory().translate(mapping.object() + offset);
          memory.putLong(Translation.address(place), lie);
        }
      }
    }
    GuestSystem lying = whole.over(memory).system();
    GuestProcess same = process(lying, process.pid());
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          lying.mappings(same);
          Layer space = lying.memoryOf(same).orElseThrow();
          space.forEachRun(
              0, -1, Budget.forSpace(space), (start, below, length, shift, rights, state) -> true);
          for (GuestMapping mapping : system.mappings(process)) {
            space.pass(mapping.start());
            space.getLong(mapping.end() - 8, 0);
          }
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
