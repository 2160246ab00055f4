package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.HypervisorCpu;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.SeenHypervisor;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What real hosts' KVM tells of their guests. */
class RealKvmTest {

  /** Of kvm-npt's host. */
  private static final long MEMORY = 192L << 20;

  private static HypervisorGuest guestOf(String image) {
    List<HypervisorGuest> guests = RealMachine.get(image + " host").system().virtualMachines();
    assertThat(guests).hasSize(1);
    return guests.getFirst();
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#hypervisors")
  void slotsLeadToThePagesOfTheTruth(String image) {
    HypervisorGuest guest = guestOf(image);
    Truth truth = RealMachine.get(image + " vm1").truth();
    assertThat(guest.pid()).hasValue((int) truth.number("vmmPid"));
    assertThat(guest.name()).isEqualTo("vmm");
    Layer memory = guest.memory().orElseThrow();
    long pages = 0;
    for (Object run : truth.list("ram")) {
      long from = Truth.number(((List<?>) run).get(0));
      long to = Truth.number(((List<?>) run).get(1));
      for (long i = 0; i < (Long) ((List<?>) run).get(2); i++, pages++) {
        long translation = memory.translate(from + i * 4096);
        assertThat(Translation.isFault(translation)).isFalse();
        assertThat(Translation.address(translation)).isEqualTo(to + i * 4096);
      }
    }
    assertThat(pages).isGreaterThan(1000);
  }

  /** A real host that saw no hypervisor below it, and the same as if it had. */
  @ParameterizedTest
  @CsvSource({"0,", "1,VMware", "2,Hyper-V", "4,Xen", "5,KVM", "9,", "-1,"})
  void theHypervisorThatTheKernelSawBelowItself(int type, String name) {
    RealMachine real = RealMachine.get("kvm-npt host");
    GuestSystem system = real.system();
    assertThat(system.seenHypervisor()).isEmpty();
    long variable = system.symbols().address("x86_hyper_type").orElseThrow();
    PatchedMemory memory = new PatchedMemory(real.physical());
    long physical = Translation.address(system.kernelMemory().translate(variable));
    for (int i = 0; i < Integer.BYTES; i++) {
      memory.putByte(physical + i, type >>> (Byte.SIZE * i));
    }
    assertThat(real.over(memory).system().seenHypervisor().map(SeenHypervisor::name))
        .isEqualTo(Optional.ofNullable(name));
  }

  /**
   * A guest whose memory is a file, as one that was restored from a snapshot: made of a real host
   * by laying its slot over the program of its hypervisor's process, of which a page is then taken
   * out of the tables.
   *
   * @param memory the host's
   * @param page guest-physical address of the page
   * @param host where it lies
   */
  private record FileGuest(RealMachine real, PatchedMemory memory, long page, long host) {

    /**
     * Makes it.
     *
     * @param entry what the tables say instead of the page
     */
    static FileGuest of(long entry) {
      RealMachine real = RealMachine.get("kvm-npt host");
      GuestSystem system = real.system();
      HypervisorGuest guest = system.virtualMachines().getFirst();
      GuestProcess process =
          system.processes().stream()
              .filter(each -> each.pid() == guest.pid().orElseThrow())
              .findFirst()
              .orElseThrow();
      GuestMapping program =
          system.mappings(process).stream()
              .filter(each -> each.kind() == GuestMapping.Kind.FILE)
              .filter(each -> each.permissions().equals("r-xp") && each.presentBytes() > 4096)
              .findFirst()
              .orElseThrow();
      long page = program.start();
      Walker tables =
          new Walker(real.tables().mode(), process.root().orElseThrow(), real.physical());
      while (Translation.isFault(tables.translate(page))) {
        page += 4096;
      }
      PatchedMemory patched = new PatchedMemory(real.physical());
      patched.putLong(tables.tell(page).steps().getLast().entryAddress(), entry);
      long slot = guest.slots().getFirst().hostVirtual();
      for (long at = 0; at < MEMORY; at += Long.BYTES) {
        if (real.physical().getLong(at, 0) == slot) {
          patched.putLong(at, program.start());
        }
      }
      return new FileGuest(
          real, patched, page - program.start(), Translation.address(tables.translate(page)));
    }

    GuestSystem system() {
      return real.over(memory).system();
    }
  }

  /** An entry that says something stands for a copy, which is not the file's page. */
  @ParameterizedTest
  @ValueSource(longs = {0, 0x1234_0000})
  void untouchedPagesOfAFileAreTheGuests(long entry) {
    FileGuest guest = FileGuest.of(entry);
    Layer memory = guest.system().virtualMachines().getFirst().memory().orElseThrow();
    long found = memory.translate(guest.page);
    assertThat(Translation.isFault(found)).isEqualTo(entry != 0);
    if (entry == 0) {
      assertThat(Translation.address(found)).isEqualTo(guest.host);
      assertThat(memory.pass(guest.page).permissions() & Permissions.WRITE).isZero();
    }
  }

  /** A kernel whose types say nothing of files' pages still has its guests. */
  @Test
  void aGuestIsKnownWithoutThePagesOfItsFile() {
    FileGuest guest = FileGuest.of(0);
    GuestSystem real = guest.real.system();
    Layer kernel = real.kernelMemory();
    long btf = real.symbols().address("__start_BTF").orElseThrow();
    // struct btf_header: the length of the header, and where behind it the names begin.
    long names = btf + kernel.getInt(btf + 4, 0) + kernel.getInt(btf + 16, 0);
    String text =
        new String(
            kernel.readBytes(names, kernel.getInt(btf + 20, 0)), StandardCharsets.ISO_8859_1);
    long name = names + text.indexOf("\0nrpages\0") + 1;
    guest.memory.putByte(Translation.address(kernel.translate(name)), 'N');
    GuestSystem system = guest.system();
    assertThat(system.virtualMachines()).hasSize(1);
    assertThat(system.virtualMachines().getFirst().memory()).isPresent();
    assertThat(system.warnings())
        .anyMatch(line -> line.contains("maps for its guest: ") && line.contains("nrpages"));
  }

  @Test
  void nestedPagingOfAmd() {
    HypervisorCpu cpu = guestOf("kvm-npt").cpus().getFirst();
    assertThat(cpu.direct()).isTrue();
    assertThat(cpu.root()).hasValue(0xb89a000L);
    assertThat(cpu.controlBlock()).hasValue(0xba08000L);
    assertThat(cpu.registers().get("cr3")).hasValue(0x4b3c000L);
    assertThat(cpu.registers().get("rip")).hasValue(0xffffffff9b635b26L);
    assertThat(guestOf("kvm-npt").seenBy()).containsExactlyInAnyOrder("vm-list", "open-files");
  }

  @Test
  void shadowPagingOfAmd() {
    HypervisorCpu cpu = guestOf("kvm-shadow").cpus().getFirst();
    assertThat(cpu.direct()).isFalse();
    assertThat(cpu.root()).hasValue(0x22f0000L);
    assertThat(cpu.controlBlock()).hasValue(0xb8a0000L);
    assertThat(cpu.registers().get("cr3")).hasValue(0x4a96000L);
  }

  @Test
  void extendedPagingOfIntel() {
    HypervisorCpu cpu = guestOf("kvm-ept").cpus().getFirst();
    assertThat(cpu.direct()).isTrue();
    assertThat(cpu.root()).hasValue(0xb875000L);
    assertThat(cpu.controlBlock()).hasValue(0xb839000L);
    // KVM had not read CR3 from the VMCS, and says so.
    assertThat(cpu.registers().get("cr3")).isEmpty();
    assertThat(cpu.registers().get("r15")).hasValue(0x4c32535049550002L);
  }

  @Test
  void stageTwoOfArm() {
    HypervisorGuest guest = guestOf("kvm-arm64");
    assertThat(guest.root()).hasValue(0x4a35c000L);
    assertThat(guest.control()).hasValue(0x80243558L);
    assertThat(guest.slots()).hasSize(2);
    assertThat(guest.cpus().getFirst().registers().get("ttbr0_el1")).hasValue(0x9001455000L);
    // The kernel's symbols lack data, so there is no list to be found by name.
    assertThat(guest.seenBy()).containsExactly("open-files");
  }

  @Test
  void modulesWithTheirTypesAndSymbols() {
    GuestSystem system = RealMachine.get("kvm-npt host").system();
    assertThat(system.modules())
        .extracting(GuestModule::name)
        .containsExactly("kvm_amd", "kvm", "irqbypass");
    assertThat(RealMachine.get("kvm-npt vm1").system().virtualMachines()).isEmpty();
    assertThat(RealMachine.get("linux-la57 host").system().modules()).isEmpty();
    assertThat(RealMachine.get("kvm-arm64 host").system().modules()).isEmpty();
  }
}
