package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
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

  /** Runs it, however it ends, and gives its status. */
  static int run(StringWriter said, String... arguments) {
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.io.compression.codec", "zstd");
    Tables.endSession();
    return new CommandLine(new FleetJob()).setErr(new PrintWriter(said)).execute(arguments);
  }
}
