package io.nestwalk.image.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.RealImages;
import io.nestwalk.image.Registers;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of machines that are no PCs, and streams whose memory lies elsewhere. */
class StreamsOfBoardsTest {

  @TempDir private Path folder;

  @Test
  void aStreamWithoutItsSharedMemorySaysSo() throws ImageException {
    try (MemoryImage image =
        MemoryImages.open(
            RealImages.get("../cases/c11-ignore-shared/ignore-shared.stream"),
            OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(256 << 10);
      assertThat(image.warnings())
          .containsExactly(
              "the RAM block \"mem\" of 134217728 bytes has no pages in this stream"
                  + " (x-ignore-shared): its memory is in the backing file; give that, and this"
                  + " stream as its side file");
    }
  }

  @Test
  void theMemoryFileIsReadWithTheRegistersOfItsStream() throws ImageException, IOException {
    Path stream = RealImages.get("../cases/c11-ignore-shared/ignore-shared.stream");
    Path memory = folder.resolve("ram.bin");
    byte[] bytes = new byte[128 << 20];
    Arrays.fill(bytes, 0x2afa000, 0x2afb000, (byte) 7);
    Files.write(memory, bytes);
    try (MemoryImage image = MemoryImages.open(memory, OpenOptions.defaults().withMeta(stream))) {
      assertThat(image.format()).isEqualTo("qemu");
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 128 << 20));
      assertThat(image.memory().getByte(0x2afa000)).isEqualTo(7);
      assertThat(image.memory().locate(0x2afa000)).isEqualTo(0x2afa000);
      assertThat(image.cpus().getFirst().registers().get("cr3")).hasValue(0x2afa000);
      assertThat(image.file().sources()).containsExactly(memory, stream);
    }
    Files.write(memory, new byte[1 << 20]);
    try (MemoryImage image = MemoryImages.open(memory, OpenOptions.defaults().withMeta(stream))) {
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 1 << 20));
      assertThat(image.warnings()).anyMatch(line -> line.contains("may be of different machines"));
    }
    assertThatThrownBy(() -> MemoryImages.open(stream, OpenOptions.defaults().withMeta(stream)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("give the file that its memory is in");
  }

  @Test
  void aMachineWith32BitArmCpusIsRefusedAsItsElfCoreIs() {
    assertThatThrownBy(
            () ->
                MemoryImages.open(
                    RealImages.get("../cases/c14-arm32-stream/armvirt32.stream.zst"),
                    OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a machine that is not supported (32-bit ARM)");
  }

  @Test
  void theServerBoardHasItsMemoryAtOneTerabyte() throws ImageException {
    try (MemoryImage image =
        MemoryImages.open(
            RealImages.get("../cases/c18-sbsa-ram/sbsa.stream.zst"), OpenOptions.defaults())) {
      assertThat(image.memory().ranges())
          .containsExactly(new AddressRange(0x10000000000L, 64 << 20));
      assertThat(image.architecture()).contains(Architecture.AARCH64);
      assertThat(image.cpus()).hasSize(4);
      assertThat(image.warnings()).singleElement().asString().contains("secure-ram", "left out");
    }
  }

  @Test
  void pagesOfAnotherSizeAreTakenFromTheDescription() throws IOException, ImageException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = head(bytes, "xlnx-zcu102", "ddr-ram");
    for (int page = 0; page < 8; page++) {
      out.writeLong(page * 1024L | 0x08 | (page > 0 ? 0x20 : 0));
      if (page == 0) {
        out.writeByte(7);
        out.writeBytes("ddr-ram");
      }
      byte[] content = new byte[1024];
      Arrays.fill(content, (byte) (page + 1));
      out.write(content);
    }
    out.writeLong(0x10);
    out.writeByte(0);
    describe(out, "{\"page_size\": 1024, \"devices\": [{\"name\": \"x\", \"fields\": []}]}");
    try (MemoryImage image = open(bytes.toByteArray())) {
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 8192));
      assertThat(image.memory().readBytes(0, 8192)).hasSize(8192);
      assertThat(image.memory().getByte(0x7ff)).isEqualTo(2);
      assertThat(image.memory().getByte(0x1fff)).isEqualTo(8);
    }
  }

  @Test
  void theRegistersOfRiscv() throws IOException, ImageException {
    try (MemoryImage image = open(riscv(2))) {
      assertThat(image.architecture()).contains(Architecture.RISCV64);
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0x80000000L, 4096));
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("pc")).hasValue(0xffffffff80001234L);
      assertThat(registers.get("x2")).hasValue(102);
      assertThat(registers.get("satp")).hasValue(0xa000000000081234L);
      assertThat(registers.get("hgatp")).hasValue(0xa000000000085678L);
      assertThat(image.warnings()).isEmpty();
    }
    assertThatThrownBy(() -> open(riscv(1)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("32-bit RISC-V");
  }

  @Test
  void cpusOfAKindThatIsNotReadAreTold() throws IOException, ImageException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = head(bytes, "virt", "riscv_virt_board.ram");
    page(out, "riscv_virt_board.ram");
    MigrationStreamWriter.sectionHead(out, 4, 9, "cpu", 0, 1);
    out.writeLong(1);
    out.writeByte(0);
    describe(
        out,
        "{\"page_size\": 4096, \"devices\": [{\"name\": \"cpu\", \"instance_id\": 0, \"fields\":"
            + " [{\"name\": \"env.gpr32\", \"type\": \"uint64\", \"size\": 8}]}]}");
    try (MemoryImage image = open(bytes.toByteArray())) {
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings()).singleElement().asString().contains("1 CPUs are of a kind");
    }
  }

  private static byte[] riscv(int mxl) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = head(bytes, "virt", "riscv_virt_board.ram");
    page(out, "riscv_virt_board.ram");
    MigrationStreamWriter.sectionHead(out, 4, 9, "cpu", 0, 11);
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      out.writeLong(100 + i);
    }
    fields.add("{\"name\": \"env.gpr\", \"type\": \"uint64\", \"array_len\": 32, \"size\": 8}");
    value(out, fields, "env.pc", 0xffffffff80001234L);
    value(out, fields, "env.misa_mxl", mxl);
    value(out, fields, "env.satp", 0xa000000000081234L);
    out.writeByte(5);
    out.writeByte(9);
    out.writeBytes("cpu/hyper");
    out.writeInt(5);
    List<String> hyper = new ArrayList<>();
    value(out, hyper, "env.hgatp", 0xa000000000085678L);
    out.writeByte(0);
    describe(
        out,
        ("{\"page_size\": 4096, \"devices\": [{\"name\": \"cpu\", \"instance_id\": 0, \"fields\":"
                + " [%s], \"subsections\": [{\"vmsd_name\": \"cpu/hyper\", \"fields\": [%s]}]}]}")
            .formatted(String.join(", ", fields), String.join(", ", hyper)));
    return bytes.toByteArray();
  }

  private static void value(DataOutputStream out, List<String> fields, String name, long value)
      throws IOException {
    out.writeLong(value);
    fields.add("{\"name\": \"%s\", \"type\": \"uint64\", \"size\": 8}".formatted(name));
  }

  private static DataOutputStream head(ByteArrayOutputStream bytes, String machine, String block)
      throws IOException {
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("QEVM");
    out.writeInt(3);
    out.writeByte(7);
    out.writeInt(machine.length());
    out.writeBytes(machine);
    MigrationStreamWriter.sectionHead(out, 1, 2, "ram", 0, 4);
    out.writeLong(0x1000_0000 | 0x04);
    out.writeByte(block.length());
    out.writeBytes(block);
    out.writeLong(0x1000_0000);
    return out;
  }

  /** One page of zeros, and the end of the section. */
  private static void page(DataOutputStream out, String block) throws IOException {
    out.writeLong(0x02);
    out.writeByte(block.length());
    out.writeBytes(block);
    out.writeByte(0);
    out.writeLong(0x10);
  }

  private static void describe(DataOutputStream out, String json) throws IOException {
    out.writeByte(6);
    out.writeInt(json.length());
    out.write(json.getBytes(StandardCharsets.UTF_8));
  }

  private static MemoryImage open(byte[] stream) throws ImageException {
    return new QemuFormat()
        .open(
            ImageFile.over(MemorySegment.ofArray(stream), Path.of("test"), "test", ""),
            OpenOptions.defaults());
  }
}
