package io.nestwalk.image.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElfFormatTest {

  private static final long PAGING = 0x8000_0001L;
  private static final int LONG_CODE = 1 << 21;

  private static final byte[] A = filled(0x100, 0xaa);
  private static final byte[] B = filled(0x100, 0xbb);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void memoryStandsAtThePhysicalAddresses(boolean is64) throws ImageException {
    CoreBuilder core = is64 ? CoreBuilder.class64() : CoreBuilder.class32();
    core.machine(is64 ? CoreBuilder.MACHINE_X86_64 : CoreBuilder.MACHINE_386);
    core.memory(0x2000, 0xc000_0000L, A, A.length).memory(0x8000_0000L, B);
    MemoryImage image = open(core.build());

    assertThat(image.memory().readBytes(0x2000, 0x200)).isEqualTo(A);
    assertThat(image.memory().readBytes(0x8000_0000L, 0x200)).isEqualTo(B);
    assertThat(image.memory().getByte(0xc000_0000L)).isEqualTo(-1);
    assertThat(image.memory().locate(0x2001)).isEqualTo(core.contentsStart() + 1);
    assertThat(image.warnings()).isEmpty();
    assertThat(image.architecture()).contains(is64 ? Architecture.X86_64 : Architecture.X86);
  }

  @Test
  void theFirstOfOverlappingSegmentsWinsWithAWarning() throws ImageException {
    MemoryImage image = open(CoreBuilder.class64().memory(0x1080, A).memory(0x1000, B).build());
    assertThat(image.memory().getByte(0x107f)).isEqualTo(0xbb);
    assertThat(image.memory().getByte(0x1080)).isEqualTo(0xaa);
    assertThat(image.memory().getByte(0x10ff)).isEqualTo(0xaa);
    assertThat(image.memory().getByte(0x117f)).isEqualTo(0xaa);
    assertThat(image.warnings()).singleElement().asString().startsWith("1 segment overlaps");
  }

  @Test
  void segmentsThatRepeatAPieceOfTheFileAreNormal() throws ImageException {
    // As QEMU writes them with paging=on: the same page under several virtual addresses.
    MemoryImage image =
        open(
            CoreBuilder.class64()
                .memory(0x1000, A)
                .memory(0x1100, B)
                .again(0x1000, 0, 0x200)
                .again(0x1100, 0x100, 0x100)
                .build());
    assertThat(image.memory().presentBytes()).isEqualTo(0x200);
    assertThat(image.runs()).hasSize(1);
    assertThat(image.warnings()).isEmpty();
  }

  @Test
  void whatIsNotStoredIsAbsentAndNotZero() throws ImageException {
    MemoryImage image =
        open(
            CoreBuilder.class64()
                .memory(0x1000, 0, A, 0x1000)
                .header(1, -1, 0x8000, 0, 0x1000)
                .build());
    assertThat(image.memory().getByte(0x10ff)).isEqualTo(0xaa);
    assertThat(image.memory().getByte(0x1100)).isEqualTo(-1);
    assertThat(image.memory().getByte(0x8000)).isEqualTo(-1);
    assertThat(image.warnings())
        .containsExactly("1 segment is stored in part only; what is not stored is absent");
  }

  @Test
  void aCutFileKeepsWhatItHas() throws ImageException {
    byte[] whole = CoreBuilder.class64().memory(0x1000, A).memory(0x2000, B).build();
    MemoryImage image = open(Arrays.copyOf(whole, whole.length - 0x140));
    assertThat(image.memory().presentBytes()).isEqualTo(0xc0);
    assertThat(image.memory().locate(0x2000)).isEqualTo(Memory.NOWHERE);
    assertThat(image.warnings())
        .containsExactly("the file is cut: of 2 segments 320 bytes lie beyond its end");
  }

  @Test
  void aCutHeaderTableKeepsWhatItHas() throws ImageException {
    CoreBuilder core =
        CoreBuilder.class64().header(1, 0, 0x5000, 16, 16).header(1, 0, 0x6000, 16, 16);
    byte[] cut = Arrays.copyOf(core.build(), 64 + 2 * 56 + 20);
    MemoryImage image = open(cut);
    assertThat(image.memory().isPresent(0x5000)).isTrue();
    assertThat(image.memory().isPresent(0x6000)).isFalse();
    assertThat(image.warnings()).contains("1 of 3 program headers lie beyond the end of the file");
  }

  @Test
  void segmentsAtImpossiblePlacesAreLeftOut() throws ImageException {
    MemoryImage image =
        open(
            CoreBuilder.class64()
                .memory(0x1000, A)
                .header(1, 0, -2, 0x10, 0x10)
                .header(1, 0, Long.MAX_VALUE - 4, 0x10, 0x10)
                .header(1, 0, 0x9000, -1, -1)
                .build());
    assertThat(image.memory().presentBytes()).isEqualTo(0x100);
    assertThat(image.warnings())
        .containsExactly("left out: 3 segments without a valid physical address, size or offset");
  }

  /** As in /proc/kcore: another segment has the same bytes by their physical address. */
  @Test
  void virtualMemoryWithoutAPhysicalAddressIsLeftOutWithoutAWord() throws ImageException {
    MemoryImage image =
        open(CoreBuilder.class64().memory(0x1000, A).header(1, 0, -1, 0x10, 0x10).build());
    assertThat(image.memory().presentBytes()).isEqualTo(0x100);
    assertThat(image.warnings()).isEmpty();
  }

  @Test
  void aCoreWithoutMemoryIsRefused() {
    assertThatThrownBy(() -> open(CoreBuilder.class64().header(1, 1 << 20, 4096, 16, 16).build()))
        .isInstanceOf(ImageException.class)
        .hasMessage("test: an ELF core of which no memory lies in the file");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCountOfHeadersMayStandInSectionZero(boolean is64) throws ImageException {
    CoreBuilder core = is64 ? CoreBuilder.class64() : CoreBuilder.class32();
    core.machine(CoreBuilder.MACHINE_386).countInSection();
    core.memory(0x1000, A);
    for (int i = 0; i < 0x10000; i++) {
      core.again(0x10000 + i * 0x200L, 0, 0x100);
    }
    MemoryImage image = open(core.build());
    assertThat(image.runs()).hasSize(0x10001);
    assertThat(image.memory().getByte(0x10000 + 0xffff * 0x200L)).isEqualTo(0xaa);
    assertThat(image.warnings()).isEmpty();
  }

  @Test
  void aMissingSectionZeroIsTold() throws ImageException {
    byte[] core = CoreBuilder.class64().countInSection().memory(0x1000, A).build();
    MemoryImage image = open(Arrays.copyOf(core, core.length - 64));
    assertThat(image.memory().getByte(0x1000)).isEqualTo(0xaa);
    assertThat(image.warnings().getFirst()).contains("e_phnum 0xffff");
  }

  @Test
  void everyRegisterOfQemusNoteIsRead() throws ImageException {
    MemoryImage image =
        open(
            CoreBuilder.class64()
                .memory(0, A)
                .note("CORE", 1, CoreBuilder.prStatus(336, 112, 8, 27, 0x77))
                .note("QEMU", 0, CoreBuilder.qemuCpu(5, PAGING, 0x1ad000, 0x6b0, LONG_CODE))
                .build());
    assertThat(image.creator()).contains("QEMU");
    Cpu cpu = image.cpus().getFirst();
    assertThat(cpu.id()).isZero();
    assertThat(cpu.architecture()).isEqualTo(Architecture.X86_64);
    List<String> general =
        List.of(
            "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12",
            "r13", "r14", "r15", "rip", "rflags");
    for (int i = 0; i < general.size(); i++) {
      assertThat(cpu.registers().get(general.get(i))).as(general.get(i)).hasValue(0x5000 + i);
    }
    List<String> segments = List.of("cs", "ds", "es", "fs", "gs", "ss", "ldt", "tr");
    for (int i = 0; i < segments.size(); i++) {
      String name = segments.get(i);
      assertThat(cpu.registers().get(name)).as(name).hasValue(0x10 + i);
      assertThat(cpu.registers().get(name + "_limit")).as(name).hasValue(0x20 + i);
      assertThat(cpu.registers().get(name + "_flags"))
          .as(name)
          .hasValue(i == 0 ? LONG_CODE : 0x30 + i);
      assertThat(cpu.registers().get(name + "_base")).as(name).hasValue(0xffff_8000_0000_5000L + i);
    }
    assertThat(cpu.registers().values())
        .containsAllEntriesOf(
            Map.ofEntries(
                Map.entry("gdt_base", 0xffff_8000_0000_5008L),
                Map.entry("gdt_limit", 0x28L),
                Map.entry("idt_base", 0xffff_8000_0000_5009L),
                Map.entry("idt_limit", 0x29L),
                Map.entry("cr0", PAGING),
                Map.entry("cr2", 0x22L),
                Map.entry("cr3", 0x1ad000L),
                Map.entry("cr4", 0x6b0L),
                Map.entry("kernel_gs_base", 0xffff_9000_0000_0005L)));
    assertThat(cpu.registers().get("efer")).as("the note has no EFER").isEmpty();
  }

  @Test
  void anOldQemuNoteHasNoKernelGsBase() throws ImageException {
    byte[] note = Arrays.copyOf(CoreBuilder.qemuCpu(1, PAGING, 0, 0x20, LONG_CODE), 432);
    note[4] = (byte) 0xb0; // size 432
    MemoryImage image = open(CoreBuilder.class64().memory(0, A).note("QEMU", 0, note).build());
    assertThat(image.cpus().getFirst().registers().get("cr4")).hasValue(0x20);
    assertThat(image.cpus().getFirst().registers().get("kernel_gs_base")).isEmpty();
  }

  @Test
  void controlRegistersThatTheWriterDidNotKnowAreNoZeros() throws ImageException {
    byte[] note = CoreBuilder.qemuCpu(1, 0, 0x1000, 0, 0);
    MemoryImage image = open(CoreBuilder.class64().memory(0, A).note("QEMU", 0, note).build());
    Registers registers = image.cpus().getFirst().registers();
    assertThat(registers.get("cr3")).hasValue(0x1000);
    assertThat(registers.values()).doesNotContainKeys("cr0", "cr2", "cr4");
    assertThat(image.cpus().getFirst().architecture()).isEqualTo(Architecture.X86_64);
  }

  @Test
  void theNthNotesAreAboutTheNthCpu() throws ImageException {
    MemoryImage image =
        open(
            CoreBuilder.class64()
                .memory(0, A)
                .note("CORE", 1, CoreBuilder.prStatus(336, 112, 8, 27, 0x100))
                .note("CORE", 1, CoreBuilder.prStatus(336, 112, 8, 27, 0x200))
                .note("QEMU", 0, CoreBuilder.qemuCpu(1, PAGING, 0x1000, 0x20, LONG_CODE))
                .note("QEMU", 0, CoreBuilder.qemuCpu(2, 0x10, 0x2000, 0, 0))
                .build());
    assertThat(image.cpus()).hasSize(2);
    assertThat(image.cpus().get(1).id()).isEqualTo(1);
    assertThat(image.cpus().get(1).registers().get("cr3")).hasValue(0x2000);
    assertThat(image.cpus().get(1).architecture())
        .as("a CPU that was never started is in real mode")
        .isEqualTo(Architecture.X86);
    assertThat(image.cpus().getFirst().architecture()).isEqualTo(Architecture.X86_64);
  }

  @Test
  void anUnknownVersionOfQemusNoteLeavesTheGeneralRegisters() throws ImageException {
    byte[] note = CoreBuilder.qemuCpu(1, PAGING, 0x1000, 0x20, LONG_CODE);
    note[0] = 2;
    MemoryImage image =
        open(
            CoreBuilder.class64()
                .memory(0, A)
                .note("CORE", 1, CoreBuilder.prStatus(336, 112, 8, 27, 0x100))
                .note("QEMU", 0, note)
                .build());
    assertThat(image.cpus().getFirst().registers().get("cr3")).isEmpty();
    assertThat(image.cpus().getFirst().registers().get("r15")).hasValue(0x100);
    assertThat(image.warnings())
        .containsExactly("1 CPU notes are of an unknown version or too short");
  }

  @Test
  void registersOfX8664() throws ImageException {
    Registers registers =
        registersOf(CoreBuilder.MACHINE_X86_64, CoreBuilder.prStatus(336, 112, 8, 27, 0x100));
    assertThat(registers.get("r15")).hasValue(0x100);
    assertThat(registers.get("rax")).hasValue(0x10a);
    assertThat(registers.get("rdi")).hasValue(0x10e);
    assertThat(registers.get("rip")).hasValue(0x110);
    assertThat(registers.get("rsp")).hasValue(0x113);
    assertThat(registers.get("fs_base")).hasValue(0x115);
    assertThat(registers.get("gs")).hasValue(0x11a);
    assertThat(registers.values()).hasSize(26);
  }

  @Test
  void registersOfI386() throws ImageException {
    Registers registers =
        registersOf(CoreBuilder.MACHINE_386, CoreBuilder.prStatus(144, 72, 4, 17, 0xffff_ff00L));
    assertThat(registers.get("rbx")).as("not sign-extended").hasValue(0xffff_ff00L);
    assertThat(registers.get("rax")).hasValue(0xffff_ff06L);
    assertThat(registers.get("rip")).hasValue(0xffff_ff0cL);
    assertThat(registers.get("ss")).hasValue(0xffff_ff10L);
    assertThat(registers.values()).hasSize(16);
  }

  @Test
  void registersOfAarch64() throws ImageException {
    Registers registers =
        registersOf(CoreBuilder.MACHINE_AARCH64, CoreBuilder.prStatus(392, 112, 8, 34, 0x100));
    assertThat(registers.get("x0")).hasValue(0x100);
    assertThat(registers.get("x30")).hasValue(0x11e);
    assertThat(registers.get("sp")).hasValue(0x11f);
    assertThat(registers.get("pc")).hasValue(0x120);
    assertThat(registers.get("pstate")).hasValue(0x121);
  }

  @Test
  void registersOfRiscv() throws ImageException {
    Registers registers =
        registersOf(CoreBuilder.MACHINE_RISCV, CoreBuilder.prStatus(376, 112, 8, 32, 0x100));
    assertThat(registers.get("pc")).hasValue(0x100);
    assertThat(registers.get("x1")).hasValue(0x101);
    assertThat(registers.get("x31")).hasValue(0x11f);
  }

  @ParameterizedTest
  @CsvSource({
    "62, 0x80000001, 0x20, 0x200000, X86_64, X86_64",
    "62, 0x80000001, 0x20, 0, X86_64, X86_64",
    "62, 0x1, 0x20, 0, X86, X86_64",
    "3, 0x80000001, 0x20, 0, X86, X86",
    "3, 0x80000001, 0, 0, X86, X86",
    "3, 0x80000001, 0x20, 0x200000, X86_64, X86_64"
  })
  void theArchitectureIsConcludedFromControlRegistersAndCodeSegment(
      int machine, String cr0, String cr4, String csFlags, Architecture cpu, Architecture whole)
      throws ImageException {
    byte[] note =
        CoreBuilder.qemuCpu(1, Long.decode(cr0), 0, Long.decode(cr4), Integer.decode(csFlags));
    MemoryImage image =
        open(CoreBuilder.class64().machine(machine).memory(0, A).note("QEMU", 0, note).build());
    assertThat(image.cpus().getFirst().architecture()).isEqualTo(cpu);
    assertThat(image.architecture()).contains(whole);
  }

  @Test
  void vmcoreinfoIsHandedOn() throws ImageException {
    byte[] text = "OSRELEASE=6.1\nPAGESIZE=4096\n".getBytes(StandardCharsets.US_ASCII);
    MemoryImage image =
        open(CoreBuilder.class64().memory(0, A).note("VMCOREINFO", 0, text).build());
    assertThat(image.vmcoreinfo()).contains("OSRELEASE=6.1\nPAGESIZE=4096\n");
    assertThat(image.creator()).contains("Linux kdump");
  }

  @Test
  void aDamagedVirtualBoxNoteIsTold() throws ImageException {
    MemoryImage image =
        open(
            CoreBuilder.class64()
                .memory(0, A)
                .note("VBCORE", 0xb00, new byte[24])
                .note("VBCPU", 0xb01, new byte[0x2240])
                .note("VBCPU", 0xb01, new byte[0x100])
                .build());
    assertThat(image.creator()).contains("VirtualBox");
    assertThat(image.cpus()).hasSize(1);
    assertThat(image.warnings())
        .containsExactly(
            "the VBCORE note is damaged; the layout of VirtualBox 5.0 is assumed",
            "1 CPU notes are of an unknown version or too short");
  }

  @Test
  void aHostileNoteEndsTheNotesAndNotMore() throws ImageException {
    for (int field = 0; field < 2; field++) {
      byte[] bad = new byte[32];
      Arrays.fill(bad, field * 4, field * 4 + 4, (byte) 0xff);
      MemoryImage image =
          open(
              CoreBuilder.class64()
                  .memory(0, A)
                  .note("VMCOREINFO", 0, new byte[] {'X'})
                  .noteBytes(bad)
                  .build());
      assertThat(image.vmcoreinfo()).contains("X");
      assertThat(image.warnings()).singleElement().asString().contains("reaches beyond the end");
    }
  }

  @Test
  void anIncompleteDumpIsTold() throws ImageException {
    MemoryImage image = open(CoreBuilder.class64().memory(0, A).flags(1).build());
    assertThat(image.warnings()).singleElement().asString().contains("incomplete");
  }

  @Test
  void processCoresAreRefused() {
    byte[] withNotes =
        CoreBuilder.class64()
            .memory(0, 0x400000, A, A.length)
            .note("CORE", 1, new byte[336])
            .note("CORE", 6, new byte[16])
            .build();
    byte[] withoutNotes = CoreBuilder.class64().memory(0, 0x400000, A, A.length).build();
    assertRefused(withNotes, "an ELF core of one process, not of a machine");
    assertRefused(withoutNotes, "an ELF core of one process, not of a machine");
  }

  @Test
  void aMachinesNoteOutweighsZeroPhysicalAddresses() throws ImageException {
    byte[] core =
        CoreBuilder.class64()
            .memory(0, 0xffff_8000_0000_0000L, A, A.length)
            .note("VMCOREINFO", 0, new byte[] {'X'})
            .build();
    assertThat(open(core).memory().presentBytes()).isEqualTo(0x100);
  }

  @Test
  void otherKindsOfElfFilesAreRefusedByName() {
    byte[] core = CoreBuilder.class64().memory(0x1000, A).build();
    byte[] bigEndian = core.clone();
    bigEndian[5] = 2;
    assertRefused(bigEndian, "a big-endian ELF file; only little-endian is read");
    byte[] strange = core.clone();
    strange[4] = 7;
    assertRefused(strange, "at offset 0x4: ELF class 7 is unknown");
    assertRefused(
        CoreBuilder.class64().type(2).build(), "an ELF file that is not a core (an executable)");
    assertRefused(
        CoreBuilder.class32().machine(40).memory(0x1000, A).build(),
        "an ELF core of a machine that is not supported (32-bit ARM)");
    assertRefused(
        CoreBuilder.class32().machine(CoreBuilder.MACHINE_RISCV).memory(0x1000, A).build(),
        "an ELF core of a machine that is not supported (32-bit RISC-V)");
  }

  @Test
  void aXenCoreIsRefusedByName() {
    assertRefused(
        CoreBuilder.class64().note("Xen", 1, new byte[4]).build(),
        "a Xen core, whose memory stands in sections and not in segments");
  }

  @Test
  void programHeadersThatAreTooSmallAreRefused() {
    byte[] core = CoreBuilder.class64().memory(0x1000, A).build();
    core[54] = 8;
    assertRefused(core, "e_phentsize is 8, a program header has at least 56 bytes");
  }

  @Test
  void otherFilesAreNotElf() {
    assertThat(new ElfFormat().probe(file(new byte[] {0x7f, 'E', 'L'})).confidence())
        .isEqualTo(Probe.Confidence.NO);
    assertThat(new ElfFormat().probe(file(CoreBuilder.class64().memory(0, A).build())).confidence())
        .isEqualTo(Probe.Confidence.CERTAIN);
  }

  private static void assertRefused(byte[] bytes, String reason) {
    assertThat(new ElfFormat().probe(file(bytes))).isEqualTo(Probe.refused(reason));
    assertThatThrownBy(() -> open(bytes))
        .isInstanceOf(ImageException.class)
        .hasMessage("test: " + reason);
  }

  private static Registers registersOf(int machine, byte[] note) throws ImageException {
    MemoryImage image =
        open(
            CoreBuilder.class64().machine(machine).memory(0x1000, A).note("CORE", 1, note).build());
    assertThat(image.cpus()).hasSize(1);
    return image.cpus().getFirst().registers();
  }

  private static MemoryImage open(byte[] bytes) throws ImageException {
    return new ElfFormat().open(file(bytes), OpenOptions.defaults());
  }

  private static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
