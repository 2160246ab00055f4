package io.nestwalk.extract;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cores are read back by the parsers, which know nothing of the writer. */
class CoreFileTest {

  private static final int PAGE = 4096;

  @TempDir private Path folder;

  /** Every even page is zeros, every odd one has its number in each byte. */
  private static final Memory PATTERN =
      new ComputedMemory(address -> address / PAGE % 2 == 0 ? 0 : (int) (address / PAGE & 0xff));

  private MemoryImage write(Architecture architecture, List<Note> notes, List<Segment> segments)
      throws Exception {
    List<AddressRange> contents =
        segments.stream().map(each -> new AddressRange(each.source(), each.stored())).toList();
    return write(architecture, notes, CoreFile.UNALIGNED, segments, contents);
  }

  private MemoryImage write(
      Architecture architecture,
      List<Note> notes,
      int alignment,
      List<Segment> segments,
      List<AddressRange> contents)
      throws Exception {
    Path file = folder.resolve("core");
    try (SeekableByteChannel out =
        Files.newByteChannel(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      new CoreFile(architecture, notes, alignment, segments, contents)
          .write(out, PATTERN, Progress.NONE);
    }
    return MemoryImages.open(file, OpenOptions.defaults());
  }

  private static Segment physical(long start, long length) {
    return new Segment(0, start, length, length, 0, start);
  }

  /** Several segments show the same content; those without a physical address are no memory. */
  @ParameterizedTest
  @EnumSource(names = {"X86", "X86_64"})
  void segmentsShareTheirContent(Architecture architecture) throws Exception {
    List<Segment> segments =
        List.of(
            new Segment(0xc100_3000L, 0x3000, PAGE, PAGE, 7, 0x3000),
            new Segment(0xc000_1000L, 0x1000, 3 * PAGE, 3 * PAGE, 7, 0x1000),
            new Segment(Segment.NO_ADDRESS, 0x9000, PAGE, PAGE, 7, 0x9000),
            new Segment(0xf000_0000L, Segment.NO_ADDRESS, PAGE, PAGE, 7, 0x9000));
    List<AddressRange> contents =
        List.of(new AddressRange(0x1000, 3 * PAGE), new AddressRange(0x9000, PAGE));
    try (MemoryImage image =
        write(architecture, List.of(), CoreFile.UNALIGNED, segments, contents)) {
      assertThat(image.warnings()).isEmpty();
      assertThat(image.memory().presentBytes()).isEqualTo(4 * PAGE);
      assertThat(image.file().length()).isLessThan(6 * PAGE);
      for (long page : new long[] {0x1000, 0x3000, 0x9000}) {
        assertThat(image.memory().readBytes(page, PAGE)).isEqualTo(PATTERN.readBytes(page, PAGE));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void memoryAndRegistersComeBack(Architecture architecture) throws Exception {
    boolean x86 = architecture == Architecture.X86 || architecture == Architecture.X86_64;
    Registers registers =
        new Registers(
            x86
                ? Map.of(
                    "rip",
                    0x1234L,
                    "rsp",
                    0x7000L,
                    "cr0",
                    0x8000_0011L,
                    "cr3",
                    0x5000L,
                    "cr4",
                    0x20L)
                : Map.of("pc", 0x1234L, "x5", 0x55L));
    CpuNotes notes = new CpuNotes(architecture);
    List<Note> all = new ArrayList<>(List.of(notes.status(1, registers)));
    notes.qemu(registers).ifPresent(all::add);
    try (MemoryImage image =
        write(architecture, all, List.of(physical(0x1000, 0x5000), physical(0x100000, 0x2000)))) {
      assertThat(image.warnings()).isEmpty();
      assertThat(image.architecture()).contains(architecture);
      assertThat(image.memory().presentBytes()).isEqualTo(0x7000);
      assertThat(image.memory().isPresent(0x6000)).isFalse();
      for (long page : new long[] {0x1000, 0x2000, 0x3000, 0x5000, 0x100000, 0x101000}) {
        assertThat(image.memory().readBytes(page, PAGE)).isEqualTo(PATTERN.readBytes(page, PAGE));
      }
      Registers back = image.cpus().getFirst().registers();
      registers.values().forEach((name, value) -> assertThat(back.get(name)).hasValue(value));
    }
  }

  /** More than 65534 segments are counted in a section. */
  @Test
  void aHundredThousandSegments() throws Exception {
    List<Segment> segments = new ArrayList<>();
    for (long i = 0; i < 70_000; i++) {
      segments.add(physical(i * 2 * PAGE, PAGE));
    }
    try (MemoryImage image = write(Architecture.X86_64, List.of(), segments)) {
      assertThat(image.warnings()).isEmpty();
      assertThat(image.memory().ranges()).hasSize(70_000);
    }
  }

  /** What is not stored of a segment is absent, not zero. */
  @Test
  void aSegmentWithoutContentIsAHole() throws Exception {
    List<Segment> segments =
        List.of(physical(0x1000, PAGE), new Segment(0, 0x2000, 0, PAGE, 0, 0x2000));
    try (MemoryImage image = write(Architecture.X86_64, List.of(), segments)) {
      assertThat(image.memory().isPresent(0x1fff)).isTrue();
      assertThat(image.memory().isPresent(0x2000)).isFalse();
    }
  }
}
