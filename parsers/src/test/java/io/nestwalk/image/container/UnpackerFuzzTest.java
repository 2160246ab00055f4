package io.nestwalk.image.container;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.image.FileEvidence;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes that begin like a packed file: something comes out, within the limit, or a refusal. */
class UnpackerFuzzTest {

  private static final int LIMIT = 1 << 20;

  private static Path folder;

  @BeforeAll
  static void makeFolder() throws IOException {
    // Memory, where there is such a folder: thousands of files are written each second.
    Path memory = Path.of("/dev/shm");
    folder =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "nestwalk-fuzz")
            : Files.createTempDirectory("nestwalk-fuzz");
  }

  @AfterAll
  static void deleteFolder() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  static Stream<byte[]> samples() {
    byte[] content = new byte[600];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) ((i * i) >> 6);
    }
    Map<String, byte[]> members = Map.of("memory.raw", content, "notes/a.txt", new byte[] {'a'});
    return Stream.concat(
        Stream.of("zst", "xz", "gz", "bz2", "lz4").map(kind -> packed(kind, content)),
        Stream.<Maker>of(
                () -> Packer.zip(members),
                () -> Packer.tar(members),
                () -> Packer.sevenZip(members),
                () -> Packer.pack("gz", Packer.tar(members)),
                () -> Packer.pack("zst", Packer.zip(members)))
            .map(UnpackerFuzzTest::made));
  }

  @MethodSource("samples")
  @FuzzTest
  void unpacks(byte[] bytes) throws IOException {
    if (bytes == null || bytes.length == 0) {
      return;
    }
    Optional<Packing> packing = Packing.of(bytes, Math.min(bytes.length, Packing.HEAD));
    if (packing.isEmpty()) {
      return;
    }
    Path file = Files.write(folder.resolve("packed"), bytes);
    OpenOptions options = OpenOptions.defaults().withMaxUnpackedBytes(LIMIT);
    try (FileEvidence packed = FileEvidence.open(file)) {
      Unpacked made =
          new Unpacker(packed, folder, UnpackerFuzzTest::judge, options).unpack(packing.get());
      Path out = folder.resolve(made.file());
      if (Files.size(out) > LIMIT || Files.size(out) != made.length()) {
        throw new AssertionError("%d bytes came out".formatted(Files.size(out)));
      }
    } catch (ImageException e) {
      if (e.getMessage().contains("\n")) {
        throw new AssertionError(e);
      }
    }
  }

  private static Probe judge(ImageFile member) {
    return MemoryImages.formatNames().isEmpty()
        ? Probe.no("never")
        : new Probe(Probe.Confidence.FALLBACK, "%d bytes".formatted(member.length()));
  }

  @FunctionalInterface
  private interface Maker {
    byte[] make() throws IOException;
  }

  private static byte[] packed(String kind, byte[] content) {
    return made(() -> Packer.pack(kind, content));
  }

  private static byte[] made(Maker maker) {
    try {
      return maker.make();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
