package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rows and columns of a list are shown, in every format. */
class TableOptionsTest {

  private static final String NPT = CommandRun.sample("kvm-npt.elf.zst");

  @Test
  void everyFormatShowsTheSameRowsAndColumns() {
    String[] choice = {
      "--where", "name~^KTHREAD", "--columns", "PID,name,machine", "--sort=-machine"
    };
    CommandRun table = ps(choice, "table");
    assertThat(table.code()).isEqualTo(ExitCode.DONE);
    List<String> lines = table.out().lines().map(line -> line.replaceAll(" +", " ")).toList();
    assertThat(lines).containsExactly("pid name machine", "2 kthreadd vm1", "2 kthreadd host");
    assertThat(ps(choice, "csv").out())
        .isEqualTo("pid,name,machine\n2,kthreadd,vm1\n2,kthreadd,host\n");
    JsonNode rows = ps(choice, "json").json().path("processes");
    assertThat(rows.toString())
        .isEqualTo(
            "[{\"pid\":2,\"name\":\"kthreadd\",\"machine\":\"vm1\"},"
                + "{\"pid\":2,\"name\":\"kthreadd\",\"machine\":\"host\"}]");
    assertThat(ps(choice, "ndjson").lines().subList(0, 2))
        .containsExactly(rows.get(0), rows.get(1));
  }

  @Test
  void aCommandsOwnTableStaysWhereNoColumnsAreChosen() {
    String out =
        ps(new String[] {"--where", "machine=vm1", "--where", "pid<3", "--sort=-pid"}, "table")
            .out();
    assertThat(out.lines().map(line -> line.replaceFirst("^(\\S+) +(\\S+).*$", "$1$2")))
        .containsExactly("MACHINEPID", "vm12", "vm11");
  }

  @Test
  void addressesAreComparedAsNumbers() {
    CommandRun run =
        CommandRun.of(
            "modules",
            NPT,
            "--columns=base",
            "--sort=base",
            "--format=csv",
            "--where",
            "size>=64K");
    List<Long> bases =
        run.out()
            .lines()
            .skip(1)
            .map(each -> Long.parseUnsignedLong(each.substring(2), 16))
            .toList();
    assertThat(bases).hasSizeGreaterThan(1).isSortedAccordingTo(Long::compareUnsigned);
    long all = CommandRun.of("modules", NPT, "--format=csv").out().lines().count() - 1;
    assertThat((long) bases.size()).isLessThan(all);
  }

  @Test
  void anUnknownColumnIsNamedWithThoseThatThereAre() {
    for (String option : List.of("--columns=nmae", "--sort=nmae", "--where=nmae=x")) {
      CommandRun run = CommandRun.of("ps", NPT, option, "--format", "csv");
      assertThat(run.code()).as(option).isEqualTo(ExitCode.USAGE);
      assertThat(run.err()).contains("no column 'nmae'; there are machine, pid, ppid, name");
      assertThat(run.err().lines()).hasSize(1);
      assertThat(run.out()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"--where=name, is no condition", "--where=name~(, is no regular expression"})
  void aBadConditionIsWrongUsage(String option, String complaint) {
    CommandRun run = CommandRun.of("ps", NPT, option);
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains(complaint);
  }

  @Test
  void numbersComeBeforeTextAndWhatIsMissingComesLast() {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    List<JsonNode> values =
        Stream.of(
                nodes.missingNode(),
                nodes.textNode("b"),
                nodes.textNode("0xffffffff81000000"),
                nodes.numberNode(-1),
                nodes.textNode("0x9"),
                nodes.numberNode(12))
            .sorted(new CellOrder())
            .toList();
    assertThat(values.stream().map(JsonNode::asText))
        .containsExactly("-1", "0x9", "12", "0xffffffff81000000", "b", "");
  }

  private static CommandRun ps(String[] choice, String format) {
    return CommandRun.of(
        Stream.concat(Stream.of("ps", NPT, "--format", format), Stream.of(choice))
            .toArray(String[]::new));
  }
}
