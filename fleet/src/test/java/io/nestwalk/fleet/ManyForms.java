package io.nestwalk.fleet;

import io.nestwalk.cli.Nestwalk;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;

/**
 * Images in other forms: unpacked, in other containers, as LiME, a guest as a core and a kdump, and
 * broken. Larger ones get fewer, so that the work ends.
 */
final class ManyForms {

  private static final long MEBIBYTE = 1L << 20;
  private static final long TO_UNPACK = 220 * MEBIBYTE;
  private static final long TO_PACK = 70 * MEBIBYTE;
  private static final long TO_PACK_ANYHOW = 8 * MEBIBYTE;
  private static final String PACKED = ".zst";
  private static final String GZIP = ".gz";

  private final Path folder;
  private final List<Path> made = new ArrayList<>();

  /** Makes them in a folder that is not there yet. */
  ManyForms(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes all forms.
   *
   * @param given packed with zstd, or single files in any form that stay as they are
   */
  List<Path> make(List<Path> given) throws Exception {
    Files.createDirectories(folder);
    Path plain = Files.createDirectory(folder.resolveSibling("plain"));
    for (Path each : given) {
      String name = each.getFileName().toString();
      Path image = folder.resolve(name);
      Files.createSymbolicLink(image, each.toRealPath());
      made.add(image);
      if (name.endsWith(PACKED)) {
        String bare = name.substring(0, name.length() - PACKED.length());
        Path unpacked = plain.resolve(bare);
        try (InputStream in =
                new CompressorStreamFactory()
                    .createCompressorInputStream(
                        CompressorStreamFactory.ZSTANDARD,
                        new BufferedInputStream(Files.newInputStream(each)));
            OutputStream out = Files.newOutputStream(unpacked)) {
          in.transferTo(out);
        }
        forms(unpacked, bare);
      }
    }
    broken(plain, given);
    return made;
  }

  private void forms(Path plain, String name) throws Exception {
    long size = Files.size(plain);
    if (size <= TO_UNPACK) {
      Path image = folder.resolve(name);
      Files.createLink(image, plain);
      made.add(image);
    }
    if (size <= TO_PACK) {
      pack(plain, name + GZIP, CompressorStreamFactory.GZIP);
      try (ZipArchiveOutputStream zip =
          new ZipArchiveOutputStream(create(name + ".zip").toFile())) {
        zip.putArchiveEntry(new ZipArchiveEntry(name));
        Files.copy(plain, zip);
        zip.closeArchiveEntry();
      }
    }
    if (size <= TO_PACK_ANYHOW) {
      pack(plain, name + ".xz", CompressorStreamFactory.XZ);
      pack(plain, name + ".bz2", CompressorStreamFactory.BZIP2);
      pack(plain, name + ".lz4", CompressorStreamFactory.LZ4_FRAMED);
      pack(plain, name + ".zz", CompressorStreamFactory.DEFLATE);
      try (TarArchiveOutputStream tar =
          new TarArchiveOutputStream(Files.newOutputStream(create(name + ".tar")))) {
        tar.putArchiveEntry(new TarArchiveEntry(plain.toFile(), name));
        Files.copy(plain, tar);
        tar.closeArchiveEntry();
      }
    }
    if (name.endsWith(".raw") && size <= TO_PACK) {
      lime(plain, name + ".lime");
    }
    if (name.equals("kvm-npt.elf")) {
      guest(plain, name + "-vm1.core");
      guest(plain, name + "-vm1.kdump", "--as", "kdump");
    }
  }

  private Path create(String name) {
    Path image = folder.resolve(name);
    made.add(image);
    return image;
  }

  private void pack(Path plain, String name, String how) throws IOException, CompressorException {
    try (OutputStream out =
        new CompressorStreamFactory()
            .createCompressorOutputStream(
                how, new BufferedOutputStream(Files.newOutputStream(create(name))))) {
      Files.copy(plain, out);
    }
  }

  /** One range from 0 on: magic, version, first and last address. */
  private void lime(Path plain, String name) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(create(name)))) {
      out.write(
          ByteBuffer.allocate(32)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(0x4c694d45)
              .putInt(1)
              .putLong(0)
              .putLong(Files.size(plain) - 1)
              .array());
      Files.copy(plain, out);
    }
  }

  private void guest(Path plain, String name, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "extract",
                plain.toString(),
                "--machine",
                "vm1",
                "-o",
                folder.resolve(name).toString()));
    arguments.addAll(List.of(more));
    StringWriter said = new StringWriter();
    PrintWriter all = new PrintWriter(said);
    if (Nestwalk.run(all, all, arguments.toArray(String[]::new)) != 0) {
      throw new IllegalStateException(said.toString());
    }
    made.add(folder.resolve(name));
  }

  private void broken(Path plain, List<Path> given) throws Exception {
    Files.write(create("broken-empty.raw"), new byte[0]);
    Files.writeString(create("broken-notes.txt"), "a note\n".repeat(1000));
    byte[] noise = new byte[1 << 20];
    new Random(17).nextBytes(noise);
    Files.write(create("broken-noise.raw"), noise);
    for (Path each : given) {
      String name = each.getFileName().toString();
      if (name.endsWith(PACKED) && Files.size(each) < MEBIBYTE) {
        byte[] packed = Files.readAllBytes(each);
        Files.write(create("broken-begin-" + name), Arrays.copyOf(packed, 20));
        Files.write(create("broken-half-" + name), Arrays.copyOf(packed, packed.length / 2));
        Path zip = folder.resolve(name.replace(PACKED, GZIP));
        if (made.contains(zip)) {
          byte[] bytes = Files.readAllBytes(zip);
          bytes[bytes.length / 2] ^= 0x55;
          Files.write(create("broken-bit-" + zip.getFileName()), bytes);
        }
      }
      if (name.endsWith(".elf" + PACKED)
          && made.contains(folder.resolve(name.replace(PACKED, "")))) {
        Path elf = plain.resolve(name.replace(PACKED, ""));
        try (InputStream in = Files.newInputStream(elf)) {
          byte[] begin = in.readNBytes((int) (4 * MEBIBYTE));
          Files.write(create("broken-cut-" + elf.getFileName()), begin);
          Files.write(create("broken-header-" + elf.getFileName()), Arrays.copyOf(begin, 64));
        }
      }
    }
    Files.write(create("broken-name.elf"), "\177ELF".getBytes(StandardCharsets.ISO_8859_1));
  }
}
