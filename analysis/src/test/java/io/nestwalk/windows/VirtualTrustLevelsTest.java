package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.Root;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.synthetic.VmcsFields;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A Windows with virtualization-based security: Hyper-V below, two second levels, one machine. */
class VirtualTrustLevelsTest {

  @TempDir private Path folder;

  static Stream<VbsImage.Form> forms() {
    return Stream.of(
        new VbsImage.Form(VmcsFields.ENLIGHTENED, false),
        new VbsImage.Form(VmcsFields.unknown(new Random(5)), true));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void bothTrustLevelsAreOneMachineOnHyperV(VbsImage.Form form) throws Exception {
    assumeTrue(VbsImage.canBeWritten(), "no image to make one of");
    Truth truth = Truth.read(VbsImage.folder().resolve("win22000-self.truth.json"));
    VbsImage vbs =
        VbsImage.write(
            VbsImage.folder().resolve("win22000-self.raw.zst"),
            truth,
            folder.resolve("vbs.raw"),
            form);
    try (MemoryImage image = MemoryImages.open(vbs.file(), OpenOptions.defaults())) {
      Machines machines = MachineFinder.find(image, 2, Progress.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      assertThat(machines.stale()).isEmpty();
      assertThat(machines.host().root().map(Root::address)).contains(vbs.hypervisor());
      assertThat(machines.host().system()).isEmpty();
      assertThat(machines.hypervisorOn("host")).contains("Hyper-V");
      check(machines.named("vm1").orElseThrow(), vbs, truth.child("machines").child("host"));
    }
  }

  /** The image that all this is made of: a driver put its hypervisor under that Windows. */
  @Test
  void theSystemUnderItsOwnHypervisorIsOne() throws Exception {
    assumeTrue(VbsImage.canBeWritten(), "no image");
    Path file = VbsImage.folder().resolve("win22000-self.raw.zst");
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machines machines = MachineFinder.find(image, 2, Progress.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      Machine guest = machines.named("vm1").orElseThrow();
      assertThat(guest.sameSystemAs()).contains(Machine.HOST);
      assertThat(guest.hypervisor().map(NamedHypervisor::name)).contains(NamedHypervisor.THIN);
      assertThat(machines.host().system()).isPresent();
    }
  }

  private static void check(Machine guest, VbsImage vbs, Truth truth) {
    assertThat(guest.sameSystemAs()).isEmpty();
    assertThat(guest.hypervisor().map(NamedHypervisor::name)).contains("Hyper-V");
    assertThat(guest.secondLevel().root().map(Root::address)).contains(vbs.normal());
    assertThat(guest.secondLevel().alternates())
        .singleElement()
        .extracting(Root::address)
        .isEqualTo(vbs.secure());
    assertThat(guest.root().map(Root::address)).contains(truth.number("root"));
    assertThat(guest.cpus()).hasSize(2);
    GuestSystem system = guest.system().orElseThrow();
    assertThat(system.facts().kernelBase()).isEqualTo(truth.child("os").number("kernelBase"));
    assertThat(system.processes()).hasSize(truth.children("processes").size());
    assertThat(system.facts().traits().values().get("secureKernel"))
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("name", "securekernel.exe")
        .containsEntry("base", "0x" + Long.toHexString(VbsImage.SECURE_BASE))
        .containsEntry("root", "0x" + Long.toHexString(vbs.secureKernel()));
    Memory secure = guest.space(X86Modes.fourLevel(48), vbs.secureKernel());
    assertThat(
            new String(
                secure.readBytes(VbsImage.SECURE_BASE + 4096, VbsImage.SECRET.length()),
                StandardCharsets.US_ASCII))
        .isEqualTo(VbsImage.SECRET);
  }
}
