package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalysisFolderTest {

  @TempDir private Path work;
  private Path image;
  private Path folder;

  @BeforeEach
  void analyze() throws IOException {
    image = work.resolve("image.raw");
    folder = work.resolve("out");
    Files.write(image, new byte[1 << 20]);
    try (AnalysisFolder opened = prepare("1")) {
      index(opened);
    }
  }

  private AnalysisFolder prepare(String version) throws IOException {
    return AnalysisFolder.prepare(
        folder,
        AnalysisFolder.Choice.NAMED,
        ImageIdentity.of(image, List.of(image)),
        EntryJson.MAPPER.createObjectNode(),
        version);
  }

  private void index(AnalysisFolder opened) throws IOException {
    try (IndexBuilder builder = opened.buildIndex()) {
      builder.finish();
    }
    ObjectNode facts = EntryJson.MAPPER.createObjectNode();
    facts.put("machines", 0);
    opened.completed(AnalysisFolder.INDEX_STAGE, facts);
  }

  private boolean isKept(String version) throws IOException {
    try (AnalysisFolder again = prepare(version)) {
      return again.isDone(AnalysisFolder.INDEX_STAGE);
    }
  }

  @Test
  void theSameImageAndVersionKeepWhatIsThere() throws IOException {
    assertThat(isKept("1")).isTrue();
    assertThat(isKept("1")).isTrue();
  }

  @Test
  void anotherVersionRebuilds() throws IOException {
    assertThat(isKept("2")).isFalse();
    assertThat(folder.resolve("index")).doesNotExist();
  }

  @Test
  void aChangedByteRebuildsEvenWithTheOldTime() throws IOException {
    FileTime before = Files.getLastModifiedTime(image);
    byte[] bytes = new byte[1 << 20];
    bytes[100] = 1;
    Files.write(image, bytes);
    Files.setLastModifiedTime(image, before);
    assertThat(isKept("1")).isFalse();
  }

  @Test
  void aTouchedImageRebuilds() throws IOException {
    Files.setLastModifiedTime(image, FileTime.fromMillis(1));
    assertThat(isKept("1")).isFalse();
  }

  @Test
  void aBrokenIndexRebuilds() throws IOException {
    try (var files = Files.list(folder.resolve("index"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    assertThat(isKept("1")).isFalse();
  }

  @Test
  void aDamagedManifestRebuilds() throws IOException {
    Files.writeString(folder.resolve("manifest.json"), "{\"tool\":\"nestw");
    assertThat(isKept("1")).isFalse();
  }

  @Test
  void anUnfinishedStageIsNotTrusted() throws IOException {
    try (AnalysisFolder opened = prepare("2")) {
      try (IndexBuilder builder = opened.buildIndex()) {
        builder.completePart("host");
      }
    }
    assertThatIOException()
        .isThrownBy(() -> AnalysisFolder.read(folder).close())
        .withMessageContaining("not finished");
    try (AnalysisFolder opened = prepare("2");
        IndexBuilder builder = opened.buildIndex()) {
      assertThat(builder.completeParts()).containsExactly("host");
    }
  }

  @Test
  void aFolderWithOtherFilesIsLeftAlone() throws IOException {
    Path home = Files.createDirectory(work.resolve("home"));
    Path letter = Files.writeString(home.resolve("letter.txt"), "dear");
    folder = home;
    assertThatIOException()
        .isThrownBy(() -> prepare("1").close())
        .withMessageContaining("holds other files");
    assertThat(letter).exists();
    assertThat(home.resolve("manifest.json")).doesNotExist();
  }

  @Test
  void twoAnalysesDoNotWorkInOneFolder() throws IOException {
    try (AnalysisFolder first = prepare("1")) {
      assertThat(first.path()).isEqualTo(folder);
      assertThatIOException()
          .isThrownBy(() -> prepare("1").close())
          .withMessageContaining("another analysis");
    }
  }

  @Test
  void whatIsNoFolderOfOursIsTold() {
    assertThatIOException()
        .isThrownBy(() -> AnalysisFolder.read(work.resolve("nowhere")).close())
        .withMessageContaining("no folder that");
  }

  @Test
  void theDigestIsOfAllBytes() throws Exception {
    byte[] bytes = new byte[3_000_001];
    bytes[2_999_999] = 7;
    Files.write(image, bytes);
    assertThat(ImageIdentity.sha256(List.of(image), Progress.NONE))
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
  }
}
