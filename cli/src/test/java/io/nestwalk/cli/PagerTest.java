package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a pager is started, and that nothing is lost by it. */
class PagerTest {

  private static final int LINES = 5;
  private static final int COLUMNS = 20;

  @TempDir private Path folder;
  private final StringWriter screen = new StringWriter();

  private Pager pager(String command) {
    return new Pager(screen, command, LINES, COLUMNS);
  }

  private Path seen() {
    return folder.resolve("seen");
  }

  @Test
  void whatFitsStartsNoPager() throws IOException {
    try (Pager pager = pager("cat > '%s'".formatted(seen()))) {
      pager.write("1\n2\n3\n4\n");
      pager.flush();
      assertThat(screen.toString()).isEmpty();
      assertThat(pager.isRunning()).isFalse();
    }
    assertThat(screen).hasToString("1\n2\n3\n4\n");
    assertThat(seen()).doesNotExist();
  }

  @Test
  void whatIsLongerGoesThroughIt() throws IOException {
    try (Pager pager = pager("cat > '%s'; echo done >> '%1$s'".formatted(seen()))) {
      pager.write("1\n2\n3\n4\n5\n");
      pager.write("6 \u00e4\n");
    }
    assertThat(seen()).hasContent("1\n2\n3\n4\n5\n6 \u00e4\ndone\n");
    assertThat(screen.toString()).isEmpty();
  }

  @Test
  void aLineOfSeveralScreenLinesCountsAsThose() throws IOException {
    try (Pager pager = pager("cat > '%s'".formatted(seen()))) {
      pager.write("x".repeat(4 * COLUMNS) + "\n");
      assertThat(pager.isRunning()).isFalse();
      pager.write("y".repeat(COLUMNS + 1));
      assertThat(pager.isRunning()).isTrue();
    }
    assertThat(screen.toString()).isEmpty();
  }

  /** As where a reader of a pipe leaves: the command ends, and that is no fault. */
  @Test
  void aUserWhoLeavesEndsTheCommand() throws IOException {
    Pager pager = pager("exec true");
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000_000; i++) {
                pager.write("a line of text that fills the pipe some time\n");
              }
            })
        .isInstanceOfSatisfying(
            StandardOutput.LostException.class, e -> assertThat(e.isReaderGone()).isTrue());
    try {
      pager.close();
    } catch (StandardOutput.LostException e) {
      assertThat(e.isReaderGone()).isTrue();
    }
  }

  @Test
  void exitCodesAreTheCommands() throws IOException {
    String[][] lines = {
      {"help", "ps"}, {"schema", "ps"}, {"schema", "nonesuch"}, {"info", "nonesuch"}, {"ps", "--x"}
    };
    for (String[] line : lines) {
      int plain = Nestwalk.run(new PrintWriter(screen), new PrintWriter(new StringWriter()), line);
      try (Pager pager = pager("cat > '%s'; exit 9".formatted(seen()))) {
        PrintWriter out = new TerminalWriter(pager, COLUMNS, false);
        assertThat(Nestwalk.run(out, new PrintWriter(new StringWriter()), line)).isEqualTo(plain);
      }
    }
    assertThat(Files.readString(seen())).contains("\"$schema\"");
  }

  @Test
  void messagesStandInThePagersText() throws IOException {
    StringWriter err = new StringWriter();
    try (Pager pager = pager("cat > '%s'".formatted(seen()));
        PagedMessages messages = new PagedMessages(err, pager)) {
      messages.write("before\n");
      pager.write("1\n2\n3\n4\n5\n");
      messages.write("\rsurvey [###]");
      messages.write("behind\n");
    }
    assertThat(err).hasToString("before\n");
    assertThat(seen()).hasContent("1\n2\n3\n4\n5\nbehind\n");
  }

  @Test
  void theUserSaysWhichAndWhether() throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    for (String name : new String[] {"less", "most"}) {
      assertThat(Files.createFile(bin.resolve(name)).toFile().setExecutable(true)).isTrue();
    }
    String path = bin.toString();
    assertThat(Pager.wanted(Map.of("PATH", path))).contains("less");
    assertThat(Pager.wanted(Map.of("PATH", path, "PAGER", "most -s"))).contains("most -s");
    assertThat(Pager.wanted(Map.of("PATH", path, "PAGER", "most", "NESTWALK_PAGER", "less -S")))
        .contains("less -S");
    for (String none : new String[] {"", " ", "cat", "nonesuch -x", "/nonesuch/less"}) {
      assertThat(Pager.wanted(Map.of("PATH", path, "NESTWALK_PAGER", none))).as(none).isEmpty();
    }
    assertThat(Pager.wanted(Map.of())).isEmpty();
  }
}
