import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Runs google-java-format over every Java file below a folder, or over named files.
 *
 * <p>{@code java Format.java check|apply ROOT [FILE...]}: {@code check} lists the files that are
 * not formatted and exits with 1 when there are any; {@code apply} rewrites them. A program of its
 * own because the formatter's command line takes no folders.
 */
public final class Format {
  private static final Set<String> SKIPPED_FOLDERS = Set.of("target", "node_modules");

  private Format() {}

  /** What became of one file; {@code problem} is null when it could be parsed. */
  private record Outcome(Path file, boolean changed, String problem) {}

  public static void main(String[] args) throws IOException {
    boolean apply =
        switch (args[0]) {
          case "check" -> false;
          case "apply" -> true;
          default -> throw new IllegalArgumentException("check or apply, not " + args[0]);
        };
    Path root = Path.of(args[1]);
    List<Path> files = new ArrayList<>();
    for (int i = 2; i < args.length; i++) {
      files.add(Path.of(args[i]));
    }
    if (files.isEmpty()) {
      collect(root, files);
    }

    List<Outcome> outcomes = files.parallelStream().map(file -> format(file, apply)).toList();
    int faults = 0;
    for (Outcome outcome : outcomes) {
      Path name = outcome.file.startsWith(root) ? root.relativize(outcome.file) : outcome.file;
      if (outcome.problem != null) {
        System.err.println("cannot be parsed: " + name + ": " + outcome.problem);
        faults++;
      } else if (outcome.changed) {
        System.err.println((apply ? "formatted: " : "not formatted: ") + name);
        faults += apply ? 0 : 1;
      }
    }
    if (faults > 0) {
      System.err.println("To format: mvn -q -N verify -Dformat=apply");
      System.exit(1);
    }
  }

  private static Outcome format(Path file, boolean apply) {
    try {
      String source = Files.readString(file);
      String formatted = new Formatter().formatSourceAndFixImports(source);
      boolean changed = !formatted.equals(source);
      if (changed && apply) {
        Files.writeString(file, formatted);
      }
      return new Outcome(file, changed, null);
    } catch (FormatterException | IOException e) {
      return new Outcome(file, false, e.getMessage());
    }
  }

  private static void collect(Path folder, List<Path> files) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      for (Path child : children.sorted().toList()) {
        String name = child.getFileName().toString();
        if (Files.isDirectory(child)) {
          if (!name.startsWith(".") && !SKIPPED_FOLDERS.contains(name)) {
            collect(child, files);
          }
        } else if (name.endsWith(".java")) {
          files.add(child);
        }
      }
    }
  }
}
