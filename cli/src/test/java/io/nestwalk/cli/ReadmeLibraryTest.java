package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines that README shows under "As a library" compile and do what it says. */
class ReadmeLibraryTest {

  private static final Pattern BLOCK =
      Pattern.compile("## As a library.*?```java\\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  @Test
  void theShownLinesRun() throws Exception {
    Path root = Path.of(System.getProperty("nestwalk.root"));
    Matcher block = BLOCK.matcher(Files.readString(root.resolve("README.md")));
    assertThat(block.find()).isTrue();
    String output = run(block.group(1).replace("dump.elf.zst", sample(root)));
    assertThat(output).contains("vm1 1 init").contains("0x4a1d040").contains("NESTED-MARKER");
  }

  private static String sample(Path root) {
    return root.resolve("samples/kvm-npt.elf.zst").toString().replace("\\", "/");
  }

  private String run(String lines) throws Exception {
    String imports =
        lines.lines().filter(line -> line.startsWith("import ")).reduce("", String::concat);
    String body =
        lines
            .lines()
            .filter(line -> !line.startsWith("import "))
            .reduce("", (a, b) -> a + b + "\n");
    Path source = folder.resolve("Shown.java");
    Files.writeString(
        source,
        imports
            + "public class Shown { public static void main(String[] a) throws Exception {\n"
            + body
            + "}}");
    compile(source);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
      loader
          .loadClass("Shown")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void compile(Path source) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    ByteArrayOutputStream messages = new ByteArrayOutputStream();
    int status =
        compiler.run(
            null,
            messages,
            messages,
            "-proc:none",
            "-d",
            folder.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            source.toString());
    assertThat(status).as(messages.toString(StandardCharsets.UTF_8)).isZero();
  }
}
