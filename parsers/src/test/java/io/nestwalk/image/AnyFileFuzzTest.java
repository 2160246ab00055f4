package io.nestwalk.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes, shown to all formats; the surest one opens them. Starts from heads of real files. */
class AnyFileFuzzTest {

  private static final int HEAD = 16 * 1024;

  private static final List<ImageFormat> FORMATS =
      ServiceLoader.load(ImageFormat.class).stream().map(ServiceLoader.Provider::get).toList();

  /** Of the sample that is always there, and of the real files where they are. */
  static Stream<byte[]> heads() throws IOException {
    List<byte[]> heads = new ArrayList<>();
    Path sample = Path.of(System.getProperty("nestwalk.root", ".."), "samples", "kvm-npt.elf.zst");
    try (InputStream packed = new BufferedInputStream(Files.newInputStream(sample));
        InputStream elf = new ZstdInputStreamNoFinalizer(packed)) {
      heads.add(elf.readNBytes(HEAD));
    }
    if (RealImages.folder().isPresent()) {
      try (Stream<Path> files = Files.list(RealImages.folder().get().resolve("real"))) {
        for (Path file : files.sorted().toList()) {
          try (InputStream bytes = Files.newInputStream(file)) {
            heads.add(bytes.readNBytes(HEAD));
          }
        }
      }
    }
    return heads.stream();
  }

  @MethodSource("heads")
  @FuzzTest
  void isOpenedOrRefused(byte[] bytes) {
    if (bytes == null || bytes.length == 0) {
      return;
    }
    ImageFile file = ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
    ImageFormat surest = FORMATS.getFirst();
    Probe answer = surest.probe(file);
    for (ImageFormat format : FORMATS) {
      Probe probe = format.probe(file);
      if (probe.reason().isBlank() || probe.reason().contains("\n")) {
        throw new AssertionError(format.name() + ": " + probe.reason());
      }
      if (probe.confidence().compareTo(answer.confidence()) > 0) {
        surest = format;
        answer = probe;
      }
    }
    try (MemoryImage image = surest.open(file, OpenOptions.defaults())) {
      ImageFormatContractTest.touch(image);
    } catch (ImageException e) {
      if (e.getMessage().contains("\n")) {
        throw new AssertionError(e);
      }
    }
  }
}
