package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real dumps open as their descriptions say. */
class RealImagesTest {

  private static final long MIB = 1L << 20;

  @ParameterizedTest
  @CsvSource({
    "kvm-npt.elf.zst, X86_64, 0, 192",
    "kvm-shadow.elf.zst, X86_64, 0, 192",
    "linux-la57.elf.zst, X86_64, 0, 128",
    "linux-pae.elf.zst, X86, 0, 96",
    "kvm-arm64.elf.zst, AARCH64, 0x40000000, 256"
  })
  void coresOfQemuOpen(String name, Architecture architecture, String start, long mib)
      throws ImageException {
    try (MemoryImage image = open(name)) {
      assertThat(image.format()).isEqualTo("elf");
      assertThat(image.creator()).contains("QEMU");
      assertThat(image.file().container()).isEqualTo("zst");
      assertThat(image.architecture()).contains(architecture);
      assertThat(image.memory().ranges().getFirst())
          .isEqualTo(new AddressRange(Long.decode(start), mib * MIB));
      assertThat(image.cpus()).hasSize(1);
      assertThat(image.cpus().getFirst().architecture()).isEqualTo(architecture);
      assertThat(image.warnings()).isEmpty();
    }
  }

  @Test
  void theGuestsRegistersAreInTheNoteOfAStoppedHost() throws ImageException {
    try (MemoryImage image = open("kvm-npt.elf.zst")) {
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("cr0")).hasValue(0x80050033L);
      assertThat(registers.get("cr3")).hasValue(0x4b3c000L);
      assertThat(registers.get("cr4")).hasValue(0x3106b0L);
      assertThat(registers.get("rip")).hasValue(0x401d6eL);
      assertThat(registers.get("cs")).as("user code").hasValue(0x33);
      assertThat(registers.get("gdt_base")).hasValue(0xfffffe0000001000L);
      assertThat(registers.get("idt_limit")).hasValue(0xfff);
    }
  }

  @Test
  void aPaeRootIsNotPageAligned() throws ImageException {
    try (MemoryImage image = open("linux-pae.elf.zst")) {
      assertThat(image.cpus().getFirst().registers().get("cr3")).hasValue(0x12158e0);
      assertThat(image.cpus().getFirst().registers().get("cr4", 0) & 0x20).isNotZero();
    }
  }

  @Test
  void la57IsSwitchedOnInTheFiveLevelImage() throws ImageException {
    try (MemoryImage image = open("linux-la57.elf.zst")) {
      assertThat(image.cpus().getFirst().registers().get("cr4", 0) & (1 << 12)).isNotZero();
    }
  }

  @Test
  void registersOfArm() throws ImageException {
    try (MemoryImage image = open("kvm-arm64.elf.zst")) {
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("pc")).hasValue(0x4008b0);
      assertThat(registers.get("sp")).hasValue(0xfffff70f0300L);
      assertThat(registers.get("pstate")).hasValue(0x80000000L);
    }
  }

  @Test
  void theRawImageOpensWithoutRegisters() throws ImageException {
    try (MemoryImage image = open("kvm-ept.raw.zst")) {
      assertThat(image.format()).isEqualTo("raw");
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 192 * MIB));
      assertThat(image.cpus()).isEmpty();
    }
  }

  /** The truth file was made within the running machine: its strings stand at its addresses. */
  @ParameterizedTest
  @CsvSource({
    "kvm-npt.elf.zst",
    "kvm-ept.raw.zst",
    "linux-la57.elf.zst",
    "linux-pae.elf.zst",
    "kvm-arm64.elf.zst"
  })
  void memoryIsWhereTheRunningMachineSawIt(String name) throws Exception {
    Path truth = RealImages.get(name.replaceFirst("\\..*", ".truth.json"));
    String json = Files.readString(truth);
    // A JSON library would be too much here: the host's part ends where the guest's begins.
    int guest = json.indexOf("\"vm1\"");
    List<Marker> markers = Marker.in(guest < 0 ? json : json.substring(0, guest));
    assertThat(markers).hasSizeGreaterThan(5);
    try (MemoryImage image = open(name)) {
      for (Marker marker : markers) {
        // Some markers cross into the next virtual page, which is elsewhere in physical memory.
        int inPage = (int) Math.min(marker.text.length(), 4096 - marker.physical % 4096);
        byte[] there = image.memory().readBytes(marker.physical, inPage);
        assertThat(new String(there, StandardCharsets.ISO_8859_1))
            .as("at %x", marker.physical)
            .isEqualTo(marker.text.substring(0, inPage));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"kvm-npt.elf.zst", "kvm-ept.raw.zst"})
  void unpackingYieldsTheOriginalByByte(String name) throws Exception {
    String json = Files.readString(RealImages.get(name.replaceFirst("\\..*", ".truth.json")));
    Matcher expected = Pattern.compile("\"sha256Unpacked\": *\"([0-9a-f]+)\"").matcher(json);
    assertThat(expected.find()).isTrue();
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (MemoryImage image = open(name)) {
      long length = image.file().length();
      for (long at = 0; at < length; at += MIB) {
        digest.update(image.file().slice(at, Math.min(MIB, length - at)).asByteBuffer());
      }
    }
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(expected.group(1));
  }

  private record Marker(String text, long physical) {
    private static final Pattern PAGE =
        Pattern.compile("\\{[^{}]*\"text\": *\"([^\"]+)\"[^{}]*\\}");
    private static final Pattern PHYSICAL = Pattern.compile("\"pa\": *\"(0x[0-9a-f]+)\"");

    static List<Marker> in(String json) {
      return PAGE.matcher(json)
          .results()
          .flatMap(
              page -> {
                Matcher physical = PHYSICAL.matcher(page.group());
                return physical.find()
                    ? Stream.of(new Marker(page.group(1), Long.decode(physical.group(1))))
                    : Stream.of();
              })
          .toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pmem-linraymond-os-2MiB.raw, 2097151, true",
    "qemu-pmemsave-tinyos-2MiB.raw, 2097151, true",
    "qemu-pmemsave-N12-1MiB.raw, 1048576, false"
  })
  void hobbyKernelsOpenAsRaw(String name, long length, boolean cut) throws ImageException {
    try (MemoryImage image = open("real/" + name)) {
      assertThat(image.format()).isEqualTo("raw");
      assertThat(image.memory().presentBytes()).isEqualTo(length);
      assertThat(image.memory().isPresent(0xfd000000L)).isFalse();
      assertThat(image.warnings()).hasSize(cut ? 1 : 0);
      if (cut) {
        assertThat(image.warnings().getFirst()).contains("last page is cut after 4095 bytes");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "imhex-minidump-user.mdmp, minidump of one process",
    "rizin-elfcore-userproc-x86_64.core, core of one process",
    "hyperv-test.VMRS, without RAM",
    "hyperv-test.vmcx, without RAM",
    "README.md, text file"
  })
  void whatIsNoMemoryIsRefusedByName(String name, String words) {
    assertThatThrownBy(() -> open("real/" + name))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(name + ": ")
        .hasMessageContaining(words);
  }

  @Test
  void theHeadOfAWindowsDumpShowsItsRunsAndThatItIsCut() throws ImageException {
    try (MemoryImage image = open("real/imhex-dmp64-full-dumpit-first16KiB.dmp")) {
      assertThat(image.format()).isEqualTo("windows-dump");
      assertThat(image.creator()).contains("DumpIt, Windows build 19045, 4 CPUs");
      assertThat(image.architecture()).contains(Architecture.X86_64);
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0x2000, 0x2000));
      assertThat(image.memory().getLong(0x2000, -1)).isEqualTo(3);
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("cr3")).hasValue(0x1ad002L);
      assertThat(image.hints().get("directoryTableBase")).hasValue(0x1ad002L);
      assertThat(registers.get("rip")).hasValue(0xfffff8072aa9136dL);
      assertThat(registers.get("cs")).hasValue(0x10);
      assertThat(registers.get("ss")).hasValue(0x18);
      assertThat(registers.get("rflags")).hasValue(0x40282);
      assertThat(image.warnings())
          .containsExactly(
              "the header names 5 runs: 0x2000+0x9e000, 0x100000+0x251000, 0x3d8000+0xd7df000,"
                  + " 0xdbb8000+0x1fb7000, 0xfbff000+0x70401000",
              "the file is cut: of 2145935360 bytes of memory that the dump names, the last"
                  + " 2145927168 are not in it",
              "a Windows crash dump has the registers of the CPU that wrote it: 1 of 4");
    }
  }

  @Test
  void aTriageDumpGivesItsBlocksAndSaysThatAllElseIsMissing() throws ImageException {
    try (MemoryImage image = open("real/rizin-triage_x64.dmp")) {
      assertThat(image.format()).isEqualTo("windows-dump");
      assertThat(image.memory().presentBytes()).isZero();
      assertThat(image.cpus().getFirst().registers().get("cr3")).hasValue(0x1ad000L);
      SystemHints hints = image.hints();
      assertThat(hints.get("psActiveProcessHead")).hasValue(0xfffff8047c61e200L);
      assertThat(hints.get("psLoadedModuleList")).hasValue(0xfffff8047c62a390L);
      assertThat(hints.get("kdDebuggerDataBlock")).hasValue(0xfffff8047c600b20L);
      assertThat(hints.get("kernelBase")).hasValue(0xfffff8047ba00000L);
      assertThat(hints.get("minorVersion")).hasValue(19041);
      assertThat(hints.get("numberProcessors")).hasValue(16);
      assertThat(hints.get("bugCheckCode")).hasValue(0x1000007eL);
      assertThat(hints.get("bugCheckParameter1")).hasValue(0xffffffffc0000005L);
      assertThat(hints.modules()).hasSize(151);
      SystemHints.Module kernel = hints.modules().getFirst();
      assertThat(kernel.name()).isEqualTo("\\SystemRoot\\system32\\ntoskrnl.exe");
      assertThat(kernel.base()).isEqualTo(0xfffff8047ba00000L);
      assertThat(kernel.size()).isEqualTo(0x1046000);
      VirtualPieces memory = hints.virtual().orElseThrow();
      assertThat(memory.getInt(0xfffff8047c600b20L + 0x10, 0)).as("KDBG").isEqualTo(0x4742444b);
      assertThat(memory.getLong(0xfffff8047c600b20L + 0x18, 0)).isEqualTo(0xfffff8047ba00000L);
      assertThat(memory.getLong(0xfffffdfeff7fb000L, 0) & 1)
          .as("the page table that maps itself")
          .isEqualTo(1);
      assertThat(memory.isPresent(0xffff8504296296b0L - 1)).isFalse();
      assertThat(memory.getByte(0)).isEqualTo(-1);
      SystemHints.Part process = hints.parts().get("process");
      assertThat(process).isEqualTo(new SystemHints.Part(0xd0b8, 0xa40));
      assertThat(image.file().textAt(process.offset() + 0x5a8, 15)).isEqualTo("System");
      assertThat(image.warnings().getFirst()).contains("no physical memory", "151 drivers");
    }
  }

  @Test
  void moreHeadersThanTheFieldCanCount() {
    assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          try (MemoryImage image = open("real/rizin-more-than-65535-segments.gz")) {
            assertThat(image.file().container()).isEqualTo("gz");
            assertThat(image.memory().presentBytes()).isEqualTo(131_070L * 4096);
            assertThat(image.memory().getByte(0)).isEqualTo('B');
            assertThat(image.warnings()).isEmpty();
          }
        });
  }

  private static MemoryImage open(String name) throws ImageException {
    return MemoryImages.open(RealImages.get(name), OpenOptions.defaults());
  }
}
