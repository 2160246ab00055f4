package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read of the mappings of Windows's processes, against the truth. */
class WindowsMappingsTest {

  private static final long PAGE = 4096;

  static GuestProcess process(GuestSystem system, long pid) {
    return system.processes().stream().filter(p -> p.pid() == pid).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void mappingsAreThoseOfTheTruth(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    Truth all = machine.truth().child("vads");

    assertThat(system.unknown()).doesNotContain(GuestSystem.Subject.MAPPINGS);
    assertThat(all.values()).isNotEmpty();
    all.values()
        .forEach(
            (pid, vads) ->
                assertThat(
                        system.mappings(process(system, Long.parseLong(pid))).stream()
                            .map(WindowsMappingsTest::describe)
                            .toList())
                    .as("pid %s", pid)
                    .containsAll(
                        ((List<?>) vads).stream().map(each -> describe(Truth.of(each))).toList()));
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void aProcessHasNoOtherMappings(String image) {
    // A torn tree's truth has what lies behind the cut too, and no more.
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    for (GuestProcess process : system.processes()) {
      int found = system.mappings(process).size();
      String pid = Integer.toString(process.pid());
      assertThat(found).as("pid %s", pid).isEqualTo(machine.truth().child("vads").list(pid).size());
    }
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void presentBytesAreWhatTheTablesMap(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    GuestSystem system = machine.system();
    machine
        .truth()
        .child("vads")
        .values()
        .keySet()
        .forEach(
            pid -> {
              long expected =
                  machine.truth().child("runs").list(pid).stream()
                      .map(run -> (List<?>) run)
                      .filter(run -> Truth.number(run.getFirst()) >= 0)
                      .mapToLong(run -> Truth.number(run.get(2)) * PAGE)
                      .sum();
              long found =
                  system.mappings(process(system, Long.parseLong(pid))).stream()
                      .mapToLong(GuestMapping::presentBytes)
                      .sum();
              assertThat(found).as("pid %s", pid).isEqualTo(expected);
            });
  }

  @Test
  void aTreeThatLoopsIsSaidAndTheRestIsDelivered() {
    WindowsMachine machine = WindowsMachine.get("win9600-torn");
    GuestSystem system = machine.system();
    system.processes().forEach(system::mappings);

    assertThat(system.warnings()).anyMatch(line -> line.contains("the tree returns to"));
    WindowsMachine whole = WindowsMachine.get("win19041");
    GuestSystem other = whole.system();
    other.processes().forEach(other::mappings);
    assertThat(other.warnings()).noneMatch(line -> line.contains("mappings of the process"));
  }

  private static Map<String, Object> describe(GuestMapping mapping) {
    Map<String, Object> values = new TreeMap<>();
    values.put("start", mapping.start());
    values.put("end", mapping.end());
    values.put("kind", mapping.kind().toString());
    values.put("path", mapping.path());
    values.put("object", mapping.object());
    values.putAll(mapping.traits().values());
    return values;
  }

  private static Map<String, Object> describe(Truth truth) {
    Map<String, Object> values = new TreeMap<>();
    values.put("start", truth.number("start"));
    values.put("end", truth.number("end"));
    values.put("kind", truth.text("type"));
    values.put("path", Optional.ofNullable(truth.text("file")));
    values.put("object", truth.number("node"));
    values.put("protection", truth.text("protection"));
    values.put("private", truth.flag("private"));
    values.put("commit", truth.flag("commit"));
    return values;
  }
}
