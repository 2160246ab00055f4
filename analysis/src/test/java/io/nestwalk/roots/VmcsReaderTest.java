package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.survey.Survey;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.SyntheticMachine.Guest;
import io.nestwalk.synthetic.VmcsFields;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Fields of VMCSes are located by what they hold. */
class VmcsReaderTest {

  private final SparseMemory memory = new SparseMemory();
  private final SyntheticMachine host = new SyntheticMachine(memory, 32 << 20, 3);

  @Test
  void fieldsOfUnknownLayoutsAreLocated() {
    for (int seed = 100; seed < 110; seed++) {
      SparseMemory bytes = new SparseMemory();
      SyntheticMachine machine = new SyntheticMachine(bytes, 32 << 20, 3);
      Guest guest = machine.addIntelGuest(4 << 20, 2, VmcsFields.unknown(new Random(seed)));
      List<Vmcs> found = read(bytes);
      assertThat(found).hasSize(2);
      for (int i = 0; i < 2; i++) {
        Vmcs vmcs = found.get(i);
        assertThat(vmcs.page().address()).isEqualTo(guest.controls().get(i));
        assertThat(vmcs.layout()).startsWith("layout inferred from 2 VMCS");
        assertThat(vmcs.eptp()).isEqualTo(SyntheticMachine.eptp(guest));
        assertThat(vmcs.guest().get("cr3")).hasValue(guest.machine().cpu(i).cr3());
        assertThat(vmcs.host().get("cr3")).hasValue(machine.kernel().root());
      }
    }
  }

  @Test
  void aKnownLayoutTellsMore() {
    Guest guest = host.addIntelGuest(4 << 20, 1, VmcsFields.KVM);
    assertThat(read(memory))
        .singleElement()
        .satisfies(
            vmcs -> {
              assertThat(vmcs.layout()).isEqualTo("layout of KVM vmcs12");
              assertThat(vmcs.guest().get("rip")).hasValue(guest.machine().cpu(0).rip());
              assertThat(vmcs.guest().get("cr3")).hasValue(guest.machine().cpu(0).cr3());
            });
  }

  @Test
  void theSameRevisionMayMeanTheOlderLayout() {
    host.addIntelGuest(4 << 20, 1, VmcsFields.KVM_OF_2014);
    assertThat(read(memory))
        .singleElement()
        .satisfies(vmcs -> assertThat(vmcs.layout()).isEqualTo("layout of KVM vmcs12 of 2014"));
  }

  private static List<Vmcs> read(SparseMemory bytes) {
    bytes.touch(0, 32 << 20);
    MappedMemory memory = bytes.memory();
    VmcsDetector detector = new VmcsDetector();
    List<VmcsPage> pages = Survey.of(memory, List.of(detector), 1, Progress.NONE).found(detector);
    RootFinder finder = new RootFinder(memory, Architecture.X86_64);
    return new VmcsReader(memory, finder).read(pages);
  }
}
