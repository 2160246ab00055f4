package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A real kernel without types. */
class RealDeducedTest {

  @Test
  void processesEqualTheTruth() {
    RealMachine machine = RealMachine.get("linux-pae host");
    GuestSystem system = machine.system();
    assertThat(system).isInstanceOf(DeducedSystem.class);
    assertThat(system.facts().banner()).contains(machine.truth().text("banner"));
    assertThat(system.facts().kernelBase())
        .isEqualTo(machine.truth().child("symbols").number("_text"));
    Map<Integer, GuestProcess> found =
        system.processes().stream()
            .collect(Collectors.toMap(GuestProcess::pid, Function.identity()));
    for (Truth truth : machine.truth().children("processes")) {
      if (!truth.flag("transient")) {
        GuestProcess process = found.get((int) truth.number("pid"));
        assertThat(process.ppid()).isEqualTo((int) truth.number("ppid"));
        assertThat(truth.text("name")).startsWith(process.name());
        assertThat(process.kernelThread()).isEqualTo(truth.flag("kernelThread"));
        assertThat(process.commandLine().orElse(null)).isEqualTo(truth.text("commandLine"));
        assertThat(process.seenBy()).containsExactly("children", "task-list");
      }
    }
    machine
        .truth()
        .child("rootOfPid")
        .values()
        .forEach(
            (pid, root) ->
                assertThat(found.get(Integer.valueOf(pid)).root()).hasValue(Truth.number(root)));
    for (Truth page : machine.truth().children("pages")) {
      byte[] text = page.text("text").getBytes(StandardCharsets.US_ASCII);
      GuestProcess process = found.get((int) page.number("pid"));
      assertThat(system.memoryOf(process).orElseThrow().readBytes(page.number("va"), text.length))
          .isEqualTo(text);
    }
    assertThat(system.facts().basis().getFirst()).contains("deduced");
    assertThat(system.warnings()).hasSize(1).first().asString().contains("deduced");
  }

  @Test
  void randomLiesHarmNobody() {
    RealMachine machine = RealMachine.get("linux-pae host");
    List<Long> tasks = machine.system().processes().stream().map(GuestProcess::object).toList();
    int recognised = 0;
    for (int seed = 0; seed < 12; seed++) {
      Random random = new Random(seed);
      PatchedMemory memory = new PatchedMemory(machine.physical());
      for (int i = 0; i < 3 * seed; i++) {
        long task = tasks.get(random.nextInt(tasks.size()));
        long target = tasks.get(random.nextInt(tasks.size())) + 4L * random.nextInt(512);
        long address = Translation.address(machine.tables().translate(task));
        memory.putLong(
            address + 4L * random.nextInt(512), random.nextBoolean() ? target : random.nextInt());
      }
      Optional<GuestSystem> system =
          LinuxSystem.recognise(memory, List.of(machine.tables().over(memory)));
      if (system.isPresent()) {
        assertThat(system.get().processes().size()).isLessThan(1000);
        recognised++;
      }
    }
    // The seed 0 lies about nothing.
    assertThat(recognised).isPositive();
  }

  /** The same is deduced of kernels that do have types, and must agree with them. */
  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void deductionAgreesWithTypes(String name) {
    RealMachine machine = RealMachine.get(name);
    LinuxSystem system = (LinuxSystem) machine.system();
    Deduction deduced =
        Deduction.of(
                system.kernelMemory(),
                machine.tables(),
                KernelImage.find(machine.tables()).orElseThrow(),
                Long.BYTES)
            .orElseThrow();
    assertThat(deduced.initTask()).isEqualTo(system.facts().object());
    assertThat(deduced.comm()).isEqualTo(offset(system, "task_struct", "comm"));
    assertThat(deduced.realParent()).isEqualTo(offset(system, "task_struct", "real_parent"));
    assertThat(deduced.pid()).isEqualTo(offset(system, "task_struct", "pid"));
    assertThat(deduced.tasks()).isEqualTo(offset(system, "task_struct", "tasks"));
    assertThat(deduced.mm()).isEqualTo(offset(system, "task_struct", "mm"));
    assertThat(deduced.pgd()).isEqualTo(offset(system, "mm_struct", "pgd"));
    assertThat(deduced.arguments()).hasValue(offset(system, "mm_struct", "arg_start"));
  }

  private static int offset(LinuxSystem system, String struct, String member) {
    return system.types().field(struct, member).offset();
  }
}
