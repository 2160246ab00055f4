package io.nestwalk.image.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RealImages;
import io.nestwalk.image.Registers;
import io.nestwalk.image.SystemHints;
import io.nestwalk.image.TestMachine;
import io.nestwalk.image.VirtualPieces;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowsDumpFormatTest extends FormatAgreementTest {

  /** A dump describes one CPU, so the machine has one here. */
  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("MEMORY.DMP");
    if (machine.cpus().size() > 1) {
      machine.cpus().subList(1, machine.cpus().size()).clear();
    }
    try (FileSink out = new FileSink(file)) {
      WindowsDumpWriter.amd64(machine, 1).write(out);
    }
    return file;
  }

  @Override
  protected String format() {
    return "windows-dump";
  }

  @Override
  protected Set<String> registers() {
    return union(GENERAL, Set.of("cr3", "cs", "ds", "es", "fs", "gs", "ss"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 6, 8, 9, 10})
  void everyTypeShowsTheSameMemory(int type) throws Exception {
    try (TestMachine machine = machine();
        MemoryImage image = open(dump(WindowsDumpWriter.amd64(machine, type)))) {
      machine.assertShownBy(image, registers());
      boolean kernelOnly = type == 2 || type == 6 || type == 8;
      assertThat(image.warnings()).hasSize(kernelOnly ? 1 : 0);
      assertThat(image.creator()).contains("Windows, Windows build 22621, 1 CPUs");
    }
  }

  /** Page 0 ends a list of ranges, unless it is the first. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 8, 9, 10})
  void memoryMayBeginWithPage0(int type) throws Exception {
    MappedMemory memory =
        MappedMemory.of(
            MemorySegment.ofArray(new byte[3 * TestMachine.PAGE]),
            List.of(
                new MemoryRun(0, 2L * TestMachine.PAGE, 0),
                new MemoryRun(0x10000, TestMachine.PAGE, 2L * TestMachine.PAGE)));
    try (TestMachine machine = new TestMachine(memory, machine().cpus(), null);
        MemoryImage image = open(dump(WindowsDumpWriter.amd64(machine, type)))) {
      machine.assertShownBy(image, registers());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void dumpsOf32BitWindows(int type) throws Exception {
    try (TestMachine machine = machine();
        MemoryImage image = open(dump(new WindowsDumpWriter(machine, false, type, 0x14c)))) {
      machine.assertShownBy(image, Set.of("cr3", "rflags", "cs", "ss", "ds", "es", "fs", "gs"));
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("rip")).hasValue(machine.register(0, "rip") & 0xffffffffL);
      assertThat(registers.get("cr4")).hasValue(0x20);
      assertThat(image.architecture()).contains(Architecture.X86);
    }
  }

  @Test
  void dumpsOfArm() throws Exception {
    try (TestMachine machine = machine();
        MemoryImage image = open(dump(new WindowsDumpWriter(machine, true, 1, 0xaa64)))) {
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("x30")).hasValue(0x11e);
      assertThat(registers.get("pc")).hasValue(0xffff000000002000L);
      assertThat(registers.get("pstate")).hasValue(0x60000085L);
      assertThat(registers.get("cr3")).isEmpty();
      assertThat(image.warnings()).singleElement().asString().contains("DirectoryTableBase is 0x");
    }
  }

  @Test
  void aCutDumpKeepsWhatItHas() throws Exception {
    try (TestMachine machine = machine()) {
      byte[] whole = dump(WindowsDumpWriter.amd64(machine, 1));
      MemoryImage image = open(Arrays.copyOf(whole, whole.length - 5000));
      assertThat(image.memory().presentBytes()).isEqualTo(machine.memory().presentBytes() - 5000);
      assertThat(image.warnings()).hasSize(2);
      assertThat(image.warnings().getLast()).contains("the last 5000 are not in it");
    }
  }

  @Test
  void moreRunsThanThereIsRoomForAreRefused() throws Exception {
    try (TestMachine machine = machine()) {
      byte[] dump = dump(WindowsDumpWriter.amd64(machine, 1));
      ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN).putInt(0x88, 43);
      assertThatThrownBy(() -> open(dump))
          .hasMessageContaining("43 runs")
          .hasMessageContaining("42");
      ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN).putInt(0x88, 0x45474150);
      assertThatThrownBy(() -> open(dump)).hasMessageContaining("unset");
    }
  }

  @Test
  void aBitmapThatTheFirstPageCutsIsTold() throws Exception {
    try (TestMachine machine = machine()) {
      byte[] dump = dump(WindowsDumpWriter.amd64(machine, 5));
      ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN).putLong(0x2030, Long.MAX_VALUE - 20);
      MemoryImage image = open(dump);
      assertThat(image.memory().presentBytes()).isPositive();
      assertThat(image.warnings().getFirst()).contains("is cut after");
    }
  }

  @Test
  void unknownTypesAnd32BitTriageDumpsAreRefused() throws Exception {
    try (TestMachine machine = machine()) {
      for (WindowsDumpWriter writer :
          List.of(
              WindowsDumpWriter.amd64(machine, 99),
              new WindowsDumpWriter(machine, false, 4, 0x14c))) {
        byte[] dump = dump(writer);
        Probe probe = new WindowsDumpFormat().probe(file(dump));
        assertThat(probe.confidence()).isEqualTo(Probe.Confidence.REFUSED);
        assertThat(probe.reason()).containsAnyOf("32-bit Windows triage dump", "unknown type 99");
        assertThatThrownBy(() -> open(dump)).isInstanceOf(ImageException.class);
      }
    }
  }

  @Test
  void aTriageDumpWhoseListsLieGivesWhatIsThere() throws Exception {
    try (TestMachine machine = machine()) {
      byte[] dump = dump(WindowsDumpWriter.amd64(machine, 4));
      ByteBuffer bytes = ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN);
      for (int at = 0x2000; at < 0x2080; at += 4) {
        bytes.putInt(at, 0xffff_fff0);
      }
      try (MemoryImage image = open(dump)) {
        assertThat(image.hints().modules()).isEmpty();
        assertThat(image.hints().parts()).isEmpty();
        assertThat(image.warnings()).anyMatch(line -> line.contains("mark of validity"));
        assertThat(image.warnings()).anyMatch(line -> line.contains("data blocks"));
        assertThat(image.warnings()).anyMatch(line -> line.contains("drivers the first 0"));
      }
      bytes.putInt(0x2078, 0x2100).putInt(0x207c, 3);
      bytes.putLong(0x2100, -16).putInt(0x2108, 0x2100).putInt(0x210c, 32);
      bytes.putLong(0x2110, 0x7ffe0000L).putInt(0x2118, 0x2110).putInt(0x211c, 16);
      bytes.putLong(0x2120, 0xfffff80000001000L).putInt(0x2128, 0x2120).putInt(0x212c, 8);
      try (MemoryImage image = open(dump)) {
        VirtualPieces memory = image.hints().virtual().orElseThrow();
        assertThat(memory.pieces())
            .as("what would go around the end of the address space is left out")
            .containsExactly(
                new VirtualPieces.Piece(0x7ffe0000L, 16, 0x2110),
                new VirtualPieces.Piece(0xfffff80000001000L, 8, 0x2120));
        assertThat(memory.getLong(0x7ffe0000L, 0)).isEqualTo(0x7ffe0000L);
        assertThat(memory.getLong(0xfffff80000001000L, 0)).isEqualTo(0xfffff80000001000L);
        assertThat(memory.getLong(0xfffff80000001001L, 5)).isEqualTo(5);
        assertThat(memory.locate(0xfffff80000001001L)).isEqualTo(0x2121);
      }
    }
  }

  @Test
  void aRealTriageDumpSurvivesAnyDamage() throws Exception {
    byte[] whole = Files.readAllBytes(RealImages.get("real/rizin-triage_x64.dmp"));
    Random random = new Random(4);
    for (int round = 0; round < 1500; round++) {
      byte[] dump = whole.clone();
      int place = round % 3 == 0 ? 0x19438 : 0x2000;
      int at = place + random.nextInt(round % 3 == 1 ? 0x80 : 0x400);
      Arrays.fill(dump, at, at + 1 + random.nextInt(8), (byte) random.nextInt());
      if (round % 5 == 0) {
        dump = Arrays.copyOf(dump, random.nextInt(dump.length - 1) + 1);
      }
      try (MemoryImage image = open(dump)) {
        SystemHints hints = image.hints();
        for (VirtualPieces.Piece piece : hints.virtual().orElseThrow().pieces()) {
          assertThat(image.file().holds(piece.fileOffset(), piece.length())).isTrue();
        }
        for (SystemHints.Part part : hints.parts().values()) {
          assertThat(image.file().holds(part.offset(), part.length())).isTrue();
        }
      } catch (ImageException e) {
        assertThat(e.getMessage()).doesNotContain("\n");
      }
    }
  }

  /** Pages below 128 MiB, so that a bitmap is small; one in 32 bits. */
  static TestMachine machine() {
    byte[] bytes = new byte[7 * TestMachine.PAGE];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i / TestMachine.PAGE + i);
    }
    Map<String, Long> cpu = TestMachine.small().cpus().getFirst();
    return new TestMachine(
        MappedMemory.of(
            MemorySegment.ofArray(bytes),
            List.of(
                new MemoryRun(0x2000, 3L * TestMachine.PAGE, 0),
                new MemoryRun(0x10000, TestMachine.PAGE, 3L * TestMachine.PAGE),
                new MemoryRun(0x7fe0000, 3L * TestMachine.PAGE, 4L * TestMachine.PAGE))),
        List.of(cpu),
        null);
  }

  static byte[] dump(WindowsDumpWriter writer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(bytes)) {
      writer.write(out);
    }
    return bytes.toByteArray();
  }

  private static ImageFile file(byte[] dump) {
    return ImageFile.over(MemorySegment.ofArray(dump), Path.of("test"), "test", "");
  }

  private static MemoryImage open(byte[] dump) throws ImageException {
    return new WindowsDumpFormat().open(file(dump), OpenOptions.defaults());
  }
}
