package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.AnswerSchemas;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One command on several images. */
class ManyImagesTest {

  @TempDir private Path folder;
  private String good;
  private String other;
  private String bad;

  @BeforeEach
  void images() throws IOException {
    good = link("a.elf.zst", "kvm-npt.elf.zst");
    other = link("b.raw.zst", "tinyos.raw.zst");
    bad = Files.writeString(folder.resolve("bad.elf"), "no memory\n").toString();
  }

  private String link(String name, String sample) throws IOException {
    return Files.createSymbolicLink(
            folder.resolve(name), Path.of(CommandRun.sample(sample)).toAbsolutePath())
        .toString();
  }

  @Test
  void rowsNameTheirImageAndABadOneStopsNothing() {
    CommandRun run = CommandRun.of("machines", bad, good, other, "--format", "json", "--jobs", "2");
    assertThat(run.code()).isEqualTo(ExitCode.INPUT);
    assertThat(run.err().lines().filter(line -> line.contains("bad.elf")))
        .singleElement()
        .asString()
        .startsWith("nestwalk: " + bad + ": ");
    JsonNode answer = run.json();
    ObjectNode schema = AnswerSchemas.ofSeveralImages("machines").orElseThrow();
    assertThat(CommandRun.faults(schema, run.out())).isEmpty();
    assertThat(CommandRun.faults(schema, run.out().replace("\"image\"", "\"imgae\""))).isNotEmpty();
    Map<String, List<String>> machines =
        StreamSupport.stream(answer.path("machines").spliterator(), false)
            .collect(
                Collectors.groupingBy(
                    row -> row.path("image").asText(),
                    Collectors.mapping(row -> row.path("id").asText(), Collectors.toList())));
    assertThat(machines.keySet()).containsExactlyInAnyOrder(good, other);
    assertThat(machines.get(good)).containsExactly("host", "vm1");
    JsonNode images = answer.path("coverage").path("images");
    assertThat(images).hasSize(3);
    assertThat(images.get(0).path("exitCode").asInt()).isEqualTo(ExitCode.INPUT);
    assertThat(images.get(0).path("error").asText()).isNotEmpty();
    assertThat(images.get(1).path("bytesPresent").asLong()).isPositive();
  }

  @Test
  void oneTableHoldsTheRowsOfAll() {
    CommandRun run = CommandRun.of("machines", good, other, "--where", "id=host");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    List<String> lines = run.out().lines().toList();
    assertThat(lines.get(0)).startsWith("IMAGE").contains("MACHINE");
    assertThat(lines.get(1)).startsWith(good + " ").contains("host");
    assertThat(lines.get(2)).startsWith(other + " ").contains("host");
    assertThat(lines.get(3)).isEmpty();
  }

  @Test
  void patternsAndFoldersStandForTheImagesInThem() {
    String[] what = {"--format", "csv", "--columns", "id"};
    String byPattern =
        CommandRun.of("machines", folder + "/[ab].*", what[0], what[1], what[2], what[3]).out();
    assertThat(byPattern.lines().toList())
        .startsWith("image,id", good + ",host", good + ",vm1")
        .contains(other + ",host");
    CommandRun each =
        CommandRun.of("machines", folder.toString(), "--each", what[0], what[1], what[2], what[3]);
    assertThat(each.out()).isEqualTo(byPattern);
    assertThat(each.code()).isEqualTo(ExitCode.INPUT);
    // Without, a folder is one image in parts, and this one is none.
    assertThat(CommandRun.of("machines", folder.toString()).code()).isEqualTo(ExitCode.INPUT);
  }

