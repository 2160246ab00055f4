package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.session.Case;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine;

/** The job, as tests run it in their own JVM: it has the one context of Spark's for itself. */
public final class Job {

  private Job() {}

  /** Runs it, and gives what it said; it must come to a good end. */
  public static String run(String master, List<String> arguments) {
    System.setProperty("spark.master", master);
    StringWriter said = new StringWriter();
    int code = run(said, arguments.toArray(String[]::new));
    assertThat(code).as(said.toString()).isZero();
    return said.toString();
  }

  /**
   * What tasks of several runs do with their rules, one after the other, without the rest of them.
   *
   * @param image a file
   * @param into the cluster's index
   * @param out a folder for tables
   * @param rules of each run
   */
  public static void keepRuleHits(Path image, String into, Path out, List<String> rules)
      throws Exception {
    Configuration files = new Configuration();
    ImageFile named = ImageListing.of(List.of(image.toUri().toString()), files).getFirst();
    try (Case opened = Case.open(image)) {
      ImageContents contents = new ImageContents(opened);
      for (String text : rules) {
        RuleText source = new RuleText("r.yar", text.getBytes(StandardCharsets.UTF_8));
        FleetSettings settings =
            new FleetSettings("file:" + out, into, "run", "test", List.of(), source, 100, 1);
        try (TableSet tables = new TableSet(settings, named, 0, files)) {
          assertThat(contents.addRuleHits(settings, named, tables)).isTrue();
        }
        IndexPart.finish(settings, named);
      }
    }
  }

  /** Runs it, however it ends, and gives its status. */
  static int run(StringWriter said, String... arguments) {
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.io.compression.codec", "zstd");
    Tables.endSession();
    return new CommandLine(new FleetJob()).setErr(new PrintWriter(said)).execute(arguments);
  }
}
