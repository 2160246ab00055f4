package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdInputStream;
import io.nestwalk.fleet.table.Table;
import io.nestwalk.session.Case;
import io.nestwalk.session.CaseOptions;
import io.nestwalk.session.Selector;
import io.nestwalk.survey.SurveyRecord;
import io.nestwalk.survey.SurveyStore;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real host with its guest at the beginning of an image of 200 GiB that is holes otherwise. */
class LargeImageTest {

  private static final Path SAMPLES =
      Path.of(System.getProperty("nestwalk.root", ".."), "samples").toAbsolutePath().normalize();
  private static final long GIBIBYTE = 1L << 30;

  @TempDir static Path folder;
  private static Path image;

  @BeforeAll
  static void make() throws Exception {
    image = folder.resolve("large.raw");
    byte[] page = new byte[4096];
    byte[] zeros = new byte[page.length];
    try (InputStream in =
            new ZstdInputStream(Files.newInputStream(SAMPLES.resolve("kvm-ept.raw.zst")));
        RandomAccessFile out = new RandomAccessFile(image.toFile(), "rw")) {
      long at = 0;
      for (int got = in.readNBytes(page, 0, page.length);
          got > 0;
          got = in.readNBytes(page, 0, page.length)) {
        if (!Arrays.equals(page, zeros)) {
          out.seek(at);
          out.write(page, 0, got);
        }
        at += got;
      }
      out.setLength(200 * GIBIBYTE);
    }
  }

  private static Tables job(String piece) {
    Path out = folder.resolve("tables" + piece);
    assertThat(
            Job.run(
                "local[2]",
                List.of("--images", "file:" + image, "--out", "file:" + out, "--piece", piece)))
        .contains("1 image: 1 done");
    return new Tables(out);
  }

  @Test
  void inPiecesItIsWhatItIsAsAWhole() throws Exception {
    Tables whole = job("1000000");
    Tables cut = job("48");
    assertThat(pieces(whole)).isEqualTo(1);
    assertThat(pieces(cut)).isGreaterThan(1);
    for (Table table : Table.contents()) {
      List<String> rows = sorted(whole.rows(table, ""));
      assertThat(sorted(cut.rows(table, ""))).as(table.folder()).isEqualTo(rows);
      assertThat(rows.isEmpty()).as(table.folder()).isEqualTo(table == Table.FINDINGS);
    }
    assertThat(cut.rows(Table.MACHINES, "")).hasSize(2);
  }

  private static long pieces(Tables tables) throws Exception {
    return tables.rows(Table.IMAGES, "").getFirst().path("pieces").asLong();
  }

  private static List<String> sorted(List<JsonNode> rows) {
    return rows.stream().map(JsonNode::toString).sorted().toList();
  }

  /** Keeps the record of a survey. */
  private static final class Kept implements SurveyStore {
    private final AtomicReference<SurveyRecord> record = new AtomicReference<>();

    @Override
    public Optional<SurveyRecord> recall(Set<String> detectors) {
      return Optional.empty();
    }

    @Override
    public void keep(SurveyRecord made) {
      record.set(made);
    }
  }

  /** By ranges from another file system: what a question needs of 8 GiB that are known. */
  @Test
  void aQuestionReadsLittleOfWhatWasSurveyed() throws Exception {
    Path eight = folder.resolve("eight.raw");
    Files.createLink(eight, image);
    JsonNode truth =
        new ObjectMapper()
            .readTree(SAMPLES.resolve("kvm-ept.truth.json").toFile())
            .path("machines")
            .path("vm1")
            .path("pages")
            .path(0);
    try (RandomAccessFile file = new RandomAccessFile(eight.toFile(), "rw")) {
      file.setLength(8 * GIBIBYTE);
    }
    Kept kept = new Kept();
    try (Case local = Case.open(eight, CaseOptions.defaults().knowing(kept))) {
      assertThat(local.machines().all()).hasSize(2);
    }
    Configuration files = new Configuration();
    files.set("fs.elsewhere.impl", ElsewhereFileSystem.class.getName());
    ImageFile elsewhere = new ImageFile("elsewhere:" + eight, 8 * GIBIBYTE, Instant.EPOCH);
    try (OpenedImage<Case> info =
        OpenedImage.asCase(elsewhere, new KnownSurvey(kept.record.get()), files)) {
      assertThat(info.get().image().format()).isEqualTo("raw");
      long read = info.bytesRead().orElseThrow();
      assertThat(read).isPositive().isLessThan(8 * GIBIBYTE / 100);
      String text = truth.path("text").asText();
      byte[] found =
          info.get()
              .space("vm1", Selector.process(truth.path("pid").asInt()))
              .read(Long.decode(truth.path("va").asText()), text.length());
      assertThat(new String(found, StandardCharsets.UTF_8)).isEqualTo(text);
      read = info.bytesRead().orElseThrow();
      assertThat(read).isLessThan(8 * GIBIBYTE / 100);
    }
  }
}