  @Test
  void linesNameTheirImageAndTheLastOneTellsOfAll() {
    List<JsonNode> lines = CommandRun.of("info", good, bad, "--format", "ndjson").lines();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).path("image").asText()).isEqualTo(good);
    assertThat(lines.get(0).path("format").asText()).isEqualTo("elf");
    assertThat(lines.get(1).path("coverage").path("images")).hasSize(2);
  }

  @Test
  void nothingFoundIsSaidWhereNoImageHasIt() {
    assertThat(CommandRun.of("find", good, other, "--text", "NESTED-MARKER").code())
        .isEqualTo(ExitCode.DONE);
    assertThat(CommandRun.of("find", good, other, "--text", "in-neither-of-them-4711").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void wrongUsageIsSaidOnce() {
    CommandRun run = CommandRun.of("ps", good, good.replace("a.elf", "./a.elf"), "--sort=nmae");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(CommandRun.of("ps", good, other, "--jobs=0").code()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void everyAnalysisHasAFolderAndAFinishedOneIsNotMadeAgain() throws IOException {
    Path cases = Files.createDirectory(folder.resolve("cases"));
    CommandRun first = CommandRun.of("analyze", other, bad, good, "-o", cases.toString());
    assertThat(first.code()).isEqualTo(ExitCode.INPUT);
    Path report = cases.resolve("a.elf.zst.nestwalk/report.html");
    assertThat(report).exists();
    assertThat(cases.resolve("bad.elf.nestwalk")).doesNotExist();
    FileTime written = Files.getLastModifiedTime(report);
    severalAreSearched(cases);
    CommandRun again = CommandRun.of("analyze", other, good, "-o", cases.toString());
    assertThat(again.code()).isEqualTo(ExitCode.DONE);
    assertThat(again.out()).contains(good + ":", other + ":");
    assertThat(Files.getLastModifiedTime(report)).isEqualTo(written);
    Path namesake = Files.createDirectory(folder.resolve("more")).resolve("a.elf.zst");
    Files.createSymbolicLink(namesake, Path.of(good));
    assertThat(CommandRun.of("analyze", good, namesake.toString(), "-o", cases.toString()).code())
        .isEqualTo(ExitCode.USAGE);
  }

  private static void severalAreSearched(Path cases) throws IOException {
    String first = cases.resolve("a.elf.zst.nestwalk").toString();
    String second = cases.resolve("b.raw.zst.nestwalk").toString();
    String[] query = {"kind:machine", "--format", "csv", "--columns", "id"};
    CommandRun named =
        CommandRun.of("search", first, second, query[0], query[1], query[2], query[3], query[4]);
    assertThat(named.out().lines())
        .startsWith("image,id", first + ",host", first + ",vm1", second + ",host");
    assertThat(named.code()).isEqualTo(ExitCode.DONE);
    CommandRun each =
        CommandRun.of(
            "search", cases.toString(), "--each", query[0], query[1], query[2], query[3], query[4]);
    assertThat(each.out()).isEqualTo(named.out());
    // An interrupted one among them is no word of the query.
    Path none = Files.createDirectory(cases.resolve("c.nestwalk"));
    CommandRun broken = CommandRun.of("search", first, none.toString(), "kind:machine");
    assertThat(broken.code()).isEqualTo(ExitCode.INPUT);
    assertThat(broken.err()).contains(none.toString());
    assertThat(broken.out()).contains("vm1");
    Files.delete(none);
    // The last word is always of the query.
    assertThat(CommandRun.of("search", first, second).code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void whatWasAnsweredIsNotAskedAgain() throws IOException {
    Path kept = folder.resolve("answers");
    String[] ask = {"info", good, bad, other, "--format", "csv", "--resume", kept.toString()};
    CommandRun whole = CommandRun.of(ask);
    assertThat(whole.code()).isEqualTo(ExitCode.USAGE); // info is no list.
    assertThat(kept).doesNotExist();
    ask[0] = "machines";
    whole = CommandRun.of(ask);
    assertThat(whole.code()).isEqualTo(ExitCode.INPUT);
    List<String> lines = Files.readAllLines(kept);
    assertThat(lines).hasSize(3); // What failed is not kept.
    // Interrupted in the middle of a line.
    Files.writeString(kept, lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(2).substring(9));
    Files.writeString(kept, Files.readString(kept).replace("\"id\":\"host\"", "\"id\":\"kept\""));
    CommandRun again = CommandRun.of(ask);
    assertThat(again.out()).isEqualTo(whole.out().replaceFirst(",host,", ",kept,"));
    assertThat(again.err()).contains("answered before: 1 of 3 images");
    assertThat(Files.readAllLines(kept)).hasSize(3);
    // An image that changed is asked anew.
    Files.setLastModifiedTime(
        Files.move(
            Files.copy(Path.of(good), folder.resolve("copy")),
            Path.of(good),
            StandardCopyOption.REPLACE_EXISTING),
        FileTime.fromMillis(1));
    assertThat(CommandRun.of(ask).out()).isEqualTo(whole.out());
  }

  @Test
  void onlyAFileOfThatCommandIsResumed() throws IOException {
    Path kept = folder.resolve("answers");
    assertThat(CommandRun.of("machines", other, "--resume", kept.toString()).code()).isZero();
    byte[] before = Files.readAllBytes(kept);
    for (List<String> wrong :
        List.of(
            List.of("machines", other, "--all", "--resume", kept.toString()),
            List.of("ps", other, "--resume", kept.toString()),
            List.of("ps", other, "--resume", bad),
            List.of("ps", other, "--resume", folder.toString()),
            List.of("analyze", other, "--resume", folder.resolve("new").toString()))) {
      CommandRun run = CommandRun.of(wrong.toArray(String[]::new));
      assertThat(run.code()).as("%s: %s", wrong, run.err()).isEqualTo(ExitCode.USAGE);
    }
    assertThat(kept).hasBinaryContent(before);
    assertThat(Path.of(bad)).hasContent("no memory\n");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void theFileOfAnswersMayLieAmongTheImagesAndIsNone() throws IOException {
    String kept = folder.resolve("answers").toString();
    String[] ask = {"machines", folder.toString(), "--each", "--format", "csv", "--resume", kept};
    CommandRun first = CommandRun.of(ask);
    assertThat(first.out()).contains(good, other).doesNotContain(kept);
    assertThat(first.err()).contains(bad).doesNotContain(kept);
    CommandRun again = CommandRun.of(ask);
    assertThat(again.out()).isEqualTo(first.out());
    assertThat(again.err()).contains("answered before: 2 of 3 images").doesNotContain(kept);
    // An image is never taken for such a file, not even an empty one.
    Path empty = Files.createFile(folder.resolve("empty.raw"));
    ask[6] = bad;
    assertThat(CommandRun.of(ask).code()).isEqualTo(ExitCode.USAGE);
    ask[6] = empty.toString();
    CommandRun refused = CommandRun.of(ask);
    assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err()).contains("one of the images");
    assertThat(empty).isEmptyFile();
    assertThat(Path.of(bad)).hasContent("no memory\n");
  }

  @Test
  void whatStopsBetweenTheFirstLineAndItsEndIsBegunAgain() throws IOException {
    Path kept = folder.resolve("answers");
    String[] ask = {"machines", other, "--format", "csv", "--resume", kept.toString()};
    CommandRun whole = CommandRun.of(ask);
    String lines = Files.readString(kept);
    Files.writeString(kept, lines.substring(0, 20));
    assertThat(CommandRun.of(ask).out()).isEqualTo(whole.out());
    assertThat(kept).hasContent(lines);
    // How the answer is shown makes no other command line of it.
    ask = Stream.concat(Stream.of(ask), Stream.of("--no-pager")).toArray(String[]::new);
    assertThat(CommandRun.of(ask).err()).contains("answered before: 1 of 1 image");
  }

  @Test
  void aReaderThatHasSeenEnoughEndsTheWork() {
    StringWriter err = new StringWriter();
    Writer gone =
        new OutputStreamWriter(
            new StandardOutput(
                new OutputStream() {
                  @Override
                  public void write(int b) throws IOException {
                    throw new IOException("Broken pipe");
                  }
                }),
            StandardCharsets.UTF_8);
    int code =
        Nestwalk.run(
            new PrintWriter(gone),
            new PrintWriter(err),
            "machines",
            good,
            other,
            "--format=ndjson");
    assertThat(err.toString()).isEmpty();
    assertThat(code).isEqualTo(ExitCode.DONE);
  }

  @Test
  void aFileNamedLikeAWordOfTheQueryIsNoFolder() throws IOException {
    Path cases = folder.resolve("cases");
    assertThat(CommandRun.of("analyze", other, "-o", cases.toString()).code()).isZero();
    Path word = Files.writeString(folder.resolve("host"), "");
    CommandRun run = CommandRun.of("search", cases.toString(), word.toString(), "kind:machine");
    assertThat(run.code()).as(run.err()).isIn(ExitCode.DONE, ExitCode.NOT_FOUND);
  }

  @Test
  void oneWordNamesSeveralWhereMoreWordsFollow() throws IOException {
    String both = folder + "/[ab].*";
    List<JsonNode> rows =
        CommandRun.of("translate", both, "0x1000", "--physical", "--format", "ndjson").lines();
    assertThat(rows).extracting(row -> row.path("image").asText()).startsWith(good, other);
    CommandRun read = CommandRun.of("read", both, "0x1000", "16", "--physical");
    assertThat(read.out()).contains(good + ":", other + ":");
    Path file = folder.resolve("bytes");
    assertThat(CommandRun.of("read", both, "0", "16", "--physical", "-o", file.toString()).code())
        .isEqualTo(ExitCode.USAGE);
    assertThat(file).doesNotExist();
    assertThat(CommandRun.of("second-level", both, "--stats", "--format", "csv").out())
        .startsWith("image,")
        .contains(good + ",vm1");
    assertThat(CommandRun.of("translate", good, other, "0x1000").err())
        .contains("a pattern in quotes stands for several images");
  }
}
