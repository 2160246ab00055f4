package io.nestwalk.image.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A save file whose stream is not packed, and small ones of every packing. */
class LibvirtAgreementTest extends FormatAgreementTest {

  @TempDir private Path packedFolder;

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    return write(machine, folder, SaveHeader.RAW);
  }

  @Override
  protected String format() {
    return "libvirt";
  }

  @Override
  protected Set<String> registers() {
    return union(GENERAL, CONTROL);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {SaveHeader.GZIP, SaveHeader.BZIP2, SaveHeader.XZ, SaveHeader.LZOP, SaveHeader.ZSTD})
  void everyPackingIsUndone(int packing) throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      Path file = write(machine, packedFolder, packing);
      try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
        assertThat(image.format()).isEqualTo("libvirt");
        assertThat(image.file().container()).isEqualTo("libvirt");
        assertThat(image.warnings()).isEmpty();
        machine.assertShownBy(image, registers());
      }
    }
  }

  private static Path write(TestMachine machine, Path folder, int packing) throws IOException {
    Path file = folder.resolve("vm-" + packing + ".save");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      new LibvirtSaveWriter(machine, packing).write(out);
    }
    return file;
  }
}
