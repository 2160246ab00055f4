package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who owns what is found, by the index of an analysis and by the page tables. */
class FindInAnalysisTest {

  @TempDir private Path work;

  private static JsonNode find(Path named, String... more) throws IOException {
    CommandRun run =
        CommandRun.of(
            Stream.concat(
                    Stream.of("find", named.toString(), "--format", "json", "--limit", "5000"),
                    Stream.of(more))
                .toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    return new ObjectMapper().readTree(run.out());
  }

  private static JsonNode from(JsonNode answer) {
    return answer.at("/coverage/ownersFrom");
  }

  @Test
  void theIndexNamesTheSameOwnersAsThePageTables() throws IOException {
    Path image = work.resolve("kvm-npt.elf.zst");
    Files.copy(Path.of(sample("kvm-npt.elf.zst")), image);
    Path beside = work.resolve("kvm-npt.elf.zst.nestwalk");
    assertThat(CommandRun.of("index", image.toString(), "--into", beside.toString()).code())
        .isEqualTo(ExitCode.DONE);
    String[][] patterns = {
      {"--text", "/bin/"}, {"--hex", "7f454c46??01"}, {"--regex", "PATH=[a-z/:]+"}
    };
    for (String[] pattern : patterns) {
      JsonNode walked =
          find(
              image,
              Stream.concat(Stream.of(pattern), Stream.of("--no-cache")).toArray(String[]::new));
      assertThat(walked.path("hits")).isNotEmpty();
      assertThat(from(walked).isMissingNode()).isTrue();
      for (Path named : new Path[] {image, beside}) {
        JsonNode indexed = find(named, pattern);
        assertThat(indexed.path("hits")).isEqualTo(walked.path("hits"));
        assertThat(from(indexed).asText()).isEqualTo(beside.toRealPath().toString());
      }
    }
    // One that was not made here may say anything.
    Files.move(beside, work.resolve("elsewhere"));
    Files.createDirectory(beside);
    try (Stream<Path> files = Files.list(work.resolve("elsewhere"))) {
      for (Path file : files.toList()) {
        Files.move(file, beside.resolve(file.getFileName()));
      }
    }
    assertThat(from(find(image, patterns[0])).isMissingNode()).isTrue();
  }
}
