package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Takes minutes: only of images that {@code -Dfleet.images} names, with blanks between them. */
@EnabledIfSystemProperty(named = FleetCheckTest.IMAGES, matches = ".+")
class FleetCheckTest {

  static final String IMAGES = "fleet.images";

  @Test
  void aFleetIsAnsweredAsItsImagesAre(@TempDir Path folder) throws Exception {
    List<Path> images =
        Pattern.compile(" +")
            .splitAsStream(System.getProperty(IMAGES))
            .map(each -> Path.of(each).toAbsolutePath())
            .toList();
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    assertThat(new FleetCheck(folder.resolve("check"), out).run(images)).isTrue();
  }
}
