package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.fleet.table.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of JVMs of which a worker is killed while it is at work. */
class ClusterTest {

  private static final Path SAMPLES =
      Path.of(System.getProperty("nestwalk.root", ".."), "samples").toAbsolutePath().normalize();

  /** Names of images, with how many copies there are of each sample. */
  private static final Map<String, Integer> COPIES =
      Map.of("kvm-npt%s.elf.zst", 2, "tinyos%s.raw.zst", 6);

  @TempDir Path folder;

  @Test
  void losesNothingWhenAWorkerIsKilled() throws Exception {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (Map.Entry<String, Integer> each : COPIES.entrySet()) {
      for (int i = 0; i < each.getValue(); i++) {
        Files.createSymbolicLink(
            images.resolve(each.getKey().formatted(i)),
            SAMPLES.resolve(each.getKey().formatted("")));
      }
    }
    // Each of the two images alone: the copies have the same rows.
    Path alone = folder.resolve("alone");
    for (String name : COPIES.keySet()) {
      run("local[2]", images.resolve(name.formatted(0)), alone);
    }

    Path out = folder.resolve("clustered");
    try (StandaloneCluster cluster = new StandaloneCluster(folder)) {
      CompletableFuture<Void> job =
          CompletableFuture.runAsync(
              () ->
                  assertThat(run(cluster.master(), images, out))
                      .contains("8 images: 8 done, 0 failed"));
      StandaloneCluster.await(() -> job.isDone() || Files.isDirectory(out.resolve("images")));
      assertThat(job).as("the job is at work when a worker is killed").isNotDone();
      cluster.killWorker();
      job.get(5, TimeUnit.MINUTES);
    }
    assertThat(new Tables(out).files()).hasSize(8 * (1 + Table.contents().size()));
    for (Map.Entry<String, Integer> each : COPIES.entrySet()) {
      for (Table table : List.of(Table.MACHINES, Table.PROCESSES, Table.FINDINGS)) {
        List<String> rows = sorted(alone, table, images.resolve(each.getKey().formatted(0)));
        assertThat(rows.isEmpty())
            .isEqualTo(
                table == Table.FINDINGS
                    || (table == Table.PROCESSES && each.getKey().startsWith("tiny")));
        for (int i = 0; i < each.getValue(); i++) {
          Path image = images.resolve(each.getKey().formatted(i));
          assertThat(sorted(out, table, image)).as(image + " " + table).isEqualTo(rows);
        }
      }
    }
  }

  private static List<String> sorted(Path out, Table table, Path image) throws Exception {
    return new Tables(out)
        .rows(table, "file:" + image).stream().map(Object::toString).sorted().toList();
  }

  private static String run(String master, Path images, Path out) {
    return Job.run(master, List.of("--images", "file:" + images, "--out", "file:" + out));
  }
}
