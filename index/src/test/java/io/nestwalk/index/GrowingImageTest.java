package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.answer.CoverageAnswer;
import io.nestwalk.answer.Json;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machines;
import io.nestwalk.search.MachineFinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that somebody is still writing while it is read. */
class GrowingImageTest {

  private static final int BYTES = 1 << 18;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.write(folder.resolve("memory.raw"), new byte[BYTES]);
  }

  @Test
  void anAnswerSaysThatTheFileGrew() throws Exception {
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      assertThat(warnings(image)).doesNotContain("grew");
      grow();
      assertThat(warnings(image))
          .contains("the file grew from 262144 to 266240 bytes since it was opened");
      assertThat(image.memory().presentBytes()).isEqualTo(BYTES);
    }
  }

  @Test
  void anAnswerSaysThatTheFileWasCut() throws Exception {
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Files.write(file, new byte[4096]);
      assertThat(warnings(image)).contains("the file was cut from 262144 to 4096 bytes");
    }
  }

  @Test
  void noIndexIsMadeOfWhatIsNotComplete() throws Exception {
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machines machines = MachineFinder.find(image, 1, Progress.NONE);
      try (AnalysisFolder made = prepare()) {
        grow();
        assertThatThrownBy(() -> Indexing.run(made, image, machines, Progress.NONE))
            .isInstanceOf(ImageException.class)
            .hasMessageStartingWith(file + ": the file grew from 262144 to 266240 bytes")
            .hasMessageEndingWith("no index of it is made before it is complete");
        assertThat(made.isDone(AnalysisFolder.INDEX_STAGE)).isFalse();
      }
    }
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults());
        AnalysisFolder made = prepare()) {
      assertThat(made.isDone(AnalysisFolder.INDEX_STAGE)).isFalse();
      Machines machines = MachineFinder.find(image, 1, Progress.NONE);
      Indexing.run(made, image, machines, Progress.NONE);
      assertThat(made.isDone(AnalysisFolder.INDEX_STAGE)).isTrue();
    }
  }

  private void grow() throws IOException {
    Files.write(file, new byte[4096], StandardOpenOption.APPEND);
  }

  private AnalysisFolder prepare() throws IOException {
    return AnalysisFolder.prepare(
        folder.resolve("case"),
        AnalysisFolder.Choice.NAMED,
        ImageIdentity.of(file, List.of(file)),
        Json.object(),
        "1");
  }

  private static String warnings(MemoryImage image) {
    return CoverageAnswer.of(image, Optional.empty(), List.of()).path("warnings").toString();
  }
}
