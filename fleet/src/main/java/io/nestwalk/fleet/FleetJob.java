package io.nestwalk.fleet;

import io.nestwalk.find.PatternException;
import io.nestwalk.fleet.opensearch.OpenSearchStore;
import io.nestwalk.fleet.table.Table;
import io.nestwalk.wording.Count;
import io.nestwalk.yara.YaraException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The job: images in, tables out. */
@Command(
    name = "nestwalk-fleet",
    description = {
      "Analyzes many memory images, or large ones in pieces, as an Apache Spark job, and writes"
          + " what the commands answer as Parquet tables.",
      "Run again with the same options it does what is missing; with other patterns or another"
          + " limit it does all again.",
      ""
    },
    mixinStandardHelpOptions = true)
public final class FleetJob implements Callable<Integer> {

  private static final String CASE_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
  private static final long MEBIBYTE = 1L << 20;
  private static final int MOST_RULES = 8 << 20;

  /** How often Spark tries a task: its own default, and in local mode. */
  private static final int ATTEMPTS = 4;

  private static final int LOCAL_ATTEMPTS = 1;

  /** The master of local mode that names a number of attempts: {@code local[4,2]}. */
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[[^,]*(?:,\\s*([0-9]+)\\s*)?])?");

  @Spec private CommandSpec spec;

  @Option(
      names = "--images",
      paramLabel = "PATTERN",
      required = true,
      description =
          "images or folders of them, in any of Hadoop's file systems: file:/dumps/*.elf.zst,"
              + " s3a://dumps/2026; may be given again")
  private List<String> images;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      required = true,
      description = "where the tables are written")
  private String out;

  @Option(
      names = "--case",
      paramLabel = "NAME",
      description = "under which name they are filed (default: ${DEFAULT-VALUE})")
  private String caseName = "fleet";

  @Option(
      names = "--find",
      paramLabel = "PATTERN",
      description =
          "what to look for in memory: text:T, hex:H, regex:R or a text alone; may be given again")
  private List<String> patterns = List.of();

  @Option(
      names = "--yara",
      paramLabel = "FILE",
      description =
          "try these YARA rules on every process, by the executors' libyara; a file of any of"
              + " Hadoop's file systems")
  private String rules = "";

  @Option(
      names = "--into",
      paramLabel = "URL",
      description =
          "write machines, processes, mappings, runs of pages, findings and hits of --yara into an"
              + " index of OpenSearch too: https://HOST[:PORT]/NAME; user and password come from"
              + " the environment of driver and executors")
  private String into = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "keep at most so many hits of an image (default: ${DEFAULT-VALUE})")
  private int limit = 100_000;

  @Option(
      names = "--piece",
      paramLabel = "MIB",
      description =
          "survey an image of more than so much in pieces of that size (default: ${DEFAULT-VALUE})")
  private int piece = 4096;

  @Option(
      names = "--retry-failed",
      description = "try images again that an earlier run could not read")
  private boolean retryFailed;

  /**
   * Runs the job.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    int status = new CommandLine(new FleetJob()).execute(arguments);
    if (status != 0) {
      System.exit(status);
    }
  }

  @Override
  public Integer call() throws IOException {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.app.name", "nestwalk-fleet");
    conf.setIfMissing("spark.master", "local[*]");
    FleetSettings asked = settings(attempts(conf));
    PrintWriter err = spec.commandLine().getErr();
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      Configuration configuration = spark.hadoopConfiguration();
      FleetSettings settings = asked.trying(rules(configuration));
      List<ImageFile> listed = ImageListing.of(images, configuration);
      publishSchemas(new Path(out), configuration);
      Finished finished = new Finished(settings, configuration);
      List<ImageFile> missing =
          listed.stream().filter(image -> !finished.has(image, retryFailed)).toList();
      for (ImageFile image : missing) {
        if (finished.isKnown(image)) {
          new ImageRow(settings, image, configuration).clear(); // its rows are of another question
        } else {
          // What a job that was lost left there may be cut into other parts than now.
          IndexPart.clear(settings, image);
        }
      }
      List<Outcome> outcomes = new Fleet(spark, settings, piece * MEBIBYTE).analyze(missing);
      // What executors left that were lost on the way.
      settings.unfinished().getFileSystem(configuration).delete(settings.unfinished(), true);
      List<Outcome> failed =
          outcomes.stream().filter(outcome -> outcome.reason().isPresent()).toList();
      failed.forEach(
          each -> err.printf("nestwalk-fleet: %s: %s%n", each.image().uri(), each.failure()));
      err.printf(
          "nestwalk-fleet: %s: %d done, %d failed, %d finished before%n",
          Count.of(listed.size(), "image"),
          outcomes.size() - failed.size(),
          failed.size(),
          listed.size() - missing.size());
      err.flush();
      return 0;
    } catch (java.io.FileNotFoundException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** How often Spark will try a task, so that the last try is known as such. */
  static int attempts(SparkConf conf) {
    Matcher local = LOCAL.matcher(conf.get("spark.master"));
    if (!local.matches()) {
      return conf.getInt("spark.task.maxFailures", ATTEMPTS);
    }
    return local.group(1) == null ? LOCAL_ATTEMPTS : Integer.parseInt(local.group(1));
  }

  /** The cluster's index, if it is one; what is wrong with it is told before work begins. */
  private String index() {
    if (into.isEmpty()) {
      return "";
    }
    try {
      OpenSearchStore.at(new URI(into));
      return into;
    } catch (URISyntaxException e) {
      // What it was is not repeated: it may hold a password.
      throw new ParameterException(spec.commandLine(), "--into: no address: " + e.getReason(), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--into: " + e.getMessage(), e);
    }
  }

  /** The rules, if there are any; what is wrong with them is told before work begins. */
  private RuleText rules(Configuration configuration) throws IOException {
    if (rules.isEmpty()) {
      return RuleText.NONE;
    }
    Path file = new Path(rules);
    byte[] bytes;
    try (InputStream in = file.getFileSystem(configuration).open(file)) {
      bytes = in.readNBytes(MOST_RULES + 1);
    }
    if (bytes.length == 0) {
      throw new ParameterException(spec.commandLine(), "--yara: holds no rules: " + rules);
    }
    if (bytes.length > MOST_RULES) {
      throw new ParameterException(spec.commandLine(), "--yara: longer than 8 MiB: " + rules);
    }
    RuleText source = new RuleText(file.getName(), bytes);
    try {
      source.compile(rules).close();
    } catch (YaraException e) {
      if (e.fault() == YaraException.Cause.RULES) {
        throw new ParameterException(spec.commandLine(), "--yara: " + e.getMessage(), e);
      }
      // Executors may have the library that is missing here, and say so when not.
    }
    return source;
  }

  private FleetSettings settings(int attempts) {
    if (!caseName.matches(CASE_NAME)) {
      throw new ParameterException(
          spec.commandLine(), "--case: letters, digits, dots, dashes and underscores");
    }
    if (limit < 1 || piece < 1) {
      throw new ParameterException(spec.commandLine(), "--limit and --piece must be at least 1");
    }
    FleetSettings settings =
        new FleetSettings(
            out,
            index(),
            UUID.randomUUID().toString(),
            caseName,
            patterns,
            RuleText.NONE,
            limit,
            attempts);
    try {
      settings.compiledPatterns();
    } catch (PatternException e) {
      throw new ParameterException(spec.commandLine(), "--find: " + e.getMessage(), e);
    }
    return settings;
  }

  /** The schemas of the rows, beside the tables: {@code _schemas/processes.json}. */
  private static void publishSchemas(Path out, Configuration configuration) throws IOException {
    FileSystem files = out.getFileSystem(configuration);
    for (Table table : Table.values()) {
      Path place = new Path(new Path(out, "_schemas"), table.folder() + ".json");
      try (OutputStream schema = files.create(place, true)) {
        schema.write(table.rowSchema().toPrettyString().getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
