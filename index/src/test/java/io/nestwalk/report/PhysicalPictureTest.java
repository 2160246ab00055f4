package io.nestwalk.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RunEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PhysicalPictureTest {

  private static final long MIB = 1L << 20;
  private static final long FAR = 1L << 32;

  private final PhysicalExtent extent = new PhysicalExtent(new PhysicalPicture.Axis("vm1"));

  private static RunEntry run(Entry.Space space, int pid, String path, long gpa, long length) {
    return new RunEntry(
        "vm1",
        space,
        pid == 0 ? OptionalInt.empty() : OptionalInt.of(pid),
        "p" + pid,
        Optional.ofNullable(path),
        space == Entry.Space.PHYSICAL ? gpa : 0x7000_0000_0000L + gpa,
        gpa,
        RunEntry.NONE,
        RunEntry.NONE,
        length,
        0,
        12);
  }

  private static RunEntry process(int pid, long gpa, long length) {
    return run(Entry.Space.USER, pid, null, gpa, length);
  }

  private JsonNode drawn(PhysicalPicture picture, RunEntry... runs) {
    for (RunEntry each : runs) {
      picture.add(each);
    }
    return picture.json();
  }

  private void look(RunEntry... runs) {
    for (RunEntry each : runs) {
      extent.add(each);
    }
  }

  /** The pids of the owners of cells, one for each cell; -1 for nobody. */
  private static List<Integer> pids(JsonNode picture) {
    List<Integer> pids = new ArrayList<>();
    JsonNode cells = picture.path("cells");
    for (int i = 0; i < cells.size(); i += 2) {
      JsonNode owner = picture.path("owners").path(cells.path(i).asInt());
      for (int j = 0; j < cells.path(i + 1).asInt(); j++) {
        pids.add(owner.path("pid").asInt(-1));
      }
    }
    return pids;
  }

  @Test
  void aPictureIsOfAllOrOfTheLargestStretch() {
    RunEntry[] runs = {
      process(1, MIB, MIB), process(2, FAR, 8 * MIB), process(1, 3 * MIB, MIB),
    };
    look(runs);
    JsonNode whole = drawn(extent.whole(1 << 14), runs);
    assertThat(whole.path("origin").asText()).isEqualTo("0x100000");
    assertThat(whole.path("extents"))
        .hasToString(
            "[{\"start\":\"0x100000\",\"length\":%d},{\"start\":\"0x100000000\",\"length\":%d}]"
                .formatted(3 * MIB, 8 * MIB));
    assertThat(whole.path("cellBytes").asLong() * pids(whole).size())
        .isGreaterThanOrEqualTo(FAR + 7 * MIB);
    JsonNode largest = drawn(extent.largest(8), runs);
    assertThat(largest.path("origin").asText()).isEqualTo("0x100000000");
    assertThat(largest.path("cellBytes").asLong()).isEqualTo(MIB);
    assertThat(pids(largest)).hasSize(8).containsOnly(2);
  }

  @Test
  void whatIsOnNoAxisOrMapsAllMemorySaysNothing() {
    look(run(Entry.Space.KERNEL, 0, "[linear map]", 0, 4 * MIB));
    look(process(1, MIB, MIB), process(2, RunEntry.NONE, MIB));
    JsonNode picture =
        drawn(
            extent.whole(4),
            run(Entry.Space.KERNEL, 0, "[linear map]", 0, 4 * MIB),
            process(1, MIB, MIB),
            process(2, RunEntry.NONE, MIB));
    assertThat(pids(picture)).containsExactly(-1, 1, -1, -1);
    assertThat(picture.path("extents")).hasSize(1);
  }

  @Test
  void aCellIsOfWhoHasMostOfItAndSaysMost() {
    RunEntry[] runs = {
      run(Entry.Space.PHYSICAL, 0, null, 0, 2 * MIB),
      process(1, 0, 4096),
      process(2, 8192, 8192),
      process(1, 16384, 8192),
      process(2, MIB, 4096),
    };
    look(runs);
    assertThat(pids(drawn(extent.whole(2), runs))).containsExactly(1, 2);
  }

  @Test
  void withoutRunsItIsEmpty() {
    assertThat(pids(extent.whole(16).json())).isEmpty();
    assertThat(pids(extent.largest(16).json())).isEmpty();
  }
}
