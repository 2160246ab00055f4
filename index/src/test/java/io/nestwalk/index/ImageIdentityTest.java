package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
  void whatAnEarlierBuildNotedIsHeldAgainstTheImage() throws IOException {
    Files.write(image, "any bytes".getBytes(StandardCharsets.US_ASCII));
    Files.setLastModifiedTime(image, FileTime.from(BEFORE));
    ImageIdentity now = identity();
    // The file is as long as no spot: each of 33 spots is all of it.
    String digest =
        ImageIdentity.sha256("any bytes".repeat(33).getBytes(StandardCharsets.US_ASCII));
    ImageIdentity noted = new ImageIdentity(now.path(), now.bytes(), now.modified(), digest);
    assertThat(now.isSame(noted)).isTrue();
    Files.setLastModifiedTime(image, FileTime.from(BEFORE.plusSeconds(1)));
    assertThat(identity().isAlike(noted)).isTrue();
    assertThat(identity().isSame(noted)).isFalse();
    // Other content of the same size and time.
    Files.write(image, "ANY bytes".getBytes(StandardCharsets.US_ASCII));
    Files.setLastModifiedTime(image, FileTime.from(BEFORE));
    assertThat(identity().isAlike(noted)).isFalse();
    Files.delete(image);
    assertThat(now.isAlike(noted)).isFalse();
  }
}
