package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ReadAheadTest {

  @TempDir private Path folder;

  private Path file(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return Files.write(folder.resolve(name), content);
  }

  private static byte[] read(List<Path> files) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (ReadAhead blocks = new ReadAhead(files)) {
      for (ByteBuffer block = blocks.next(); block != null; block = blocks.next()) {
        byte[] bytes = new byte[block.remaining()];
        block.get(bytes);
        all.write(bytes);
      }
    }
    return all.toByteArray();
  }

  @Test
  void allBytesOfAllFilesInTheirOrder() throws IOException {
    List<Path> files =
        List.of(file("a", 3_000_001), file("b", 0), file("c", 1 << 18), file("d", 1));
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (Path file : files) {
      expected.write(Files.readAllBytes(file));
    }
    assertThat(read(files)).isEqualTo(expected.toByteArray());
    assertThat(read(List.of())).isEmpty();
  }

  @Test
  void aFileThatCannotBeReadIsNoEnd() throws IOException {
    List<Path> files = List.of(file("a", 10), folder.resolve("missing"));
    assertThatThrownBy(() -> read(files)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whoWantsNoMoreEndsTheReading() throws IOException {
    try (ReadAhead blocks = new ReadAhead(List.of(file("a", 5_000_000)))) {
      assertThat(blocks.next().remaining()).isPositive();
    }
    Thread.currentThread().interrupt();
    try (ReadAhead blocks = new ReadAhead(List.of(file("b", 5_000_000)))) {
      assertThatThrownBy(blocks::next).isInstanceOf(InterruptedIOException.class);
    }
    assertThat(Thread.interrupted()).isTrue();
  }
}
