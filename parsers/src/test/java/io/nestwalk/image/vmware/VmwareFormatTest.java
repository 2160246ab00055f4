package io.nestwalk.image.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Advice;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmwareFormatTest extends FormatAgreementTest {

  private final TestMachine machine = TestMachine.small();

  @TempDir private Path folder;

  @AfterEach
  void close() {
    machine.close();
  }

  /** The memory file is the one to open; its checkpoint stands beside it. */
  @Override
  protected Path write(TestMachine written, Path into) throws IOException {
    checkpoint(into.resolve("vm-Snapshot3.vmsn"), new CheckpointWriter(written));
    return memory(into.resolve("vm-Snapshot3.vmem"), new CheckpointWriter(written));
  }

  @Override
  protected String format() {
    return "vmware";
  }

  @Override
  protected Set<String> registers() {
    return union(
        union(GENERAL, CONTROL),
        Set.of("cs", "ss", "ds", "es", "fs", "gs", "tr", "fs_base", "gs_base", "idt_base"));
  }

  @Test
  void theCheckpointMayBeNamedInstead() throws Exception {
    write(machine, folder);
    try (MemoryImage image = open("vm-Snapshot3.vmsn")) {
      machine.assertShownBy(image, registers());
      assertThat(image.file().name()).endsWith("vm-Snapshot3.vmem");
      assertThat(image.warnings()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0xbed2bed2L,
        0xbed3bed3L,
        0xbad1bad1L,
        0xbad2bad2L,
        0xbed1bed1L,
        0xbed0bed0L,
        0xbed2bed0L
      })
  void memoryInTheCheckpoint(long magic) throws Exception {
    checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(machine).magic(magic).inline());
    try (MemoryImage image = open("vm.vmss")) {
      machine.assertShownBy(image, registers());
      assertThat(image.memory().locate(0) % 4096).isZero();
      assertThat(image.warnings()).isEmpty();
    }
  }

  @Test
  void registersInBlocks() throws Exception {
    checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(machine).blocks().inline());
    try (MemoryImage image = open("vm.vmss")) {
      machine.assertShownBy(image, union(union(GENERAL, CONTROL), Set.of("idt_base", "idt_limit")));
      assertThat(image.warnings()).isEmpty();
    }
  }

  @Test
  void theCheckpointIsFoundByWhatIsInIt() throws Exception {
    memory(folder.resolve("memory.vmem"), new CheckpointWriter(machine));
    checkpoint(folder.resolve("renamed by someone"), new CheckpointWriter(machine));
    Files.writeString(folder.resolve("memory.vmx"), "memsize = \"1\"");
    try (MemoryImage image = open("memory.vmem")) {
      machine.assertShownBy(image, registers());
    }
  }

  @Test
  void aCheckpointOfOtherMemoryIsNotUsed() throws Exception {
    memory(folder.resolve("vm.vmem"), new CheckpointWriter(machine));
    MappedMemory less =
        MappedMemory.of(
            MemorySegment.ofArray(new byte[2 * TestMachine.PAGE]),
            List.of(new MemoryRun(0, 2L * TestMachine.PAGE, 0)));
    try (TestMachine other = new TestMachine(less, machine.cpus(), null)) {
      checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(other));
    }
    try (MemoryImage image = open("vm.vmem")) {
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings())
          .containsExactly(
              "without a checkpoint there are no registers, and memory is taken as one piece from 0"
                  + " on",
              "the checkpoint beside it (vm.vmss) is of other memory or damaged");
    }
  }

  @Test
  void aCheckpointsMapLeavesNothingToBeSaidOfWhereMemoryIs() throws Exception {
    memory(folder.resolve("vm.vmem"), new CheckpointWriter(machine));
    checkpoint(folder.resolve("vm.vmsn"), new CheckpointWriter(machine));
    OpenOptions given = OpenOptions.defaults().withMeta(folder.resolve("vm.vmsn")).withBase(0x1000);
    try (MemoryImage image = MemoryImages.open(folder.resolve("vm.vmem"), given)) {
      assertThat(image.advice()).extracting(Advice::option).containsExactly(ImageOption.BASE);
    }
  }

  @Test
  void ofSeveralThatFitNoneIsTakenUnlessItHasTheName() throws Exception {
    memory(folder.resolve("vm.vmem"), new CheckpointWriter(machine));
    checkpoint(folder.resolve("a.vmsn"), new CheckpointWriter(machine));
    checkpoint(folder.resolve("b.vmsn"), new CheckpointWriter(machine));
    try (MemoryImage image = open("vm.vmem")) {
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings().getLast())
          .contains("2 checkpoints")
          .contains("name the right one");
    }
    try (MemoryImage image = open("vm.vmem", Optional.of(folder.resolve("b.vmsn")))) {
      machine.assertShownBy(image, registers());
    }
    checkpoint(folder.resolve("vm.vmsn"), new CheckpointWriter(machine));
    try (MemoryImage image = open("vm.vmem")) {
      machine.assertShownBy(image, registers());
    }
  }

  @Test
  void metaMakesAFileOfAnyNameVmwaresMemory() throws Exception {
    memory(folder.resolve("mem.bin"), new CheckpointWriter(machine));
    checkpoint(folder.resolve("state"), new CheckpointWriter(machine));
    try (MemoryImage image = open("mem.bin", Optional.of(folder.resolve("state")))) {
      assertThat(image.format()).isEqualTo("vmware");
      machine.assertShownBy(image, registers());
    }
    Path text = Files.writeString(folder.resolve("text"), "nothing");
    assertThatThrownBy(() -> open("mem.bin", Optional.of(text)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("no side file that is known");
  }

  @Test
  void withoutRegionsMemoryIsOnePiece() throws Exception {
    memory(folder.resolve("vm.vmem"), new CheckpointWriter(machine));
    checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(machine).withoutRegions());
    try (MemoryImage image = open("vm.vmem", Optional.of(folder.resolve("vm.vmss")))) {
      assertThat(image.memory().ranges())
          .containsExactly(new AddressRange(0, machine.memory().presentBytes()));
      assertThat(image.cpus()).hasSize(2);
    }
  }

  @Test
  void machinesOfArmBeginAt2GiB() throws Exception {
    memory(folder.resolve("vm.vmem"), new CheckpointWriter(machine));
    checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(machine).arm());
    try (MemoryImage image = open("vm.vmem", Optional.of(folder.resolve("vm.vmss")))) {
      assertThat(image.memory().ranges())
          .containsExactly(new AddressRange(0x80000000L, machine.memory().presentBytes()));
      assertThat(image.architecture()).contains(Architecture.AARCH64);
      Cpu cpu = image.cpus().get(1);
      assertThat(cpu.architecture()).isEqualTo(Architecture.AARCH64);
      assertThat(cpu.registers().get("ttbr1_el1")).hasValue(0x80002000L);
    }
  }

  @Test
  void aLargeMemoryFileAloneHasAHoleAndSaysSo() throws Exception {
    Path vmem = folder.resolve("vm.vmem");
    try (RandomAccessFile file = new RandomAccessFile(vmem.toFile(), "rw")) {
      file.setLength((3L << 30) + 0x2000);
      file.seek(3L << 30);
      file.write("above the hole".getBytes(StandardCharsets.US_ASCII));
    }
    try (MemoryImage image = open("vm.vmem")) {
      assertThat(image.memory().ranges())
          .containsExactly(new AddressRange(0, 3L << 30), new AddressRange(4L << 30, 0x2000));
      assertThat(image.memory().getByte(4L << 30)).isEqualTo('a');
      assertThat(image.warnings().getFirst()).contains("begin at 4 GiB");
    }
  }

  @Test
  void compressedMemoryIsRefused() throws Exception {
    checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(machine).compressed());
    assertThatThrownBy(() -> open("vm.vmss"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("compressed block");
  }

  @Test
  void aSnapshotWithoutMemoryIsSaidToBeOne() throws Exception {
    checkpoint(folder.resolve("vm.vmsn"), new CheckpointWriter(machine));
    assertThatThrownBy(() -> open("vm.vmsn"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("without memory");
  }

  @Test
  void cutMemoryIsDeliveredAsFarAsItGoes() throws Exception {
    checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(machine).inline());
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("vm.vmss").toFile(), "rw")) {
      file.setLength(file.length() - 5000);
    }
    try (MemoryImage image = open("vm.vmss")) {
      assertThat(image.memory().presentBytes())
          .isEqualTo(machine.memory().presentBytes() - 5000 + 2);
      assertThat(image.warnings().getFirst()).startsWith("the file is cut");
      assertThat(image.cpus()).hasSize(2);
    }
  }

  @Test
  void withoutEferLongModeIsConcluded() throws Exception {
    machine.cpus().forEach(cpu -> cpu.replaceAll((name, value) -> value & 0x7fffffffL));
    machine.cpus().forEach(cpu -> cpu.put("cr0", 0x80050033L));
    checkpoint(folder.resolve("vm.vmss"), new CheckpointWriter(machine).inline());
    try (MemoryImage image = open("vm.vmss")) {
      assertThat(image.cpus().getFirst().architecture())
          .as("nothing wide, and RIP can't be walked: PAE")
          .isEqualTo(Architecture.X86);
    }
  }

  private static Path memory(Path file, CheckpointWriter writer) throws IOException {
    try (FileSink out = new FileSink(file)) {
      writer.memory(out);
    }
    return file;
  }

  private static void checkpoint(Path file, CheckpointWriter writer) throws IOException {
    try (FileSink out = new FileSink(file)) {
      writer.write(out);
    }
  }

  private MemoryImage open(String name) throws ImageException {
    return open(name, Optional.empty());
  }

  private MemoryImage open(String name, Optional<Path> meta) throws ImageException {
    OpenOptions options = OpenOptions.defaults();
    return MemoryImages.open(folder.resolve(name), meta.map(options::withMeta).orElse(options));
  }
}
