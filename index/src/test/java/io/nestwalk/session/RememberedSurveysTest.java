package io.nestwalk.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.survey.SurveyStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of which image something is remembered. */
class RememberedSurveysTest {

  private static final String SUBJECT = "numbers";
  private static final String CACHE = "nestwalk.cache";

  @TempDir private Path folder;
  private final String before = System.getProperty(CACHE, "");
  private Path file;

  @BeforeEach
  void make() throws IOException {
    System.setProperty(CACHE, folder.resolve("cache").toString());
    byte[] bytes = new byte[1 << 16];
    bytes[5000] = 1;
    file = Files.write(folder.resolve("image.raw"), bytes);
  }

  @AfterEach
  void giveBack() {
    System.setProperty(CACHE, before);
  }

  private SurveyStore of(ImageIdentity identity, OpenOptions options)
      throws IOException, ImageException {
    try (MemoryImage image = MemoryImages.open(file, options)) {
      return RememberedSurveys.of(identity, image);
    }
  }

  @Test
  void anotherImageOrAnotherWayToOpenItIsAnother() throws Exception {
    OpenOptions plain = OpenOptions.defaults();
    ImageIdentity own = ImageIdentity.of(file, List.of(file));
    of(own, plain).keepNumbers(SUBJECT, 7);
    assertThat(of(own, plain).recallNumbers(SUBJECT)).contains(new long[] {7});
    // Where it lies plays no part.
    ImageIdentity moved = new ImageIdentity("/x", own.bytes(), own.modified(), own.sample());
    assertThat(of(moved, plain).recallNumbers(SUBJECT)).isPresent();
    String path = own.path();
    for (ImageIdentity other :
        List.of(
            new ImageIdentity(path, own.bytes() + 1, own.modified(), own.sample()),
            new ImageIdentity(path, own.bytes(), "another time", own.sample()),
            new ImageIdentity(path, own.bytes(), own.modified(), "0123456789abcdef"))) {
      assertThat(of(other, plain).recallNumbers(SUBJECT)).as(other.toString()).isEmpty();
    }
    OpenOptions higher = plain.withBase(0x10000);
    assertThat(of(own, higher).recallNumbers(SUBJECT)).isEmpty();
  }
}
