package io.nestwalk.paging;

import io.nestwalk.paging.Step.Outcome;
import java.util.List;

/**
 * A mode's rules for single entries, laid out as arrays so that a walk reads nothing else.
 * Immutable.
 */
public final class EntryRules {

  /** The entry names the next table. */
  static final int TABLE = 0;

  /** The entry maps a page. */
  static final int LEAF = 1;

  private static final long LOW_BITS = 63;

  private final int last;
  private final long presentMask;
  private final long leafMask;
  private final boolean leafWhenSet;
  private final long bottomMask;
  private final ForbiddenValues forbiddenPermissions;
  private final ForbiddenValues forbiddenLeafType;
  private final boolean[] leafAllowed;
  private final long[] tableReserved;
  private final long[] leafReserved;

  /** Bit n is set when an entry of the lowest level whose low six bits are n may map a page. */
  private final long plainPages;

  private final long plainReserved;

  /** The rules of {@code mode}. */
  public EntryRules(PagingMode mode) {
    EntryFormat format = mode.entry();
    List<Level> levels = mode.levels();
    last = levels.size() - 1;
    presentMask = format.presentMask();
    leafMask = format.leafMask();
    leafWhenSet = format.leafWhenSet();
    bottomMask = format.bottomMask();
    forbiddenPermissions = format.forbiddenPermissions();
    forbiddenLeafType = format.forbiddenLeafType();
    tableReserved = levels.stream().mapToLong(Level::tableReserved).toArray();
    leafReserved = levels.stream().mapToLong(Level::leafReserved).toArray();
    leafAllowed = new boolean[levels.size()];
    for (int i = 0; i < leafAllowed.length; i++) {
      leafAllowed[i] = levels.get(i).leafAllowed();
    }
    plainReserved = leafReserved[last];
    plainPages = plainPages();
  }

  /** By every rule but that of reserved bits; nothing where higher bits have a say in these. */
  private long plainPages() {
    long deciding =
        presentMask | bottomMask | forbiddenPermissions.mask() | forbiddenLeafType.mask();
    if ((deciding & ~LOW_BITS) != 0) {
      return 0;
    }
    long pages = 0;
    for (int low = 0; low <= LOW_BITS; low++) {
      pages |= kindOf(low & deciding, last) == LEAF ? 1L << low : 0;
    }
    return pages;
  }

  /**
   * What an entry is.
   *
   * @param entry its value
   * @param level the level it stands on, 0 for the root's
   */
  public Outcome judge(long entry, int level) {
    int kind = kindOf(entry, level);
    return kind == TABLE ? Outcome.TABLE : kind == LEAF ? Outcome.LEAF : Outcome.FAULT;
  }

  /**
   * Whether an entry of the lowest level maps a page, as nearly all that are present do: told in
   * two steps. Where it does not say so, {@link #judge} may.
   */
  public boolean isPlainPage(long entry) {
    return (plainPages >>> entry & 1) != 0 && (entry & plainReserved) == 0;
  }

  /** {@link #TABLE}, {@link #LEAF}, or the negative code of a {@link Fault}. */
  int kindOf(long entry, int level) {
    if ((entry & presentMask) == 0) {
      return (int) Fault.NOT_PRESENT.code();
    }
    boolean leaf = true;
    if (level < last) {
      leaf = (entry & leafMask) != 0 == leafWhenSet;
      if (leaf && !leafAllowed[level]) {
        // Where a set bit marks the leaf, the bit is reserved (and checked below) or ignored here.
        if (!leafWhenSet) {
          return (int) Fault.RESERVED_BITS.code();
        }
        leaf = false;
      }
    } else if (bottomMask != 0 && (entry & bottomMask) == 0) {
      return (int) Fault.RESERVED_BITS.code();
    }
    if (forbiddenPermissions.in(entry) || (leaf && forbiddenLeafType.in(entry))) {
      return (int) Fault.MISCONFIGURED.code();
    }
    if ((entry & (leaf ? leafReserved[level] : tableReserved[level])) != 0) {
      return (int) Fault.RESERVED_BITS.code();
    }
    return leaf ? LEAF : TABLE;
  }
}
