package io.nestwalk.image.elf;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VirtualBoxCoreTest extends FormatAgreementTest {

  private static final long VERSION_7 = 0x10006;

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("vm.core");
    try (FileSink out = new FileSink(file)) {
      new VirtualBoxCoreWriter(machine, 0x10005).write(out);
    }
    return file;
  }

  @Override
  protected String format() {
    return "elf";
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
            "cs_flags",
            "gdt_base",
            "gdt_limit",
            "idt_base",
            "idt_limit",
            "lstar",
            "kernel_gs_base",
            "fs_base",
            "gs_base",
            "tr_base"));
  }

  @Test
  void theCreatorIsNamedAndDeviceMemoryIsAbsent() throws Exception {
    try (TestMachine machine = TestMachine.small();
        MemoryImage image = open(core(machine, VERSION_7))) {
      assertThat(image.creator()).contains("VirtualBox 7.1.4");
      assertThat(image.memory().isPresent(VirtualBoxCoreWriter.MMIO)).isFalse();
      machine.assertShownBy(image, registers());
    }
  }

  @Test
  void registersOfVersion4AreNotGuessed() throws Exception {
    try (TestMachine machine = TestMachine.small();
        MemoryImage image = open(core(machine, 0x10000))) {
      machine.assertShownBy(image, Set.of());
      assertThat(image.warnings())
          .singleElement()
          .asString()
          .contains("2 CPUs are not read")
          .contains("0x10000");
    }
  }

  @Test
  void aGuestOutsideLongModeIsNotTakenForTheHost() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      machine.cpus().forEach(cpu -> cpu.put("efer", 0L));
      MemoryImage image = open(core(machine, VERSION_7));
      assertThat(image.architecture()).contains(Architecture.X86);
    }
  }

  @Test
  void aWrongCountOfCpusIsTold() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      byte[] core = core(machine, VERSION_7);
      int descriptor = 64 + 5 * 56 + 12 + 8;
      ByteBuffer.wrap(core).order(ByteOrder.LITTLE_ENDIAN).putInt(descriptor + 20, 9);
      MemoryImage image = open(core);
      assertThat(image.cpus()).hasSize(2);
      assertThat(image.warnings())
          .containsExactly("the VBCORE note names 9 CPUs, there are notes of 2");
    }
  }

  private static byte[] core(TestMachine machine, long version) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(bytes)) {
      new VirtualBoxCoreWriter(machine, version).write(out);
    }
    return bytes.toByteArray();
  }

  private static MemoryImage open(byte[] core) throws ImageException {
    return new ElfFormat()
        .open(
            ImageFile.over(MemorySegment.ofArray(core), Path.of("test"), "test", ""),
            OpenOptions.defaults());
  }
}
