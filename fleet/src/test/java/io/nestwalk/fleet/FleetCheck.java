package io.nestwalk.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.cli.Nestwalk;
import io.nestwalk.fleet.table.Table;
import io.nestwalk.index.ImageIdentity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A fleet of many images in many forms and containers, some of them broken, held against what the
 * commands answer: with two threads, with four, and in a cluster of which a worker is killed.
 */
final class FleetCheck {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is compared, with the command that answers it; those of an index have their query. */
  private static final Map<Table, String> COMMANDS = new EnumMap<>(Table.class);

  static {
    COMMANDS.put(Table.MACHINES, "machines");
    COMMANDS.put(Table.PROCESSES, "ps");
    COMMANDS.put(Table.MODULES, "modules");
    COMMANDS.put(Table.SOCKETS, "netstat");
    COMMANDS.put(Table.FINDINGS, "kind:finding");
    COMMANDS.put(Table.MAPPINGS, "kind:mapping");
    COMMANDS.put(Table.RUNS, "kind:run");
  }

  /**
   * Rows without their order.
   *
   * @param count how many there are
   * @param hash the sum of their hashes
   */
  private record Rows(long count, long hash) {
    private static final Rows NONE = new Rows(0, 0);

    Rows and(JsonNode row) {
      return new Rows(
          count + 1,
          hash
              + Long.parseUnsignedLong(
                  ImageIdentity.sha256(
                          Tables.plain(row).toString().getBytes(StandardCharsets.UTF_8))
                      .substring(0, 16),
                  16));
    }
  }

  /**
   * What is known of an image.
   *
   * @param status done or failed
   * @param reason why it failed; empty when it did not
   * @param tables its rows
   */
  private record Known(String status, String reason, Map<Table, Rows> tables) {}

  private final Path scratch;
  private final Path images;
  private final PrintWriter out;
  private int differences;

  /**
   * A check.
   *
   * @param scratch a folder for all that it makes, which must not be there
   * @param out is told what was done and what differs
   */
  FleetCheck(Path scratch, PrintWriter out) {
    this.scratch = scratch;
    this.images = scratch.resolve("images");
    this.out = out;
  }

