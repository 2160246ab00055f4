package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    return prepare(version, AnalysisFolder.Choice.NAMED);
  }

  private AnalysisFolder prepare(String version, AnalysisFolder.Choice choice) throws IOException {
    return AnalysisFolder.prepare(
        folder, choice, ImageIdentity.of(image, List.of(image)), Json.object(), version);
  }

  private void index(AnalysisFolder opened) throws IOException {
    try (IndexBuilder builder = opened.buildIndex()) {
      builder.finish();
    }
    ObjectNode facts = Json.object();
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
        builder.beginPart("host");
        builder.completePart(List.of("host: one\nand more", "host: two"));
      }
    }
    assertThatIOException()
        .isThrownBy(() -> AnalysisFolder.read(folder).close())
        .withMessageContaining("not finished");
    try (AnalysisFolder opened = prepare("2");
        IndexBuilder builder = opened.buildIndex()) {
      assertThat(builder.completeParts()).containsExactly("host");
      // What an interrupted run had to say is not forgotten.
      assertThat(builder.warnings()).containsExactly("host: one\nand more", "host: two");
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

  private List<String> all(Path place) throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      return files.map(file -> place.relativize(file).toString()).sorted().toList();
    }
  }

  private void refused(AnalysisFolder.Choice choice, String why) {
    assertThatIOException()
        .isThrownBy(() -> prepare("1", choice).close())
        .withMessageContaining(why)
        .withMessageNotContaining("\n");
  }

  /** A user's own folder that looks like one of ours by its names. */
  @Test
  void aFolderWithoutTheMarkerIsNotOursWhateverItsFilesAreCalled() throws IOException {
    folder = work.resolve("mine");
    for (String name : new String[] {"manifest.json", "reports/talk.txt", "index/evidence.raw"}) {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.writeString(folder.resolve(name), "{}");
    }
    List<String> before = all(folder);
    refused(AnalysisFolder.Choice.NAMED, "holds other files");
    assertThat(all(folder)).isEqualTo(before);
    assertThatIOException()
        .isThrownBy(() -> AnalysisFolder.read(folder).close())
        .withMessageContaining("no folder that");
  }

  @Test
  void aFolderOfAnEarlierVersionIsTold() throws IOException {
    folder = Files.createDirectory(work.resolve("earlier"));
    Files.writeString(folder.resolve("manifest.json"), "{\"tool\":\"nestwalk\"}");
    refused(AnalysisFolder.Choice.NAMED, "earlier version");
    assertThat(all(folder)).containsExactly("", "manifest.json");
    assertThatIOException()
        .isThrownBy(() -> AnalysisFolder.read(folder).close())
        .withMessageContaining("earlier version");
  }

  @Test
  void anotherVersionOfTheMarkerIsRefused() throws IOException {
    Files.writeString(
        folder.resolve(".nestwalk-case"), "{\"tool\":\"nestwalk\",\"caseVersion\":99}");
    refused(AnalysisFolder.Choice.NAMED, "another version");
    Files.writeString(folder.resolve(".nestwalk-case"), "[");
    refused(AnalysisFolder.Choice.NAMED, "can't be read");
  }

  @Test
  void notesOfTheUsersStayWhereverTheyLie() throws IOException {
    try (AnalysisFolder opened = prepare("1")) {
      opened.write("reports/report.json", out -> out.write('1'));
    }
    List<String> notes = List.of("note", "index/note", "index/_0.note", "reports/note");
    for (String note : notes) {
      Files.writeString(folder.resolve(note), "mine");
    }
    for (String version : new String[] {"2", "3"}) {
      try (AnalysisFolder opened = prepare(version)) {
        assertThat(folder.resolve("reports/report.json")).doesNotExist();
        index(opened);
        opened.write("reports/report.json", out -> out.write('2'));
        assertThat(opened.index().count(Entry.Kind.MACHINE)).isZero();
      }
      for (String note : notes) {
        assertThat(folder.resolve(note)).hasContent("mine");
      }
    }
  }

  private AnalysisFolder amend(String version) throws IOException {
    return AnalysisFolder.amend(
        folder, new AnalysisWork(ImageIdentity.of(image, List.of(image)), Json.object(), version));
  }

  private void keep(String... rules) throws IOException {
    List<Entry> entries =
        Stream.of(rules)
            .<Entry>map(
                rule -> {
                  ObjectNode row = Json.object().put("machine", "host").put("space", "user");
                  row.put("process", "sshd").put("pid", 7).put("rule", rule);
                  row.putArray("strings")
                      .addObject()
                      .put("address", "0x7ffffffffffc")
                      .put("hpa", "0x1ffc")
                      .put("length", 8);
                  return new Entry.RuleHitEntry("host", row);
                })
            .toList();
    try (AnalysisFolder opened = amend("1")) {
      opened.replace(AnalysisFolder.YARA_STAGE, entries, Json.object().put("hits", entries.size()));
    }
  }

  private List<String> kept(String query) throws IOException, QuerySyntaxException {
    try (AnalysisFolder opened = AnalysisFolder.read(folder);
        SearchIndex index = opened.index()) {
      return index.search(QueryParser.parse(query), 100).documents().stream()
          .map(row -> row.path("rule").asText())
          .toList();
    }
  }

  @Test
  void whatAStageKeepsTakesThePlaceOfWhatItHadKept() throws IOException, QuerySyntaxException {
    try (AnalysisFolder opened = prepare("1");
        IndexBuilder builder = opened.buildIndex()) {
      builder.beginPart("host");
      builder.add(
          new Entry.MachineEntry("host", Json.object().put("id", "host").put("arch", "x86_64")));
      builder.completePart(List.of());
      builder.finish();
      opened.completed(AnalysisFolder.INDEX_STAGE, Json.object().put("machines", 1));
      opened.completed(AnalysisFolder.REPORTS_STAGE, Json.object());
    }
    keep("one", "two");
    assertThat(kept("kind:yara")).containsExactly("one", "two");
    keep("two", "three");
    assertThat(kept("kind:yara")).containsExactly("two", "three");
    assertThat(kept("flag:THREE name:sshd pid:7")).containsExactly("three");
    assertThat(kept("flag:one OR one")).isEmpty();
    // The string goes on in the next page, which lies elsewhere in memory.
    assertThat(kept("va:0x800000000003 kind:yara")).hasSize(2);
    assertThat(kept("hpa:0x1fff")).hasSize(2);
    assertThat(kept("hpa:0x2000")).isEmpty();
    try (AnalysisFolder opened = prepare("1");
        SearchIndex index = opened.index()) {
      assertThat(index.count(Entry.Kind.MACHINE)).isEqualTo(1);
      assertThat(opened.isDone(AnalysisFolder.REPORTS_STAGE)).as("reports are stale").isFalse();
      assertThat(opened.facts(AnalysisFolder.YARA_STAGE).path("hits").asInt()).isEqualTo(2);
      assertThat(opened.facts(AnalysisFolder.INDEX_STAGE).at("/documents/yara").asInt())
          .isEqualTo(2);
    }
    keep();
    assertThat(kept("kind:yara")).isEmpty();
    // Made again, the index holds nothing that was found in another image.
    keep("one");
    Files.setLastModifiedTime(image, FileTime.fromMillis(1));
    assertThat(isKept("1")).isFalse();
    try (AnalysisFolder opened = prepare("1")) {
      index(opened);
      assertThat(opened.isDone(AnalysisFolder.YARA_STAGE)).isFalse();
    }
    assertThat(kept("kind:yara")).isEmpty();
  }

  /** Whoever is stopped before the end has changed nothing of what the index holds. */
  @Test
  void aPartThatIsNotCompleteLeavesTheIndexAsItWas() throws IOException, QuerySyntaxException {
    keep("one");
    try (AnalysisFolder opened = amend("1")) {
      List<Entry> entries = new java.util.ArrayList<>();
      entries.add(null);
      org.assertj.core.api.Assertions.assertThatNullPointerException()
          .isThrownBy(() -> opened.replace(AnalysisFolder.YARA_STAGE, entries, Json.object()));
    }
    assertThat(kept("kind:yara")).containsExactly("one");
    keep("two");
    assertThat(kept("kind:yara")).containsExactly("two");
  }

  @Test
  void anImageThatMovedKeepsItsFolder() throws IOException, QuerySyntaxException {
    keep("one");
    image = Files.move(image, image.resolveSibling("renamed.raw"));
    keep("two");
    assertThat(kept("kind:yara")).containsExactly("two");
    assertThat(AnalyzedImage.of(folder).place()).isEqualTo(image.toRealPath());
    image = Files.move(image, image.resolveSibling("again.raw"));
    assertThat(isKept("1")).isTrue();
    assertThat(AnalyzedImage.of(folder).place()).isEqualTo(image.toRealPath());
    assertThat(kept("kind:yara")).containsExactly("two");
  }

  @Test
  void nothingIsAddedToAnIndexOfAnotherImageOrVersion() throws IOException {
    assertThatIOException()
        .isThrownBy(() -> amend("2").close())
        .withMessageContaining("made by another version")
        .withMessageContaining("run the analysis again");
    Files.setLastModifiedTime(image, FileTime.fromMillis(1));
    assertThatIOException()
        .isThrownBy(() -> amend("1").close())
        .withMessageContaining("of another image")
        .withMessageContaining("run the analysis again");
    assertThat(folder.resolve("index")).isNotEmptyDirectory();
    try (AnalysisFolder _ = prepare("1")) {
      assertThatIOException().isThrownBy(() -> amend("1").close());
    }
  }

  @Test
  void aFileOfTheUsersIsNotReplaced() throws IOException {
    Files.writeString(folder.resolve("report.html"), "mine");
    try (AnalysisFolder opened = prepare("1")) {
      assertThatIOException()
          .isThrownBy(() -> opened.write("report.html", out -> out.write('1')))
          .withMessageContaining("was not written by this program");
    }
    assertThat(folder.resolve("report.html")).hasContent("mine");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".nestwalk-case",
        ".nestwalk-written",
        ".nestwalk-lock",
        "manifest.json",
        "report.html",
        "reports",
        "index",
        "index.building",
        "reports/report.json",
        "index/_0.cfs",
        "index.building/_0.cfs"
      })
  void noLinkIsFollowed(String name) throws IOException {
    Path victims = Files.createDirectory(work.resolve("victims"));
    Path victim = Files.writeString(victims.resolve("precious"), "precious");
    Path link = folder.resolve(name);
    if (Files.isDirectory(link)) {
      try (Stream<Path> files = Files.list(link)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
    Files.deleteIfExists(link);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, name.contains(".") ? victim : victims);
    for (AnalysisFolder.Choice choice : AnalysisFolder.Choice.values()) {
      assertThatIOException().isThrownBy(() -> prepare("2", choice).close());
    }
    assertThatIOException().isThrownBy(() -> AnalysisFolder.read(folder).close());
    assertThat(victim).hasContent("precious");
    assertThat(all(victims)).containsExactly("", "precious");
    assertThat(link).isSymbolicLink();
  }

  /** The list of what was written is a file in the folder: it may have come with the image. */
  @Test
  void aForgedListRemovesNothingElsewhere() throws IOException {
    Path victim = Files.writeString(work.resolve("victim"), "precious");
    Path note = Files.writeString(folder.resolve("note"), "mine");
    Files.writeString(
        folder.resolve(".nestwalk-written"),
        "../victim\n%s\nindex/../../victim\nreports/..\nnote\n".formatted(victim),
        StandardOpenOption.APPEND);
    assertThat(isKept("2")).isFalse();
    assertThat(victim).hasContent("precious");
    assertThat(note).hasContent("mine");
  }

  /** As it comes out of an archive beside the image: all is right, but it was not made here. */
  @Test
  void aCopyIsNeverTakenForWhatWasMadeHere() throws IOException {
    assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("unix"));
    Path made = folder;
    folder = work.resolve("image.raw.nestwalk");
    for (String name : all(made)) {
      Files.copy(made.resolve(name), folder.resolve(name));
    }
    List<String> before = all(folder);
    refused(AnalysisFolder.Choice.BESIDE_IMAGE, "name a folder with -o");
    assertThat(all(folder)).isEqualTo(before);
    assertThat(isKept("1")).as("what it says is not believed").isFalse();
    prepare("1", AnalysisFolder.Choice.BESIDE_IMAGE).close();
  }

  @Test
  void anImageInItsOwnFolderIsRefused() throws IOException {
    image = Files.copy(image, folder.resolve("index/evidence.raw"));
    List<String> before = all(folder);
    refused(AnalysisFolder.Choice.NAMED, "holds the image itself");
    assertThat(all(folder)).isEqualTo(before);
  }

  @Test
  void nobodyElseMayLook() throws IOException {
    assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
    try (AnalysisFolder opened = prepare("1")) {
      opened.write("reports/report.json", out -> out.write('1'));
    }
    for (String name : all(folder)) {
      Path path = folder.resolve(name);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .as(name)
          .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
    }
  }

  /** Killed after the index was put in place and before the manifest said so. */
  @Test
  void anIndexThatTheManifestDoesNotKnowIsMadeAgain() throws IOException {
    try (AnalysisFolder opened = prepare("2")) {
      try (IndexBuilder builder = opened.buildIndex()) {
        builder.finish();
      }
    }
    try (AnalysisFolder opened = prepare("2")) {
      assertThat(opened.isDone(AnalysisFolder.INDEX_STAGE)).isFalse();
      index(opened);
    }
    assertThat(isKept("2")).isTrue();
    assertThat(folder.resolve("index.building")).doesNotExist();
  }

  /** Killed while a line was written. */
  @Test
  void aCutListIsMended() throws IOException {
    Files.writeString(
        folder.resolve(".nestwalk-written"), "reports/rep", StandardOpenOption.APPEND);
    try (AnalysisFolder opened = prepare("1")) {
      opened.write("report.html", out -> out.write('1'));
    }
    assertThat(Files.readAllLines(folder.resolve(".nestwalk-written")))
        .contains("report.html", "manifest.json")
        .doesNotContain("reports/rep", "reports/repreport.html");
  }

  @Test
  void aFolderThatWasMadeForNothingGoes() throws IOException {
    folder = work.resolve("nothing");
    try (AnalysisFolder opened = prepare("1")) {
      opened.removeIfUnused();
    }
    assertThat(folder).doesNotExist();
    Files.createDirectory(folder);
    try (AnalysisFolder opened = prepare("1")) {
      opened.removeIfUnused();
    }
    assertThat(all(folder)).containsExactly("");
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
