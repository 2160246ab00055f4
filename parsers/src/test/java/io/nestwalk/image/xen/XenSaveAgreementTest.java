package io.nestwalk.image.xen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Save files by a writer of our own. */
class XenSaveAgreementTest extends FormatAgreementTest {

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("domain.save");
    try (FileSink out = new FileSink(file)) {
      new XenSaveWriter(machine, 2).write(out);
    }
    return file;
  }

  @Override
  protected String format() {
    return "xen-save";
  }

  @Override
  protected Set<String> registers() {
    return union(
        union(GENERAL, CONTROL),
        Set.of("efer", "cs", "tr", "gdt_base", "idt_limit", "lstar", "kernel_gs_base", "fs_base"));
  }

  @Test
  void aParavirtualDomainIsRefusedWithAdvice() {
    assertThatThrownBy(() -> open(bytes(1)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("xl dump-core");
  }

  /** XenServer's header: a signature, then a record of its own before the stream of libxc. */
  @Test
  void aSuspendImageOfXenServerHasTheSameStreamWithin() throws Exception {
    byte[] domain = bytes(2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(bytes)) {
      out.text("XenSavedDomv2-\n").u64(0x0f).u64(20).text("((time x)(word 64)) ");
      out.u64(0xf0).u64(0).bytes(Arrays.copyOfRange(domain, 128, domain.length));
      out.u64(0x0f01).u64(8).u64(0).u64(0xffff).u64(0);
    }
    try (TestMachine machine = TestMachine.small();
        MemoryImage image = open(bytes.toByteArray())) {
      machine.assertShownBy(image, registers());
      assertThat(image.creator()).contains("Xen (XenServer or XCP-ng)");
      assertThat(image.warnings()).isEmpty();
    }
    assertThat(
            new XenSaveFormat()
                .probe(
                    ImageFile.over(
                        MemorySegment.ofArray(bytes.toByteArray()), Path.of("x"), "x", ""))
                .isReadable())
        .isTrue();
  }

  @Test
  void otherVersionsAndByteOrdersAreNamed() throws IOException {
    byte[] stream = bytes(2);
    stream[128 + 15] = 1;
    assertThatThrownBy(() -> open(stream)).hasMessageContaining("version 1");
    stream[128 + 15] = 2;
    stream[128 + 17] = 1;
    assertThatThrownBy(() -> open(stream)).hasMessageContaining("big-endian");
    assertThatThrownBy(() -> open(Arrays.copyOf(stream, 120))).hasMessageContaining("XENF");
  }

  @Test
  void aCutStreamGivesWhatCameBefore() throws Exception {
    byte[] stream = bytes(2);
    try (TestMachine machine = TestMachine.small();
        MemoryImage image = open(Arrays.copyOf(stream, 200_000))) {
      assertThat(image.memory().ranges()).isEqualTo(machine.memory().ranges());
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings()).anyMatch(line -> line.contains("the file is cut"));
    }
  }

  private static byte[] bytes(int type) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TestMachine machine = TestMachine.small();
        FileSink out = new FileSink(bytes)) {
      new XenSaveWriter(machine, type).write(out);
    }
    return bytes.toByteArray();
  }

  private static MemoryImage open(byte[] bytes) throws ImageException {
    return new XenSaveFormat()
        .open(
            ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", ""),
            OpenOptions.defaults());
  }
}