  /**
   * Runs it.
   *
   * @param given images, packed with zstd or as they are
   * @return whether all answers are the same
   */
  boolean run(List<Path> given) throws Exception {
    Files.createDirectories(images.getParent());
    List<Path> made = new ManyForms(images).make(given);
    long bytes = 0;
    for (Path each : made) {
      bytes += Files.size(each);
    }
    out.printf("%d images, %d MB%n", made.size(), bytes / 1_000_000);

    Map<String, Known> two = job("local[2]", "two");
    Map<String, Known> commands = new TreeMap<>();
    long begin = System.nanoTime();
    for (Path each : made) {
      commands.put(each.getFileName().toString(), commands(each, two));
    }
    out.printf("commands: %d s%n", seconds(begin));
    compare("two threads and the commands", two, commands);
    compare("two threads and four", two, job("local[4]", "four"));
    try (StandaloneCluster cluster =
        new StandaloneCluster(Files.createDirectory(scratch.resolve("cluster")))) {
      Path rows = scratch.resolve("clustered/images");
      CompletableFuture<Void> killed =
          CompletableFuture.runAsync(
              () -> {
                try {
                  StandaloneCluster.await(() -> finished(rows) >= made.size() / 4);
                  out.printf("a worker is killed after %d images%n", finished(rows));
                  cluster.killWorker();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      Map<String, Known> clustered = job(cluster.master(), "clustered");
      killed.get();
      compare("two threads and a cluster that lost a worker", two, clustered);
    }
    Map<Table, Long> sums = new EnumMap<>(Table.class);
    two.values()
        .forEach(
            each ->
                each.tables().forEach((table, rows) -> sums.merge(table, rows.count(), Long::sum)));
    out.printf(
        "%d done, %d failed; rows: %s; %s%n",
        two.values().stream().filter(each -> each.status().equals("done")).count(),
        two.values().stream().filter(each -> each.status().equals("failed")).count(),
        sums,
        differences == 0 ? "no difference" : differences + " differences");
    return differences == 0;
  }

  private static long seconds(long begin) {
    return (System.nanoTime() - begin) / 1_000_000_000;
  }

  /** How many images have a row. */
  private static int finished(Path rows) {
    try (Stream<Path> all = Files.walk(rows)) {
      return (int) all.filter(file -> file.toString().endsWith(".parquet")).count();
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0;
    }
  }

  private Map<String, Known> job(String master, String name) throws Exception {
    long begin = System.nanoTime();
    Path tables = scratch.resolve(name);
    String said = Job.run(master, List.of("--images", "file:" + images, "--out", "file:" + tables));
    out.printf("%s: %d s: %s%n", name, seconds(begin), said.lines().reduce((a, b) -> b).orElse(""));
    Map<String, Known> known = new TreeMap<>();
    Map<String, String> names = new LinkedHashMap<>();
    Tables read = new Tables(tables);
    for (JsonNode row : read.ask("select * from images")) {
      String file =
          Path.of(row.path("uri").asText().substring("file:".length())).getFileName().toString();
      names.put(row.path("image").asText(), file);
      known.put(
          file,
          new Known(
              row.path("status").asText(),
              row.path("reason").asText(),
              new EnumMap<>(Table.class)));
    }
    for (Table table : COMMANDS.keySet()) {
      read.forEach(
          table,
          row -> {
            String file = names.get(row.path("image").asText());
            ((ObjectNode) row).remove(List.of("case", "image"));
            known
                .get(file)
                .tables()
                .merge(
                    table,
                    Rows.NONE.and(row),
                    (a, b) -> new Rows(a.count() + b.count(), a.hash() + b.hash()));
          });
    }
    return known;
  }

  /** What the commands answer about an image. */
  private Known commands(Path image, Map<String, Known> expected) throws Exception {
    Map<Table, Rows> tables = new EnumMap<>(Table.class);
    StringWriter err = new StringWriter();
    Path folder = scratch.resolve("case").resolve(image.getFileName().toString());
    int code = ask(new StringWriter(), err, "index", image.toString(), "-o", folder.toString());
    if (code != 0) {
      // The line names the file; the row has it beside.
      String reason =
          expected
              .getOrDefault(image.getFileName().toString(), new Known("", "?", Map.of()))
              .reason();
      String said = err.toString();
      return new Known(
          code == 3 ? "failed" : "status " + code,
          !reason.isEmpty() && said.contains(reason) ? reason : said,
          tables);
    }
    for (Map.Entry<Table, String> each : COMMANDS.entrySet()) {
      StringWriter answer = new StringWriter();
      boolean query = each.getValue().startsWith("kind:");
      code =
          query
              ? ask(
                  answer,
                  err,
                  "search",
                  folder.toString(),
                  each.getValue(),
                  "--limit",
                  "10000000",
                  "--format",
                  "ndjson")
              : ask(answer, err, each.getValue(), image.toString(), "--format", "ndjson");
      Rows rows = Rows.NONE;
      BufferedReader lines = new BufferedReader(new StringReader(answer.toString()));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode row = JSON.readTree(line);
        if (!row.has("coverage")) {
          rows = rows.and(Commands.asInTable((ObjectNode) row));
        }
      }
      if (code != 0 && code != 4) {
        out.printf("%s: %s: status %d: %s%n", image.getFileName(), each.getValue(), code, err);
        differences++;
      }
      if (rows.count() > 0) {
        tables.put(each.getKey(), rows);
      }
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
    return new Known("done", "", tables);
  }

  private static int ask(StringWriter out, StringWriter err, String... arguments) {
    return Nestwalk.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }

  private void compare(String what, Map<String, Known> one, Map<String, Known> other) {
    List<String> different = new ArrayList<>();
    TreeMap<String, Known> all = new TreeMap<>(one);
    all.putAll(other);
    for (String name : all.keySet()) {
      Known a = one.get(name);
      Known b = other.get(name);
      if (a == null || !a.equals(b)) {
        different.add("%s: %s%n    and %s".formatted(name, a, b));
      }
    }
    out.printf("%s: %d of %d images differ%n", what, different.size(), all.size());
    different.forEach(each -> out.println("  " + each));
    differences += different.size();
  }
}
