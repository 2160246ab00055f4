package io.nestwalk.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dumps are read back by the parsers, which know nothing of the writer. */
class KdumpFileTest {

  private static final int PAGE = 4096;

  @TempDir private Path folder;

  /** Of four pages two are zeros, one is packed well and one not at all. */
  private static final Memory MIXED = new ComputedMemory(KdumpFileTest::mixed);

  private static int mixed(long address) {
    long page = address / PAGE;
    return switch ((int) (page % 4)) {
      case 1 -> (int) (page & 0xff);
      case 3 -> noise(address);
      default -> 0;
    };
  }

  private static int noise(long address) {
    long mixed = (address + 1) * 0x9e37_79b9_7f4a_7c15L;
    return (int) (((mixed ^ (mixed >>> 31)) * 0x94d0_49bb_1331_11ebL) >>> 56);
  }

  private Path write(Architecture architecture, List<AddressRange> ranges, int page)
      throws IOException {
    CpuNotes cpuNotes = new CpuNotes(architecture);
    Registers registers = new Registers(Map.of("rip", 0x1234L, "pc", 0x1234L));
    List<Note> notes =
        List.of(
            cpuNotes.status(1, registers),
            cpuNotes.status(2, registers),
            new Note(Note.VMCOREINFO, 0, "OSRELEASE=6.1\n".getBytes(StandardCharsets.US_ASCII)));
    Path file = folder.resolve("kdump");
    try (SeekableByteChannel out =
        Files.newByteChannel(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      new KdumpFile(
              architecture,
              new KdumpFile.Names("Linux", "host", "6.1", "#1 SMP"),
              notes,
              2,
              0x1000,
              ranges,
              page)
          .write(out, MIXED, Progress.NONE);
    }
    return file;
  }

  private static void check(Path file, Architecture architecture, List<AddressRange> ranges)
      throws Exception {
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      assertThat(image.warnings()).isEmpty();
      assertThat(image.format()).isEqualTo("kdump");
      assertThat(image.architecture()).contains(architecture);
      assertThat(image.memory().ranges()).isEqualTo(ranges);
      assertThat(image.vmcoreinfo()).contains("OSRELEASE=6.1\n");
      assertThat(image.cpus()).hasSize(2);
      for (AddressRange range : ranges) {
        for (long at = range.start(); at < range.end(); at += PAGE) {
          assertThat(image.memory().readBytes(at, PAGE)).isEqualTo(MIXED.readBytes(at, PAGE));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void memoryAndRegistersComeBack(Architecture architecture) throws Exception {
    List<AddressRange> ranges =
        List.of(
            new AddressRange(0x1000, 0x5000),
            new AddressRange(0x8000, 70 * PAGE),
            new AddressRange(0xffff_c000L, 0x4000));
    Path file = write(architecture, ranges, PAGE);
    check(file, architecture, ranges);
    assertThat(Files.size(file)).isBetween(80L * PAGE, 90L * PAGE);
  }

  /** Memory far up, beyond one block of bitmap, and more descriptors than are written at once. */
  @Test
  void manyPages() throws Exception {
    List<AddressRange> ranges =
        List.of(new AddressRange(0, 4200 * PAGE), new AddressRange(9L << 33, 3 * PAGE));
    check(write(Architecture.X86_64, ranges, PAGE), Architecture.X86_64, ranges);
  }

  /** The kernel's pages where all of them are whole, else those that every range has. */
  @Test
  void largePages() throws Exception {
    List<AddressRange> whole = List.of(new AddressRange(0x10000, 0x20000));
    Path file = write(Architecture.AARCH64, whole, 1 << 16);
    check(file, Architecture.AARCH64, whole);
    assertThat(Files.readAllBytes(file)[0x10001]).isEqualTo((byte) 0x10);
    Files.delete(file);
    List<AddressRange> parts = List.of(new AddressRange(0x11000, 0x20000));
    check(write(Architecture.AARCH64, parts, 1 << 16), Architecture.AARCH64, parts);
  }

  /** A firmware's map: conventional memory ends in the middle of a page. */
  @Test
  void whatFillsNoPageIsLeftOut() throws Exception {
    List<AddressRange> ranges =
        List.of(
            new AddressRange(0x1000, 0x9ec00),
            new AddressRange(0xa0400, 0x400),
            new AddressRange(0x10_0000, 0x1_0800),
            new AddressRange(0x11_0800, 0x800),
            new AddressRange(0x12_0200, 0x3000));
    List<AddressRange> whole =
        List.of(
            new AddressRange(0x1000, 0x9e000),
            new AddressRange(0x10_0000, 0x1_1000),
            new AddressRange(0x12_1000, 0x2000));
    assertThat(KdumpFile.wholePages(ranges)).isEqualTo(whole);
    check(write(Architecture.X86_64, ranges, PAGE), Architecture.X86_64, whole);
  }

  @Test
  void memoryTooFarUpIsRefused() {
    List<AddressRange> far = List.of(new AddressRange(1L << 60, PAGE));
    assertThatThrownBy(() -> write(Architecture.X86_64, far, PAGE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("0x1000000000001000");
  }
}
