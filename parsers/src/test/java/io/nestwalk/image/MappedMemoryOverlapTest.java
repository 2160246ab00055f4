package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The sweep that takes out overlap, held against a map that says for every byte where it stands.
 */
class MappedMemoryOverlapTest {

  private static final int SPACE = 64;
  private static final int FILE = 48;

  @Property(tries = 2000)
  void agreesWithAMapOfEveryByte(@ForAll("runLists") List<MemoryRun> runs) {
    byte[] file = new byte[FILE];
    for (int i = 0; i < FILE; i++) {
      file[i] = (byte) (i + 1);
    }
    Map<Long, Long> expected = new HashMap<>();
    for (MemoryRun run : runs) {
      for (long i = 0; i < run.length() && run.fileOffset() + i < FILE; i++) {
        expected.putIfAbsent(run.start() + i, run.fileOffset() + i);
      }
    }

    MappedMemory memory = MappedMemory.of(MemorySegment.ofArray(file), runs);

    for (long address = -1; address <= 2 * SPACE; address++) {
      assertThat(memory.locate(address))
          .as("byte %d of %s", address, runs)
          .isEqualTo(expected.getOrDefault(address, Memory.NOWHERE));
    }
    assertThat(memory.presentBytes()).isEqualTo(expected.size());
    for (int i = 1; i < memory.runs().size(); i++) {
      MemoryRun before = memory.runs().get(i - 1);
      MemoryRun run = memory.runs().get(i);
      assertThat(run.start()).isGreaterThanOrEqualTo(before.end());
      boolean goesOn =
          before.end() == run.start() && before.fileOffset() + before.length() == run.fileOffset();
      assertThat(goesOn).as("runs that could be one: %s, %s", before, run).isFalse();
    }
  }

  @Provide
  Arbitrary<List<MemoryRun>> runLists() {
    return Combinators.combine(
            Arbitraries.longs().between(0, SPACE),
            Arbitraries.longs().between(1, SPACE),
            Arbitraries.longs().between(0, FILE + 8))
        .as(MemoryRun::new)
        .list()
        .ofMaxSize(12);
  }
}
