package io.nestwalk.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.paging.Translation;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.survey.HeldSurveys;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.system.GuestSystems;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * How much of a sample's memory is read for what is asked, beside {@code reads.properties}: counts
 * are the same on every machine, where times are not. A tenth more fails; less does not, and is
 * kept by writing it there.
 */
class ReadsTest {

  private static final int TRANSLATIONS = 1 << 16;

  /** A tenth more is no matter: a kernel's structure that is looked at besides. */
  private static final double MORE = 1.1;

  @Test
  void noMoreIsReadThanBefore() throws Exception {
    Properties before = new Properties();
    try (InputStream stored = ReadsTest.class.getResourceAsStream("reads.properties")) {
      before.load(stored);
    }
    Map<String, Long> now = count();
    String lines =
        now.entrySet().stream()
            .map(count -> count.getKey() + "=" + count.getValue())
            .collect(Collectors.joining("\n"));
    assertThat(now)
        .as("what was read; where that is meant, reads.properties is to hold:\n%s\n", lines)
        .containsOnlyKeys(before.stringPropertyNames())
        .allSatisfy(
            (what, count) ->
                assertThat((double) count)
                    .as(what)
                    .isPositive()
                    .isLessThanOrEqualTo(Long.parseLong(before.getProperty(what)) * MORE));
  }

  private static Map<String, Long> count() throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    Path sample = Path.of(System.getProperty("nestwalk.root", ".."), "samples", "kvm-npt.elf.zst");
    try (MemoryImage image = MemoryImages.open(sample, OpenOptions.defaults())) {
      CountedMemory memory = new CountedMemory(image.memory());
      MemoryImage counted =
          MemoryImage.of(image.file(), image.format(), memory)
              .architecture(image.architecture())
              .cpus(image.cpus())
              .runs(image.runs())
              .build();
      SurveyStore store = new HeldSurveys();
      askedFor(counted, store);
      counts.put("machinesAndProcesses.numbers", memory.numbers());
      counts.put("machinesAndProcesses.bytes", memory.bytes());
      askedFor(counted, store);
      counts.put("askedAgain.numbers", memory.numbers());
      counts.put("askedAgain.bytes", memory.bytes());
      for (TableSpace space : TableSpace.in(counted, mode -> true)) {
        count(space, memory, counts);
      }
    }
    return counts;
  }

  private static void askedFor(MemoryImage image, SurveyStore store) {
    int processes = 0;
    for (Machine machine :
        MachineFinder.find(image, 1, Progress.NONE, GuestSystems.installed(), store).all()) {
      processes += machine.system().orElseThrow().processes().size();
    }
    assertThat(processes).isGreaterThan(100);
  }

  /** Counts the entries that translations read, and those that an enumeration does. */
  private static void count(TableSpace space, CountedMemory memory, Map<String, Long> counts) {
    String layers = space.layers() == 1 ? "oneLayer." : "twoLayers.";
    long[] pages = space.addresses(1 << 20);
    Random random = new Random(1);
    memory.numbers();
    memory.bytes();
    translate(space.translate(), i -> pages[(int) (i % pages.length)]);
    counts.put(layers + "ascending", memory.numbers());
    translate(space.translate(), i -> pages[random.nextInt(pages.length)]);
    counts.put(layers + "scattered", memory.numbers());
    assertThat(space.tables().forEachLeaf((address, target, shift, permissions) -> true)).isTrue();
    counts.put(layers + "enumeration", memory.numbers() + memory.bytes() / Long.BYTES);
  }

  private static void translate(LongUnaryOperator translate, LongUnaryOperator address) {
    int faults = 0;
    for (int i = 0; i < TRANSLATIONS; i++) {
      faults += Translation.isFault(translate.applyAsLong(address.applyAsLong(i))) ? 1 : 0;
    }
    assertThat(faults).isZero();
  }
}
