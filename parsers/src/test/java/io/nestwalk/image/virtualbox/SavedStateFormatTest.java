package io.nestwalk.image.virtualbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.FileSink;
import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedStateFormatTest extends FormatAgreementTest {

  private static final String BALLOON = "ballooned away by the guest and absent: 2 pages";

  private final TestMachine machine = TestMachine.small();

  @AfterEach
  void close() {
    machine.close();
  }

  @Override
  protected Path write(TestMachine written, Path folder) throws IOException {
    Path file = folder.resolve("vm.sav");
    try (FileSink out = new FileSink(file)) {
      new SavedStateWriter(written, out, 0).write();
    }
    return file;
  }

  @Override
  protected String format() {
    return "virtualbox";
  }

  @Override
  protected List<String> warnings(TestMachine written) {
    return List.of(BALLOON);
  }

  @Override
  protected Set<String> registers() {
    return union(
        union(GENERAL, CONTROL),
        Set.of(
            "efer",
            "cs",
            "ss",
            "ds",
            "es",
            "fs",
            "gs",
            "tr",
            "gdt_base",
            "gdt_limit",
            "idt_base",
            "idt_limit",
            "star",
            "lstar",
            "kernel_gs_base",
            "fs_base",
            "gs_base",
            "tr_base"));
  }

  /** Sizes that are no divisor of a page, multiples of KiB (packed), and more than two bytes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 1000, 1024, 3000, 3072, 4096, 5000, 70_000})
  void structuresAndPagesMayStraddleRecords(int recordSize) throws Exception {
    try (MemoryImage image = open(state(recordSize, w -> w))) {
      machine.assertShownBy(image, registers());
      assertThat(image.warnings()).containsExactly(BALLOON);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 11, 12, 13, 14})
  void versionsOfTheMemoryUnit(int version) throws Exception {
    try (MemoryImage image = open(state(0, w -> w.pgmVersion(version)))) {
      machine.assertShownBy(image, registers());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 19, 21, 23})
  void versionsOfTheRegisters(int version) throws Exception {
    try (MemoryImage image = open(state(0, w -> w.cpumVersion(version)))) {
      machine.assertShownBy(image, registers());
      assertThat(image.creator()).contains("VirtualBox 6.1.36");
    }
  }

  @Test
  void laterPassesReplaceEarlierOnes() throws Exception {
    try (MemoryImage image = open(state(0, SavedStateWriter::live))) {
      machine.assertShownBy(image, registers());
      assertThat(image.warnings()).containsExactly(BALLOON);
    }
  }

  @Test
  void unknownVersionsOfUnitsAreNamed() throws Exception {
    assertThatThrownBy(() -> open(state(0, w -> w.pgmVersion(9))))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("version 9");
    try (MemoryImage image = open(state(0, w -> w.cpumVersion(16)))) {
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings().getFirst()).contains("version 16 are not read");
      assertThat(image.memory().presentBytes()).isEqualTo(machine.memory().presentBytes());
    }
  }

  @Test
  void aCutStateKeepsWhatItHas() throws Exception {
    byte[] state = state(0, w -> w);
    try (MemoryImage image = open(Arrays.copyOf(state, state.length - 20_000))) {
      assertThat(image.memory().presentBytes()).isPositive();
      assertThat(image.memory().presentBytes()).isLessThan(machine.memory().presentBytes());
      assertThat(image.memory().readBytes(0, 4096)).isEqualTo(machine.memory().readBytes(0, 4096));
      assertThat(image.cpus()).hasSize(2);
      assertThat(image.warnings().getFirst()).contains("the rest of the unit is not read");
    }
  }

  @Test
  void theDirectoryLeadsOverADamagedUnit() throws Exception {
    byte[] state = state(0, w -> w);
    String text = new String(state, StandardCharsets.ISO_8859_1);
    int cpum = text.indexOf("\nUnit\n", 100);
    state[cpum + 44 + 5] = 0; // its first record
    try (MemoryImage image = open(state)) {
      assertThat(image.memory().presentBytes()).isEqualTo(machine.memory().presentBytes());
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings().getFirst()).contains("no record begins here");
    }
  }

  @Test
  void aDamagedPageIsMissingAndNoMoreThanThat() throws Exception {
    byte[] state = state(0, w -> w);
    try (MemoryImage image = open(state)) {
      long packed = 0x2000; // the page of words
      assertThat(image.memory().locate(packed)).isEqualTo(-1);
    }
    int at = new String(state, StandardCharsets.ISO_8859_1).indexOf("the same words over");
    Arrays.fill(state, at + 40, at + 60, (byte) 0xff);
    try (MemoryImage image = open(state)) {
      assertThat(image.memory().isPresent(0x2000)).isFalse();
      assertThat(image.memory().isPresent(0x3000)).isTrue();
      assertThat(image.memory().unreadableBytes()).isEqualTo(4096);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.1", "1.2", "3.0"})
  void otherVersionsOfTheFormatAreNamedAndRefused(String version) {
    byte[] state =
        Arrays.copyOf(
            ("\u007fVirtualBox SavedState V" + version + "\n")
                .getBytes(StandardCharsets.ISO_8859_1),
            200);
    Probe probe = new SavedStateFormat().probe(file(state));
    assertThat(probe.confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(probe.reason()).contains("version " + version);
    assertThatThrownBy(() -> open(state)).hasMessageContaining("version " + version);
  }

  private byte[] state(int recordSize, UnaryOperator<SavedStateWriter> how) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(bytes)) {
      how.apply(new SavedStateWriter(machine, out, recordSize)).write();
    }
    return bytes.toByteArray();
  }

  private static ImageFile file(byte[] state) {
    return ImageFile.over(MemorySegment.ofArray(state), Path.of("test"), "test", "");
  }

  private static MemoryImage open(byte[] state) throws ImageException {
    return new SavedStateFormat().open(file(state), OpenOptions.defaults());
  }
}
