package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** Tables on a terminal and elsewhere. */
class TerminalWriterTest {

  private static String printed(int columns, boolean colour) {
    StringWriter text = new StringWriter();
    PrintWriter out =
        columns == 0 ? new PrintWriter(text) : new TerminalWriter(text, columns, colour);
    TextTable table = new TextTable("PID", "COMMAND");
    table.row(1, "a".repeat(30) + "b".repeat(10) + " <- hidden");
    table.print(out);
    out.flush();
    return text.toString();
  }

  @Test
  void nothingOfALongCellIsLostOnATerminal() {
    assertThat(printed(35, false))
        .isEqualTo("PID  COMMAND\n1    %s\n     bbbbbbbbbb <- hidden\n".formatted("a".repeat(30)));
  }

  @Test
  void headingsAreBoldWhereThatIsWantedAndRowsArePlain() {
    assertThat(printed(200, true)).startsWith("\u001b[1mPID  COMMAND\u001b[0m\n1    a");
    assertThat(printed(200, false)).doesNotContain("\u001b");
  }

  @Test
  void elsewhereARowIsOneLine() {
    assertThat(printed(0, false).lines()).hasSize(2);
    assertThat(printed(10, false).lines()).hasSize(2);
  }
}
