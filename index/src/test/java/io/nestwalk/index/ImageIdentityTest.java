package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When an image is taken for the one that was there before. */
class ImageIdentityTest {

  private static final Instant BEFORE = Instant.parse("2026-11-27T12:00:00Z");

  @TempDir private Path folder;
  private Path image;
  private byte[] bytes;

  @BeforeEach
  void make() throws IOException {
    bytes = new byte[1 << 20];
    new Random(5).nextBytes(bytes);
    image = folder.resolve("image.raw");
    write(BEFORE);
  }

  private void write(Instant when) throws IOException {
    Files.write(image, bytes);
    Files.setLastModifiedTime(image, FileTime.from(when));
  }

  private ImageIdentity identity() throws IOException {
    return ImageIdentity.of(image, List.of(image));
  }

  @Test
  void anImageIsTheSameUntilItIsWritten() throws IOException {
    ImageIdentity before = identity();
    assertThat(identity().isSame(before)).isTrue();
    write(BEFORE.plusSeconds(1));
    assertThat(identity().isAlike(before)).isTrue();
    assertThat(identity().isSame(before)).isFalse();
  }

  @Test
  void whatChangesAtItsBeginningOrEndIsSeenUnderTheSameTime() throws IOException {
    ImageIdentity before = identity();
    for (int place : new int[] {0, 4095, bytes.length - 1}) {
      bytes[place]++;
      write(BEFORE);
      assertThat(identity().isAlike(before)).as("byte %d", place).isFalse();
      bytes[place]--;
    }
    write(BEFORE);
    assertThat(identity().isSame(before)).isTrue();
  }

  @Test
  void besideWhatAnEarlierBuildNotedTheTimeTells() throws IOException {
    ImageIdentity now = identity();
    ImageIdentity noted =
        new ImageIdentity(now.path(), now.bytes(), now.modified(), "0123".repeat(16));
    assertThat(now.isSame(noted)).isTrue();
    write(BEFORE.plusSeconds(1));
    assertThat(identity().isAlike(noted)).isTrue();
    assertThat(identity().isSame(noted)).isFalse();
    assertThat(
            now.isAlike(
                new ImageIdentity(now.path(), now.bytes() + 1, now.modified(), noted.sample())))
        .isFalse();
  }
}
