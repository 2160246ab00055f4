package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystem.Subject;
import io.nestwalk.system.GuestThread;
import io.nestwalk.system.OpenFile;
import io.nestwalk.system.Traits;
import io.nestwalk.truth.Truth;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What handles of Windows's processes lead to, and their threads, against the truth. */
class WindowsHandlesTest {

  /** What a handle has to show for itself. */
  private record Handle(long number, long object, long rights, String type) {}

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void handlesAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    assertThat(system.unknown()).doesNotContain(Subject.OPEN_FILES);
    Set<String> numbered = numbered(machine.truth());
    int files = 0;
    for (Truth truth : machine.truth().children("processes")) {
      List<OpenFile> open = system.openFiles(process(system, truth));
      if (isTorn(machine, truth)) {
        assertThat(open).isEmpty();
        assertThat(system.warnings())
            .anyMatch(warning -> warning.startsWith("files of process %d (".formatted(pid(truth))));
        continue;
      }
      Map<Long, Handle> found =
          open.stream()
              .map(WindowsHandlesTest::handle)
              .collect(Collectors.toMap(Handle::number, Function.identity()));
      for (Truth sample : truth.children("handleSample")) {
        long number = sample.number("handle");
        String type = sample.text("type");
        Handle wanted = new Handle(number, sample.number("object"), sample.number("access"), type);
        files += type.equals("File") ? 1 : 0;
        assertThat(found.get(number))
            .as("handle 0x%x of process %d", number, pid(truth))
            .isEqualTo(wanted);
      }
      // A number that is not known is told as such, and never as one.
      assertThat(open)
          .filteredOn(file -> Set.of("Process", "Thread").contains(handle(file).type()))
          .extracting(OpenFile::path)
          .isSubsetOf(numbered);
      assertThat(open)
          .allSatisfy(
              file ->
                  assertThat(file.path())
                      .matches(
                          switch (handle(file).type()) {
                            case "File" -> "\\\\.*";
                            case "Process" -> "process [0-9]+";
                            case "Thread" -> "thread [0-9]+ of process [0-9]+";
                            default -> "";
                          }));
    }
    assertThat(files).isPositive();
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void threadsAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    assertThat(system.unknown()).doesNotContain(Subject.THREADS);
    for (Truth truth : machine.truth().children("processes")) {
      List<GuestThread> threads = system.threads(process(system, truth));
      assertThat(threads)
          .as("pid %d", pid(truth))
          .extracting(thread -> String.valueOf(thread.id()))
          .containsExactlyInAnyOrderElementsOf(
              truth.list("threadIds").stream().map(String::valueOf).toList());
      // A thread begins with its process or later.
      GuestProcess process = process(system, truth);
      assertThat(threads)
          .allSatisfy(
              thread ->
                  assertThat(thread.startTime())
                      .hasValueSatisfying(
                          time -> assertThat(time).isAfterOrEqualTo(process.startTime().get())));
    }
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void workingDirectoriesAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    for (Truth truth : machine.truth().children("processes")) {
      assertThat(system.context(process(system, truth)).workingDirectory())
          .as("pid %d", pid(truth))
          .isEqualTo(Optional.ofNullable(truth.text("currentDirectory")));
    }
  }

  private static long pid(Truth truth) {
    return truth.number("pid");
  }

  private static boolean isTorn(WindowsMachine machine, Truth process) {
    return machine.truth().has("torn")
        && machine.truth().children("torn").stream()
            .anyMatch(
                torn ->
                    torn.has("pid")
                        && pid(torn) == pid(process)
                        && torn.text("what").contains("handle table"));
  }

  private static GuestProcess process(GuestSystem system, Truth truth) {
    return system.processes().stream()
        .filter(process -> process.object() == truth.number("object"))
        .findFirst()
        .orElseThrow();
  }

  private static Handle handle(OpenFile file) {
    Traits.Address rights = (Traits.Address) file.traits().values().get("grantedAccess");
    return new Handle(
        file.descriptor(),
        file.object(),
        rights.value(),
        file.traits().values().get("type").toString());
  }

  /** What handles to the processes and threads of the truth are called. */
  private static Set<String> numbered(Truth machine) {
    Set<String> names = new HashSet<>();
    for (Truth process : machine.children("processes")) {
      names.add("process " + pid(process));
      process
          .list("threadIds")
          .forEach(id -> names.add("thread %s of process %d".formatted(id, pid(process))));
    }
    return names;
  }
}
