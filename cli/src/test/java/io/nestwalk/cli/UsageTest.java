package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of a command line that can't be read. */
class UsageTest {

  private static final String NPT = CommandRun.sample("kvm-npt.elf.zst");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "serach x | 'serach' is no command; did you mean search?;",
        "help serach | 'serach' is no command; did you mean search?;",
        "mach x | did you mean machines?",
        "nonesuch x | 'nonesuch' is no command; nestwalk",
        "ps IMAGE --machin=vm1 | did you mean --machine?;",
        "ps IMAGE -x | '-x' is no option; nestwalk",
        "ps IMAGE --formt json | did you mean --format?",
        "maps IMAGE --pid x | 'x' is not a number",
        "ps IMAGE --format xml | 'xml' is none of table, json, ndjson, csv",
        "extract IMAGE -o x --as zip | 'zip' is none of elf, kdump",
        "ps IMAGE --input-format foo | 'foo' is no format",
        "translate IMAGE 1 --pid 3 --root 0x5000 | mutually exclusive",
        "read IMAGE 0 4X | '4X' is not a length",
      })
  void oneLineSaysWhatIsWrongAndWhereHelpIs(String line, String expected) {
    CommandRun run = CommandRun.of(line.replace("IMAGE", NPT).split(" "));
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .contains(expected)
        .endsWith("--help says more");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void theListOfCommandsSaysInAFewWordsWhatEachDoes() {
    assertThat(CommandRun.of("--help").out().lines())
        .contains("  bpf             Lists the eBPF programs of every machine, or of one.")
        .contains("  help            Display help information about the specified command.");
  }

  @ParameterizedTest
  @CsvSource({"-h, search", "--help, translate", "-h, ps", "-vh, read"})
  void helpBeforeACommandIsThatOfTheProgram(String option, String command) {
    CommandRun run = CommandRun.of(option, command);
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out()).startsWith("Usage: nestwalk [");
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"-V, search", "--version, symbols", "-V, ps"})
  void theVersionBeforeACommandIsThatOfTheProgram(String option, String command) {
    CommandRun run = CommandRun.of(option, command);
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out()).startsWith("nestwalk ");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void helpIsACommandToo() {
    assertThat(CommandRun.of("help", "ps").out())
        .contains("Usage: nestwalk ps", "How the image is read:")
        .isEqualTo(CommandRun.of("ps", "--help").out());
  }

  @Test
  void aNameWithAnAtSignIsNoFileOfArguments(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("arguments"), "--help");
    assertThat(CommandRun.of("translate", NPT, "@" + file).err())
        .contains("'@" + file + "' is not an address");
  }

  @Test
  void verboseStandsBeforeTheCommandOrAfter() {
    assertThat(CommandRun.of("-v", "info", NPT).out())
        .contains("REASON")
        .isEqualTo(CommandRun.of("info", NPT, "-v").out());
  }

  @Test
  void lengthsAreSizesToo() {
    assertThat(CommandRun.of("read", NPT, "0x1000", "1K", "--physical").out())
        .isEqualTo(CommandRun.of("read", NPT, "0x1000", "1024", "--physical").out())
        .isNotEmpty();
  }
}
