package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder of an analysis in the place of its image. */
class CaseAsImageTest {

  private static final String CHANGED = "warning: the image changed since it was analyzed";
  private static final int SIZE = 1 << 20;

  @TempDir private Path work;
  private Path image;
  private Path folder;

  @BeforeEach
  void analyze() throws IOException {
    image = Files.createDirectory(work.resolve("evidence")).resolve("tiny.raw.zst");
    Files.copy(Path.of(sample("tinyos.raw.zst")), image);
    folder = Files.createDirectory(work.resolve("cases")).resolve("case");
    done("analyze", image.toString(), "-o", folder.toString());
  }

  private static CommandRun done(String... args) {
    CommandRun run = CommandRun.of(args);
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    return run;
  }

  private static void refused(CommandRun run, String why) {
    assertThat(run.code()).isEqualTo(ExitCode.INPUT);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(why).hasLineCount(1);
  }

  private CommandRun info(String... more) {
    return CommandRun.of(
        Stream.concat(Stream.of("info", folder.toString()), Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void everyCommandAnswersOfTheImage() {
    for (List<String> rest :
        List.of(
            List.of("info"),
            List.of("machines"),
            List.of("translate", "0x1000", "--physical"),
            List.of("read", "0x1000", "64", "--physical"),
            List.of("find", "--hex", "55aa", "--limit", "2"))) {
      String[] ofCase = args(rest, folder);
      CommandRun run = done(ofCase);
      assertThat(run.out()).isEqualTo(done(args(rest, image)).out()).isNotEmpty();
      assertThat(run.err()).doesNotContain("analyzed");
    }
  }

  private static String[] args(List<String> rest, Path named) {
    return Stream.concat(Stream.of(rest.getFirst(), named.toString()), rest.stream().skip(1))
        .toArray(String[]::new);
  }

  /** What info says, without where the image lies. */
  private static String memory(CommandRun info) {
    assertThat(info.code()).as(info.err()).isEqualTo(ExitCode.DONE);
    return info.out().lines().skip(1).collect(Collectors.joining("\n"));
  }

  @Test
  void aMovedImageIsFoundBesideTheFolderOrByItsNewName() throws IOException {
    String before = memory(info());
    Path beside = Files.move(image, folder.resolveSibling(image.getFileName()));
    assertThat(memory(info())).isEqualTo(before);
    Path renamed = Files.move(beside, work.resolve("renamed.zst"));
    refused(info(), "--image");
    CommandRun named = info("--image", renamed.toString());
    assertThat(memory(named)).isEqualTo(before);
    assertThat(named.err()).doesNotContain("analyzed");
    refused(info("--image", image.toString()), image.toString());
  }

  /** A copy was written at another time, and has the same bytes: hits and reports stay. */
  @Test
  void aCopiedImageGoesOnInItsFolder() throws IOException {
    Path rules = Files.writeString(work.resolve("r.yar"), "rule r { condition: true }");
    Path copy = Files.move(image, work.resolve("copied.zst"));
    Files.setLastModifiedTime(copy, FileTime.fromMillis(1));
    String[] keep = {
      "yara", rules.toString(), folder.toString(), "--physical", "--machine", "host", "--keep"
    };
    refused(CommandRun.of(keep), "--image");
    String[] named =
        Stream.concat(Stream.of(keep), Stream.of("--image", copy.toString()))
            .toArray(String[]::new);
    CommandRun kept = CommandRun.of(named);
    assumeTrue(!kept.err().contains("libyara"), "libyara9 is not installed");
    assertThat(kept.err()).contains("1 hit kept in ").doesNotContain("may have changed");
    assertThat(info().err()).doesNotContain("analyzed"); // the folder knows now where it lies
    done("analyze", folder.toString());
    assertThat(done("search", folder.toString(), "kind:yara").out()).contains("host-physical");
    byte[] bytes = Files.readAllBytes(copy);
    Files.write(copy, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    refused(CommandRun.of(keep), "of another image");
    assertThat(done("search", folder.toString(), "kind:yara").out()).contains("host-physical");
  }

  /** A byte that no sample has: the digest of the whole image tells. */
  @Test
  void anImageThatWasWrittenToIsNotTheOneThatWasAnalyzed() throws IOException {
    Path raw = blankImage();
    Path other = folder.resolveSibling("raw");
    done("analyze", raw.toString(), "-o", other.toString());
    try (RandomAccessFile out = new RandomAccessFile(raw.toFile(), "rw")) {
      out.seek(20_000);
      out.write(1);
    }
    Files.setLastModifiedTime(raw, FileTime.fromMillis(1));
    CommandRun kept = keepHits(other);
    refused(kept, "of this one before it was written to");
    assertThat(kept.err()).doesNotContain("no digest");
  }

  /** Without a digest nothing tells a copy from an image that was written to: that is said. */
  @Test
  void withoutADigestACopyIsNotKnownAgain() throws IOException {
    Path raw = blankImage();
    Path other = folder.resolveSibling("raw");
    done("analyze", raw.toString(), "-o", other.toString(), "--no-sha256");
    Files.setLastModifiedTime(raw, FileTime.fromMillis(1));
    refused(keepHits(other), "no digest was made that would tell whether it was only copied");
  }

  private Path blankImage() throws IOException {
    Path raw = work.resolve("evidence").resolve("memory.bin");
    try (RandomAccessFile out = new RandomAccessFile(raw.toFile(), "rw")) {
      out.setLength(4 << 20);
    }
    return raw;
  }

  private CommandRun keepHits(Path analysis) throws IOException {
    Path rules = Files.writeString(work.resolve("r.yar"), "rule r { condition: true }");
    CommandRun kept = CommandRun.of("yara", rules.toString(), analysis.toString(), "--keep");
    assumeTrue(!kept.err().contains("libyara"), "libyara9 is not installed");
    return kept;
  }

  @Test
  void aChangedImageIsToldOfAndAnswersForItself() throws IOException {
    FileTime time = Files.getLastModifiedTime(image);
    Files.setLastModifiedTime(image, FileTime.fromMillis(time.toMillis() + 60_000));
    assertThat(info().err()).contains("warning: the image may have changed");
    try (RandomAccessFile other = new RandomAccessFile(work.resolve("other").toFile(), "rw")) {
      other.setLength(SIZE);
    }
    Files.copy(work.resolve("other"), image, StandardCopyOption.REPLACE_EXISTING);
    CommandRun now = info();
    assertThat(now.code()).isEqualTo(ExitCode.DONE);
    assertThat(now.err()).containsOnlyOnce(CHANGED);
    assertThat(now.out()).isEqualTo(done("info", image.toString()).out());
    CommandRun none = CommandRun.of("ps", folder.toString());
    assertThat(none.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(none.err()).containsOnlyOnce(CHANGED).contains("no operating system");
    assertThat(info("--format", "json").valid("info").path("coverage").path("warnings").toString())
        .contains("the image changed since it was analyzed");
  }

  @Test
  void aCopiedFolderMayNameAnything() throws IOException {
    Path copy = Files.createDirectory(work.resolve("copy"));
    for (String name : List.of(".nestwalk-case", "manifest.json")) {
      Files.copy(folder.resolve(name), copy.resolve(name));
    }
    refused(CommandRun.of("info", copy.toString()), "not made here by this user");
    Files.writeString(copy.resolve(".nestwalk-case"), "{");
    refused(CommandRun.of("info", copy.toString()), "can't be read");
  }

  @Test
  void aManifestThatIsALinkOrBrokenIsRefused() throws IOException {
    Path manifest = folder.resolve("manifest.json");
    ObjectMapper json = new ObjectMapper();
    ObjectNode whole = (ObjectNode) json.readTree(manifest.toFile());
    whole.putObject("settings").put("hole", "everywhere");
    Files.write(manifest, json.writeValueAsBytes(whole));
    refused(info(), "manifest can't be read");
    whole.putObject("image").put("path", "not\0a name");
    Files.write(manifest, json.writeValueAsBytes(whole));
    refused(info(), "manifest can't be read");
    Path elsewhere = Files.move(manifest, work.resolve("manifest.json"));
    refused(info(), "manifest can't be read");
    Files.createSymbolicLink(manifest, elsewhere);
    refused(info(), "holds a link");
  }

  /** A folder that came from elsewhere can still be asked, whatever its manifest says. */
  @Test
  void aReportOfAFolderThatDoesNotTellWhatWasLookedAtSaysSo() throws IOException {
    Path manifest = folder.resolve("manifest.json");
    ObjectMapper json = new ObjectMapper();
    ObjectNode whole = (ObjectNode) json.readTree(manifest.toFile());
    whole.putObject("image").put("path", "not\0a name");
    ((ObjectNode) whole.at("/stages/index")).remove("coverage");
    Files.write(manifest, json.writeValueAsBytes(whole));
    Path file = work.resolve("rows.csv");
    CommandRun run = done("report", folder.toString(), "--as", "csv", "-o", file.toString());
    assertThat(run.err()).contains("does not tell what was looked at");
    assertThat(file).isNotEmptyFile();
  }

  @Test
  void theImageIsOpenedAsItWasAnalyzedUnlessTheUserSaysOtherwise() throws IOException {
    Path raw = work.resolve("evidence").resolve("memory.bin");
    try (RandomAccessFile out = new RandomAccessFile(raw.toFile(), "rw")) {
      out.setLength(SIZE);
    }
    Path other = folder.resolveSibling("holed");
    done("index", raw.toString(), "--into", other.toString(), "--hole", "512K-1M");
    String holed = done("info", raw.toString(), "--hole", "512K-1M").out();
    assertThat(done("info", other.toString()).out())
        .isEqualTo(holed)
        .isNotEqualTo(done("info", raw.toString()).out());
    assertThat(done("info", other.toString(), "--hole", "256K-1M").out())
        .isEqualTo(done("info", raw.toString(), "--hole", "256K-1M").out())
        .isNotEqualTo(holed);
  }

  @Test
  void analyzedAgainTheFolderItselfIsUsed() throws IOException {
    FileTime made = Files.getLastModifiedTime(folder.resolve("report.html"));
    done("analyze", folder.toString());
    assertThat(Files.getLastModifiedTime(folder.resolve("report.html"))).isEqualTo(made);
    assertThat(image.getParent()).isDirectoryNotContaining("glob:*.nestwalk");
  }

  @Test
  void aFolderOfPartsIsStillAnImage() throws IOException {
    Path parts = Files.createDirectory(work.resolve("parts"));
    byte[] zeros = new byte[SIZE / 2];
    Files.write(parts.resolve("memory.raw.000"), zeros);
    Files.write(parts.resolve("memory.raw.001"), zeros);
    assertThat(done("info", parts.toString(), "--format", "json").valid("info").toString())
        .contains("\"length\":" + SIZE);
    CommandRun wrong = CommandRun.of("info", parts.toString(), "--image", image.toString());
    assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err()).contains("--image goes with a folder").hasLineCount(1);
  }
}
