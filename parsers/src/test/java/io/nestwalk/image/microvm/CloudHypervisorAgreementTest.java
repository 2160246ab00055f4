package io.nestwalk.image.microvm;

import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Snapshots that tests write: the state's ranges place the memory, its CPUs have registers. */
class CloudHypervisorAgreementTest extends FormatAgreementTest {

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    List<String> cpus =
        IntStream.range(0, machine.cpus().size())
            .mapToObj(
                cpu ->
                    cpu == 0
                        ? CloudHypervisorWriter.ofBytes(machine, cpu)
                        : CloudHypervisorWriter.ofMembers(machine, cpu))
            .toList();
    Files.writeString(folder.resolve("state.json"), CloudHypervisorWriter.state(machine, cpus));
    return CloudHypervisorWriter.memory(machine, folder);
  }

  @Override
  protected String format() {
    return "cloud-hypervisor";
  }

  @Override
  protected Set<String> registers() {
    return union(
        union(GENERAL, CONTROL),
        Set.of("efer", "cs", "ss", "gdt_base", "gdt_limit", "idt_base", "tr", "gs_base"));
  }
}
