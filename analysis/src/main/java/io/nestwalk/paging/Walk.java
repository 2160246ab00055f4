package io.nestwalk.paging;

import io.nestwalk.paging.EntryFormat.Flag;
import io.nestwalk.paging.Step.Outcome;
import java.util.List;

/**
 * A told walk.
 *
 * @param mode the tables' mode
 * @param root the root table's address
 * @param address what was translated
 * @param steps every entry read, from the root down
 * @param translation the result, as {@link Translation} packs it
 * @param permissions what the tables allow, 0 for a fault
 */
public record Walk(
    PagingMode mode, long root, long address, List<Step> steps, long translation, int permissions) {

  private static final String[] MEMORY_TYPES = {"UC", "WC", "2?", "3?", "WT", "WP", "WB", "7?"};

  /** Copies the steps. */
  public Walk {
    steps = List.copyOf(steps);
  }

  /** Whether the walk ended without a page. */
  public boolean isFault() {
    return Translation.isFault(translation);
  }

  /** The names of the bits that are set in a step's entry, as the manual has them: "P RW US A". */
  public String flags(Step step) {
    StringBuilder text = new StringBuilder();
    boolean leaf = step.outcome() == Outcome.LEAF;
    for (Flag flag : mode.entry().flags()) {
      boolean applies =
          switch (flag.in()) {
            case ANY -> true;
            case LEAF -> leaf;
            case TABLE -> step.outcome() == Outcome.TABLE;
          };
      if (applies && (step.entry() & flag.mask()) != 0) {
        text.append(text.isEmpty() ? "" : " ").append(flag.name());
      }
    }
    int type = mode.entry().memoryType();
    if (leaf && type >= 0) {
      text.append(' ').append(MEMORY_TYPES[(int) (step.entry() >>> type) & 7]);
    }
    return text.toString();
  }

  /** What a step's entry says, for people. */
  public String meaning(Step step) {
    return switch (step.outcome()) {
      case TABLE -> "table 0x%x [%s]".formatted(step.target(), flags(step));
      case LEAF ->
          "%s page 0x%x [%s]"
              .formatted(sizeName(step.level().pageSize()), step.target(), flags(step));
      case FAULT -> step.fault().toString();
    };
  }

  private static String sizeName(long bytes) {
    long value = bytes;
    for (String unit : List.of("B", "KiB", "MiB", "GiB")) {
      if (value < 1024) {
        return value + " " + unit;
      }
      value >>>= 10;
    }
    return value + " TiB";
  }
}
