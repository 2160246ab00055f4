package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index that many images share, whatever keeps it. */
class RemoteIndexTest {

  private static final int SPARSE = 8 << 20;

  @TempDir private Path folder;

  /** An image that is holes but for a byte where no sample is taken. */
  private Path image(String where, int value) throws IOException {
    Path image = Files.createDirectory(folder.resolve(where)).resolve("dump.raw");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(SPARSE);
      file.seek(100_000);
      file.write(value);
    }
    Files.setLastModifiedTime(image, FileTime.from(Instant.EPOCH));
    return image;
  }

  private List<String> namesAfter(Path image, String... more) throws IOException {
    StringWriter said = new StringWriter();
    List<String> arguments = new java.util.ArrayList<>(List.of("index", image.toString()));
    arguments.addAll(List.of("--into", folder.resolve("shared").toUri().toString()));
    arguments.addAll(List.of(more));
    int code =
        Nestwalk.run(
            new PrintWriter(said), new PrintWriter(said), arguments.toArray(String[]::new));
    assertThat(code).as(said.toString()).isZero();
    try (Stream<Path> names = Files.list(folder.resolve("shared"))) {
      return names.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void onlyTheSameImageOpenedTheSameWayIsTakenForComplete() throws Exception {
    Path one = image("one", 1);
    Path other = image("other", 2);
    assertThat(namesAfter(one)).hasSize(1).allMatch(name -> name.startsWith("dump.raw-"));
    assertThat(namesAfter(one)).hasSize(1);
    assertThat(namesAfter(other)).hasSize(2);
    assertThat(namesAfter(one, "--input-format", "raw")).hasSize(3);
    Files.setLastModifiedTime(one, FileTime.from(Instant.EPOCH.plusSeconds(1)));
    assertThat(namesAfter(one)).hasSize(4);
  }
}
