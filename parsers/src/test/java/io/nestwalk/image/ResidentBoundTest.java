package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The bound of resident memory over several files. */
class ResidentBoundTest {

  @TempDir private Path folder;

  private static long watchers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("resident bound") && thread.isAlive())
        .count();
  }

  private static void awaitWatchers(long count) throws InterruptedException {
    for (int i = 0; i < 500 && watchers() != count; i++) {
      Thread.sleep(10);
    }
    assertThat(watchers()).isEqualTo(count);
  }

  private FileMapping file(int number, long megabytes) throws IOException, ImageException {
    Path path = folder.resolve("part" + number);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(megabytes << 20);
    }
    return FileMapping.of(path, path.toString());
  }

  /** A set of files is watched by one thread, be each of them small or large. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void allFilesHaveOneWatcher() throws IOException, ImageException, InterruptedException {
    awaitWatchers(0);
    List<FileMapping> files = new ArrayList<>();
    files.add(file(0, 200));
    assertThat(watchers()).isZero();
    for (int i = 1; i < 4; i++) {
      files.add(file(i, 200L * i));
      assertThat(watchers()).isEqualTo(1);
    }
    // Closed while others are watched: nothing gives it back any more.
    for (FileMapping file : files.reversed()) {
      file.close();
    }
    awaitWatchers(0);
    try (FileMapping again = file(5, 400)) {
      assertThat(again.bytes().byteSize()).isEqualTo(400L << 20);
      assertThat(watchers()).isEqualTo(1);
    }
    awaitWatchers(0);
  }

  /** What stays resident whatever is given back, such as an index, is no reason to go on. */
  @Test
  void whatOthersHaveIsLeftOut() {
    long megabyte = 1 << 20;
    assertThat(ResidentBound.isTooMuch(320 * megabyte, 0)).isFalse();
    assertThat(ResidentBound.isTooMuch(321 * megabyte, 0)).isTrue();
    assertThat(ResidentBound.isTooMuch(321 * megabyte, 160 * megabyte)).isTrue();
    assertThat(ResidentBound.isTooMuch(2000 * megabyte, 2000 * megabyte)).isFalse();
    assertThat(ResidentBound.isTooMuch(2161 * megabyte, 2000 * megabyte)).isTrue();
  }
}
