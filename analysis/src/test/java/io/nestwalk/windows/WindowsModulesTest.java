package io.nestwalk.windows;

import static io.nestwalk.windows.WindowsMappingsTest.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read of the modules of Windows's kernel and processes, against the truth. */
class WindowsModulesTest {

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void modulesAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    Truth all = machine.truth().child("modules");
    assertThat(all.values()).hasSizeGreaterThan(1);

    all.values()
        .forEach(
            (whose, modules) -> {
              List<GuestModule> found =
                  whose.equals("kernel")
                      ? system.modules()
                      : system.modules(process(system, Long.parseLong(whose)));
              assertThat(found.stream().map(WindowsModulesTest::describe).toList())
                  .as(whose)
                  .containsExactlyInAnyOrderElementsOf(
                      ((List<?>) modules).stream().map(each -> describe(Truth.of(each))).toList());
            });
  }

  /** A list that is cut in one direction is read in the other, and that is said. */
  @Test
  void aTornListIsReadBackwards() {
    WindowsMachine whole = WindowsMachine.get("win7601");
    GuestSystem system = whole.system();
    List<GuestModule> modules = system.modules();
    GuestModule third = modules.get(2);
    PatchedMemory memory = new PatchedMemory(whole.physical());
    memory.putLong(physical(system.kernelMemory(), third.object()), 0xffff_8123_4567_89a0L);
    GuestSystem torn = whole.over(memory).system();

    assertThat(torn.modules()).hasSameSizeAs(modules);
    assertThat(torn.warnings())
        .anyMatch(line -> line.contains("kernel modules") && line.contains("not there"));
    assertThat(system.warnings()).noneMatch(line -> line.contains("kernel modules"));
  }

  /** The process itself may make its lists endless. */
  @Test
  void aProcessesListThatLoopsEnds() {
    WindowsMachine whole = WindowsMachine.get("win19041");
    GuestSystem system = whole.system();
    GuestProcess process =
        system.processes().stream()
            .filter(each -> system.modules(each).size() > 3)
            .findFirst()
            .orElseThrow();
    List<GuestModule> modules = system.modules(process);
    Layer space = system.memoryOf(process).orElseThrow();
    PatchedMemory memory = new PatchedMemory(whole.physical());
    memory.putLong(physical(space, modules.get(2).object()), modules.get(1).object());
    GuestSystem torn = whole.over(memory).system();

    assertThat(torn.modules(process(torn, process.pid()))).hasSameSizeAs(modules);
    assertThat(torn.warnings()).anyMatch(line -> line.contains("the list returns to"));
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void anHonestProcessHasNoImageThatIsNotListed(String image) {
    GuestSystem system = WindowsMachine.get(image).system();
    assertThat(system.processes())
        .flatExtracting(system::mappings)
        .isNotEmpty()
        .flatExtracting(GuestMapping::flags)
        .doesNotContain(Flag.UNLISTED_MODULE, Flag.IMAGE_WITHOUT_FILE);
  }

  /** A library that takes itself out of all lists is still mapped. */
  @Test
  void aModuleThatIsTakenOutOfTheListsIsMarked() {
    WindowsMachine whole = WindowsMachine.get("win22000-self");
    GuestSystem system = whole.system();
    GuestProcess process =
        system.processes().stream()
            .filter(each -> system.modules(each).size() > 3)
            .findFirst()
            .orElseThrow();
    GuestModule hidden = system.modules(process).get(2);
    Layer space = system.memoryOf(process).orElseThrow();
    PatchedMemory memory = new PatchedMemory(whole.physical());
    for (int link = 0; link < 0x30; link += 0x10) {
      long next = space.getLong(hidden.object() + link, 0);
      long previous = space.getLong(hidden.object() + link + 8, 0);
      memory.putLong(physical(space, previous), next);
      memory.putLong(physical(space, next + 8), previous);
    }
    GuestSystem changed = whole.over(memory).system();

    assertThat(changed.modules(process(changed, process.pid())))
        .extracting(GuestModule::base)
        .doesNotContain(hidden.base());
    assertThat(changed.mappings(process(changed, process.pid())))
        .filteredOn(mapping -> mapping.flags().contains(Flag.UNLISTED_MODULE))
        .extracting(GuestMapping::start)
        .containsExactly(hidden.base());
  }

  /** Where a list is cut, what is behind the cut is not called unlisted. */
  @Test
  void aTornListMarksNothing() {
    WindowsMachine whole = WindowsMachine.get("win22000-self");
    GuestSystem system = whole.system();
    GuestProcess process =
        system.processes().stream()
            .filter(each -> system.modules(each).size() > 3)
            .findFirst()
            .orElseThrow();
    Layer space = system.memoryOf(process).orElseThrow();
    PatchedMemory memory = new PatchedMemory(whole.physical());
    for (GuestModule module : system.modules(process)) {
      memory.putLong(physical(space, module.object()), 0x123);
      memory.putLong(physical(space, module.object() + 8), 0x123);
      memory.putLong(physical(space, module.object() + 0x10), 0x123);
      memory.putLong(physical(space, module.object() + 0x20), 0x123);
    }
    GuestSystem torn = whole.over(memory).system();

    assertThat(torn.mappings(process(torn, process.pid())))
        .isNotEmpty()
        .flatExtracting(GuestMapping::flags)
        .doesNotContain(Flag.UNLISTED_MODULE);
  }

  private static long physical(Layer memory, long address) {
    long translation = memory.translate(address);
    assertThat(translation).isNotNegative();
    return Translation.address(translation);
  }

  private static Map<String, Object> describe(GuestModule module) {
    Map<String, Object> values = new TreeMap<>();
    values.put("base", module.base());
    values.put("size", module.size());
    values.put("name", module.name());
    values.put("path", module.path().orElse(null));
    return values;
  }

  private static Map<String, Object> describe(Truth truth) {
    Map<String, Object> values = new TreeMap<>();
    values.put("base", truth.number("base"));
    values.put("size", truth.number("size"));
    values.put("name", truth.text("name"));
    values.put("path", truth.text("path"));
    return values;
  }
}
