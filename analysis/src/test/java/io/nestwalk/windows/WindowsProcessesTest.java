package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.Traits;
import io.nestwalk.truth.Truth;
import io.nestwalk.windows.kernel.Kernel;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of Windows's processes, against the truth. */
class WindowsProcessesTest {

  private static final long FRAME = 0x000f_ffff_ffff_f000L;

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void processesAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    assertAgrees(machine, machine.system());
  }

  /** Holds a system's processes against the truth. */
  static void assertAgrees(WindowsMachine machine, GuestSystem system) {
    Map<Long, GuestProcess> found =
        system.processes().stream()
            .collect(Collectors.toMap(process -> (long) process.pid(), Function.identity()));
    Map<Long, Truth> expected =
        machine.truth().children("processes").stream()
            .collect(Collectors.toMap(process -> process.number("pid"), Function.identity()));

    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (pid, truth) ->
            assertThat(describe(found.get(pid))).as("pid %d", pid).isEqualTo(describe(truth)));
  }

  private static Map<String, Object> describe(GuestProcess process) {
    Map<String, Object> values = new TreeMap<>();
    values.put("ppid", (long) process.ppid());
    values.put("name", process.name());
    values.put("path", process.path());
    values.put("commandLine", process.commandLine());
    values.put("start", process.startTime());
    values.put("end", process.endTime());
    values.put("threads", (long) process.threads().orElse(-1));
    values.put("object", process.object());
    values.put("hidden", process.hidden());
    values.put("exited", process.exited());
    values.put("root", process.root());
    values.put("userRoot", process.userRoot());
    values.put("seenBy", process.seenBy());
    Map<String, Object> traits = process.traits().values();
    values.put("wow64", traits.get("wow64"));
    values.put("session", String.valueOf(traits.get("session")));
    values.put("peb", String.valueOf(traits.get("peb")));
    values.put("peb32", String.valueOf(traits.get("peb32")));
    return values;
  }

  private static Map<String, Object> describe(Truth truth) {
    boolean exited = truth.flag("exited");
    Map<String, Object> values = new TreeMap<>();
    values.put("ppid", truth.number("ppid"));
    values.put("name", truth.text("name"));
    values.put("path", Optional.ofNullable(truth.text("path")));
    values.put("commandLine", Optional.ofNullable(truth.text("commandLine")));
    values.put("start", time(truth, "createTime"));
    values.put("end", time(truth, "exitTime"));
    values.put("threads", truth.number("threads"));
    values.put("object", truth.number("object"));
    values.put("hidden", truth.flag("hidden"));
    values.put("exited", exited);
    values.put(
        "root",
        exited
            ? OptionalLong.empty()
            : OptionalLong.of(truth.number("directoryTableBase") & FRAME));
    values.put(
        "userRoot",
        truth.has("userRoot") ? OptionalLong.of(truth.number("userRoot")) : OptionalLong.empty());
    values.put("seenBy", new TreeSet<>(truth.list("seenBy")));
    values.put("wow64", truth.flag("wow64"));
    values.put("session", String.valueOf(truth.values().get("session")));
    values.put("peb", address(truth, "peb"));
    values.put("peb32", address(truth, "peb32"));
    return values;
  }

  private static String address(Truth truth, String key) {
    return truth.has(key) ? String.valueOf(new Traits.Address(truth.number(key))) : "null";
  }

  private static Optional<Instant> time(Truth truth, String key) {
    return Optional.ofNullable(truth.text(key)).map(Instant::parse);
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void environmentsAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    Map<Long, GuestProcess> found =
        system.processes().stream()
            .collect(Collectors.toMap(process -> (long) process.pid(), Function.identity()));
    for (Truth truth : machine.truth().children("processes")) {
      if (truth.has("environment")) {
        GuestProcess process = found.get(truth.number("pid"));
        assertThat(system.environment(process))
            .as(process.name())
            .isEqualTo(truth.list("environment"));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void factsAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    Truth os = machine.truth().child("os");
    SystemFacts facts = machine.system().facts();
    Map<String, Object> traits = facts.traits().values();
    assertThat(facts.kernelBase()).isEqualTo(os.number("kernelBase"));
    assertThat(facts.kernelPhysical()).hasValue(os.number("kernelPhysical"));
    assertThat(facts.object()).isEqualTo(os.number("systemProcess"));
    assertThat(facts.basis()).startsWith("build");
    assertThat(machine.system().warnings())
        .as("the offsets of the very build hold")
        .noneMatch(line -> line.contains("does not stand where"));
    assertThat(String.valueOf(traits.get("build"))).isEqualTo(String.valueOf(os.number("build")));
    assertThat(traits)
        .containsEntry("buildLab", os.text("buildLab"))
        .containsEntry("systemRoot", os.text("systemRoot"));
    assertThat(Instant.parse((String) traits.get("systemTime")))
        .isEqualTo(Instant.parse(os.text("systemTime")));
    assertThat(((Map<?, ?>) traits.get("pdb")).get("guid")).isEqualTo(os.child("pdb").text("guid"));
  }

  @Test
  void tornImageSaysWhatWasCut() {
    GuestSystem system = WindowsMachine.get("win9600-torn").system();
    system.processes();
    assertThat(system.warnings())
        .anyMatch(line -> line.startsWith("list of processes, forwards: the link at"))
        .anyMatch(line -> line.contains("time in the shared data"))
        .anyMatch(line -> line.startsWith("handles of the process at"));
  }

  @Test
  void userRootsAndOtherPagesAreNoRoots() {
    WindowsMachine machine = WindowsMachine.get("win19041");
    long user = machine.truth().children("processes").getFirst().number("userRoot");
    assertThat(new WindowsSupport().recognise(machine.site(user, 0, user + 0x1000))).isEmpty();
  }

  @Test
  void anyProcessesRootLeadsToTheKernel() {
    WindowsMachine machine = WindowsMachine.get("win19041");
    for (Truth process : machine.truth().children("processes")) {
      if (!process.flag("exited")) {
        long root = process.number("directoryTableBase") & FRAME;
        GuestSystem system = new WindowsSupport().recognise(machine.site(root)).orElseThrow();
        assertThat(system.facts().root()).hasValue(machine.root());
      }
    }
  }

  /** Whatever a page that only looks like a root maps: the system's own root is what counts. */
  @Test
  void decoysNeverBecomeTheRoot() {
    for (String image : WindowsMachine.images().toList()) {
      WindowsMachine machine = WindowsMachine.get(image);
      for (Truth decoy : machine.truth().children("decoys")) {
        long page = decoy.number("physical") & FRAME;
        new WindowsSupport()
            .recognise(machine.site(page))
            .ifPresent(
                system -> assertThat(system.facts().root()).as(image).hasValue(machine.root()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void programsThatPassForOthersContradictTheKernel(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    WindowsSystem system = (WindowsSystem) machine.system();
    assertThat(system.processes()).allMatch(process -> process.contradictions().isEmpty());
    GuestProcess process = named(system, "notepad.exe");
    Layer user = system.memoryOf(process).orElseThrow();
    long peb = ((Traits.Address) process.traits().values().get("peb")).value();
    // _PEB.ProcessParameters, _RTL_USER_PROCESS_PARAMETERS.ImagePathName.Buffer
    long buffer = user.getLong(user.getLong(peb + 0x20, 0) + 0x68, 0);
    PatchedMemory memory = new PatchedMemory(machine.physical());
    memory.putByte(Translation.address(user.translate(buffer + 6)), 'x');

    GuestProcess lying = named(machine.over(memory).system(), "notepad.exe");
    assertThat(lying.contradictions())
        .singleElement()
        .asString()
        .startsWith("its own memory calls it C:\\x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"win19041", "win20348-ept", "win22000-self"})
  void aSectionOfAnotherFileContradictsTheAudit(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    WindowsSystem system = (WindowsSystem) machine.system();
    Kernel kernel = system.kernel();
    GuestProcess process = named(system, "notepad.exe");
    long name =
        kernel.value(
            kernel.layout().findField("_EPROCESS", "SeAuditProcessCreationInfo"), process.object());
    long buffer = kernel.pointer(name + 8);
    PatchedMemory memory = new PatchedMemory(machine.physical());
    memory.putByte(kernel.physicalOf(buffer + 2 * 30).orElseThrow(), 'x');

    GuestProcess lying = named(machine.over(memory).system(), "notepad.exe");
    assertThat(lying.contradictions())
        .hasSize(2)
        .anyMatch(line -> line.contains("but its section is of \\Windows\\System32\\notepad.exe"));
  }

  private static GuestProcess named(GuestSystem system, String name) {
    return system.processes().stream()
        .filter(process -> process.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Nothing of its headers is there: neither exports nor sections nor the build. */
  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void aKernelWithoutHeadersIsFound(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    long base = machine.truth().child("os").number("kernelPhysical");
    PatchedMemory memory = new PatchedMemory(machine.physical());
    for (int i = 0; i < 4096; i += 8) {
      memory.putLong(base + i, 0);
    }
    WindowsMachine headerless = machine.over(memory);
    GuestSystem system = headerless.system();
    assertThat(system.facts().kernelBase())
        .isEqualTo(machine.truth().child("os").number("kernelBase"));
    assertAgrees(headerless, system);
  }

  /** The list of processes is cut on both sides of its first entry. */
  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void processesAreFoundThoughTheirListIsTornAtItsHead(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    WindowsSystem honest = (WindowsSystem) machine.system();
    Kernel kernel = honest.kernel();
    long links =
        kernel.layout().field("_EPROCESS", "ActiveProcessLinks").at(honest.facts().object());
    PatchedMemory memory = new PatchedMemory(machine.physical());
    memory.putLong(kernel.physicalOf(links).orElseThrow(), 0xffff_dead_0000_1000L);
    memory.putLong(kernel.physicalOf(links + 8).orElseThrow(), 0xffff_dead_0000_2000L);

    GuestSystem torn = machine.over(memory).system();
    assertThat(torn.processes().stream().map(GuestProcess::object))
        .isEqualTo(honest.processes().stream().map(GuestProcess::object).toList());
    assertThat(torn.processes().stream().map(GuestProcess::hidden))
        .as("a cut list hides nobody")
        .isEqualTo(honest.processes().stream().map(GuestProcess::hidden).toList());
    assertThat(torn.warnings()).anyMatch(line -> line.startsWith("list of processes"));
  }
}
