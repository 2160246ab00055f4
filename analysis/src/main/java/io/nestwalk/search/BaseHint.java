package io.nestwalk.search;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Step.Outcome;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * Where a raw image's memory begins when it does not begin at 0, as on most ARM and RISC-V
 * machines: all tables then name addresses from there on.
 */
final class BaseHint {

  private static final long PAGE = 4096;

  /** Machines put their memory on such borders. */
  private static final long BORDER = 1L << 28;

  /** Fewer tables are no ground to say anything. */
  private static final int ENOUGH = 8;

  private static final int STRAYS = 16;

  private BaseHint() {}

  /** The address at which the memory seems to begin; empty when the tables do not show it. */
  static OptionalLong of(PhysicalMemory memory, Isa isa, List<Long> tables) {
    PagingMode mode = isa.firstStage().commonest();
    if (mode.entry().bytes() != Long.BYTES || tables.size() < ENOUGH) {
      return OptionalLong.empty();
    }
    EntryRules rules = new EntryRules(mode);
    long[] addresses =
        tables.stream()
            .flatMapToLong(
                table ->
                    LongStream.range(0, PAGE / Long.BYTES)
                        .map(i -> memory.getLong(table + i * Long.BYTES, 0))
                        .filter(entry -> entry != 0)
                        .filter(entry -> rules.judge(entry, 0) == Outcome.TABLE)
                        .map(entry -> mode.entry().tableAddress().in(entry)))
            .sorted()
            .toArray();
    if (addresses.length == 0) {
      return OptionalLong.empty();
    }
    // A guest's tables name other addresses; the host's are the most, and a few strays are below.
    long base = addresses[addresses.length / STRAYS] & -BORDER;
    long inside =
        Arrays.stream(addresses)
            .filter(address -> address >= base && address - base < memory.end())
            .count();
    return base != 0 && inside * 2 > addresses.length
        ? OptionalLong.of(base)
        : OptionalLong.empty();
  }
}
