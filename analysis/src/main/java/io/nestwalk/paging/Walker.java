package io.nestwalk.paging;

import static io.nestwalk.paging.EntryRules.LEAF;
import static io.nestwalk.paging.EntryRules.TABLE;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Step.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows the page tables under one root, in any mode.
 *
 * <p>There are three forms of the same algorithm, which share the rules for an entry: {@link
 * #translate} (a {@code long} in, a {@code long} out, nothing allocated), {@link #tell} (every
 * entry that is read, and what it means) and {@link #forEachLeaf} (everything that is mapped).
 *
 * <p>A walker keeps the tables of the two lowest levels that it met last, which threads may share;
 * {@link #over} gives another one its own.
 */
public final class Walker {

  /**
   * How many entries {@link #forEachLeaf} reads at most. Honest tables of a terabyte in 4 KiB pages
   * have half as many; since a table is shown once per level, those that name each other have not
   * many more than memory has room for.
   */
  static final long ENTRY_BUDGET = 1L << 29;

  /** Honest systems share a table here and there (large pages, self-maps): shown in full. */
  private static final int FREE_REPEATS = 1 << 13;

  /** Enough for a gigabyte in small pages, few enough to stay in a processor's cache. */
  private static final int LOWEST_TABLES = 512;

  private static final int SECOND_LOWEST_TABLES = 64;
  private static final int NOT_PRESENT = (int) Fault.NOT_PRESENT.code();
  private static final long SMALLEST_PAGE = 4096;

  private final PagingMode mode;
  private final long root;
  private final Memory tables;

  // The mode's levels as arrays: the walk's loop reads nothing else.
  private final EntryFormat format;
  private final EntryRules rules;
  private final int last;
  private final int entryShift;
  private final int[] shifts;
  private final long[] indexMasks;
  private final AddressField[] leafAddress;

  // The lowest level's, where nearly all walks end.
  private final int bottomShift;
  private final long bottomIndexMask;
  private final long bottomOffset;
  private final AddressField bottomAddress;

  private final InputRule input;
  private final int inputBits;

  /** The lowest level's tables, by the address bits that lead to them. */
  private final DirectMappedCache lowest = new DirectMappedCache(LOWEST_TABLES);

  private final int lowestPrefix;
  private final DirectMappedCache secondLowest = new DirectMappedCache(SECOND_LOWEST_TABLES);
  private final int secondLowestPrefix;

  /**
   * A walker.
   *
   * @param mode what the tables look like
   * @param root the address of the root table in {@code tables}; bits outside {@link
   *     PagingMode#rootMask} (PCID, EPTP's low bits) are dropped
   * @param tables the memory that the tables' addresses mean: host-physical for EPT and for a host,
   *     guest-physical for a guest
   */
  public Walker(PagingMode mode, long root, Memory tables) {
    this.mode = mode;
    this.root = mode.rootAt(root);
    this.tables = tables;
    format = mode.entry();
    rules = new EntryRules(mode);
    List<Level> levels = mode.levels();
    last = levels.size() - 1;
    entryShift = Integer.numberOfTrailingZeros(format.bytes());
    shifts = levels.stream().mapToInt(Level::shift).toArray();
    indexMasks = levels.stream().mapToLong(level -> level.entries() - 1L).toArray();
    leafAddress = levels.stream().map(Level::leafAddress).toArray(AddressField[]::new);
    bottomShift = shifts[last];
    bottomIndexMask = indexMasks[last];
    bottomOffset = (1L << bottomShift) - 1;
    bottomAddress = leafAddress[last];
    input = mode.input();
    inputBits = mode.inputBits();
    lowestPrefix = prefixOf(last);
    secondLowestPrefix = prefixOf(last - 1);
  }

  private Walker(Walker like, long root, Memory tables) {
    mode = like.mode;
    this.root = mode.rootAt(root);
    this.tables = tables;
    format = like.format;
    rules = like.rules;
    last = like.last;
    entryShift = like.entryShift;
    shifts = like.shifts;
    indexMasks = like.indexMasks;
    leafAddress = like.leafAddress;
    bottomShift = like.bottomShift;
    bottomIndexMask = like.bottomIndexMask;
    bottomOffset = like.bottomOffset;
    bottomAddress = like.bottomAddress;
    input = like.input;
    inputBits = like.inputBits;
    lowestPrefix = like.lowestPrefix;
    secondLowestPrefix = like.secondLowestPrefix;
  }

  /** How far an address is shifted to leave what leads to a table of {@code level}. */
  private int prefixOf(int level) {
    return level > 0 ? shifts[level - 1] : Long.SIZE - 1; // The root is never kept.
  }

  /** A walker of the same tables, read through {@code tables}: for another thread. */
  public Walker over(Memory tables) {
    return new Walker(this, root, tables);
  }

  /** A walker of other tables of the mode in the same memory: for one root of many. */
  public Walker under(long other) {
    return new Walker(this, other, tables);
  }

  /** What the tables look like. */
  public PagingMode mode() {
    return mode;
  }

  /** The root table's address. */
  public long root() {
    return root;
  }

  /** The memory that holds the tables. */
  public Memory tables() {
    return tables;
  }

  /** The fast form: the {@link Translation} of {@code address}. */
  public long translate(long address) {
    // Only addresses that the mode accepts lead to a table that is kept.
    long table = lowest.find(address >>> lowestPrefix);
    if (table == DirectMappedCache.NONE) {
      return walk(address);
    }
    long entry = entryAt(table, address >>> bottomShift & bottomIndexMask);
    return rules.isPlainPage(entry)
        ? Translation.of(bottomAddress.in(entry) | (address & bottomOffset), bottomShift)
        : at(table, address, last, entry);
  }

  private long walk(long address) {
    if (!input.accepts(address, inputBits)) {
      return Fault.NOT_CANONICAL.code();
    }
    int level = last - 1;
    long table = secondLowest.find(address >>> secondLowestPrefix);
    if (table == DirectMappedCache.NONE) {
      level = 0;
      table = root;
    }
    return at(table, address, level, entryAt(table, address, level));
  }

  /** The walk that reads {@code first} in {@code from}, a table of level {@code top}. */
  private long at(long from, long address, int top, long first) {
    long table = from;
    int level = top;
    long entry = first;
    int kind = rules.kindOf(entry, level);
    while (kind == TABLE) {
      table = format.tableAddress().in(entry);
      level++;
      if (level == last) {
        lowest.keep(address >>> lowestPrefix, table);
      } else if (level == last - 1) {
        secondLowest.keep(address >>> secondLowestPrefix, table);
      }
      entry = entryAt(table, address, level);
      kind = rules.kindOf(entry, level);
    }
    if (kind == LEAF) {
      int shift = shifts[level];
      long offset = address & (1L << shift) - 1;
      return Translation.of(leafAddress[level].in(entry) | offset, shift);
    }
    return entry == 0 && !isReadable(table, address, level) ? Fault.TABLE_MISSING.code() : kind;
  }

  /**
   * Whether the walk of {@code address} ends at an entry that is in memory and holds nothing: one
   * that says something else may stand for a page that was swapped out, or forbid one.
   */
  public boolean endsEmpty(long address) {
    if (!input.accepts(address, inputBits)) {
      return false;
    }
    long table = root;
    int level = 0;
    long entry = entryAt(table, address, level);
    while (rules.kindOf(entry, level) == TABLE) {
      table = format.tableAddress().in(entry);
      entry = entryAt(table, address, ++level);
    }
    return entry == 0 && isReadable(table, address, level);
  }

  /** The told form: every entry that the walk of {@code address} reads. */
  public Walk tell(long address) {
    List<Step> steps = new ArrayList<>(mode.levels().size());
    if (!mode.accepts(address)) {
      return new Walk(mode, root, address, steps, Fault.NOT_CANONICAL.code(), 0);
    }
    long table = root;
    int granted = Permissions.ALL;
    int userExecute = Permissions.EXECUTE;
    for (int depth = 0; ; depth++) {
      Level level = mode.levels().get(depth);
      long entryAddress = table + ((long) level.index(address) << entryShift);
      long entry = entryAt(table, address, depth);
      int kind = rules.kindOf(entry, depth);
      boolean readable = entry != 0 || isReadable(table, address, depth);
      if (kind < 0) {
        Fault fault = readable ? Fault.ofCode(kind) : Fault.TABLE_MISSING;
        steps.add(new Step(level, table, entryAddress, entry, readable, Outcome.FAULT, 0, fault));
        return new Walk(mode, root, address, steps, fault.code(), 0);
      }
      if (kind == LEAF) {
        long page = level.leafAddress().in(entry);
        steps.add(new Step(level, table, entryAddress, entry, true, Outcome.LEAF, page, null));
        granted = atLeaf(entry, granted, userExecute);
        long offset = address & level.pageSize() - 1;
        return new Walk(
            mode, root, address, steps, Translation.of(page | offset, level.shift()), granted);
      }
      if (level.limitsPermissions()) {
        userExecute = format.userExecute().byTable(entry) ? userExecute : 0;
        granted = atTable(entry, granted);
      }
      long next = format.tableAddress().in(entry);
      steps.add(new Step(level, table, entryAddress, entry, true, Outcome.TABLE, next, null));
      table = next;
    }
  }

  /**
   * Shows every mapped page from {@code from} to {@code to}, both included, in ascending order.
   * Where many tables stand at several addresses on one level, further ones are shown at the first
   * address, and as a {@link LeafVisitor#mirror} at the others.
   *
   * @return false when the visitor stopped the walk or the tables were too many to be honest
   */
  public boolean forEachLeaf(long from, long to, LeafVisitor visitor) {
    return new Enumeration(visitor).run(from, to);
  }

  /** Shows every mapped page, in ascending order of unsigned input address. */
  public boolean forEachLeaf(LeafVisitor visitor) {
    return forEachLeaf(0, -1, visitor);
  }

  private long entryAt(long table, long address, int level) {
    return entryAt(table, address >>> shifts[level] & indexMasks[level]);
  }

  private long entryAt(long table, long index) {
    long entryAddress = table + (index << entryShift);
    return entryShift == 3
        ? tables.getLong(entryAddress, 0)
        : tables.getInt(entryAddress, 0) & 0xffff_ffffL;
  }

  /** The entries of a table from one index to another, both included, at the same indexes. */
  private void entriesOf(long table, int from, int to, long[] target) {
    if (entryShift == 3) {
      tables.getLongs(table + ((long) from << entryShift), target, from, to - from + 1, 0);
      return;
    }
    for (int i = from; i <= to; i++) {
      target[i] = tables.getInt(table + ((long) i << entryShift), 0) & 0xffff_ffffL;
    }
  }

  private boolean isReadable(long table, long address, int level) {
    return tables.isPresent(
        table + ((address >>> shifts[level] & indexMasks[level]) << entryShift));
  }

  private int atTable(long entry, int granted) {
    int denied = 0;
    denied |= format.read().byTable(entry) ? 0 : Permissions.READ;
    denied |= format.write().byTable(entry) ? 0 : Permissions.WRITE;
    denied |= format.execute().byTable(entry) ? 0 : Permissions.EXECUTE;
    denied |= format.user().byTable(entry) ? 0 : Permissions.USER;
    return granted & ~denied;
  }

  /** A page that user mode may use is executed by user mode's rule, any other by the kernel's. */
  private int atLeaf(long entry, int fromTables, int userExecute) {
    int granted = 0;
    granted |= format.read().byLeaf(entry) ? Permissions.READ : 0;
    granted |= format.write().byLeaf(entry) ? Permissions.WRITE : 0;
    granted |= format.user().byLeaf(entry) ? Permissions.USER : 0;
    granted &= fromTables;
    if ((granted & Permissions.USER) != 0) {
      return granted | (format.userExecute().byLeaf(entry) ? userExecute : 0);
    }
    return granted | (format.execute().byLeaf(entry) ? fromTables & Permissions.EXECUTE : 0);
  }

  /** One pass of {@link #forEachLeaf}: a depth-first descent that is as deep as the mode. */
  private final class Enumeration {

    private final LeafVisitor visitor;
    private final VisitedTables visited = new VisitedTables();
    private long budget = ENTRY_BUDGET;

    /** The entries of the table that is read on each level. */
    private final long[][] entries = new long[shifts.length][];

    /** How many tables and pages below them were shown that had been shown before. */
    private int repeats;

    /** How many tables above the one that is read were met before. */
    private int repeating;

    Enumeration(LeafVisitor visitor) {
      this.visitor = visitor;
    }

    boolean run(long from, long to) {
      int bits = mode.inputBits();
      if (bits >= Long.SIZE) {
        return descend(0, root, 0, from, to, Permissions.ALL, Permissions.EXECUTE);
      }
      long half = 1L << (bits - 1);
      return switch (mode.input()) {
        case ZERO_EXTENDED -> part(0, (1L << bits) - 1, from, to);
        case ONES_EXTENDED -> part(-1L << bits, -1, from, to);
        case SIGN_EXTENDED -> part(0, half - 1, from, to) && part(-half, -1, from, to);
      };
    }

    private boolean part(long low, long high, long from, long to) {
      long start = Long.compareUnsigned(from, low) > 0 ? from : low;
      long end = Long.compareUnsigned(to, high) < 0 ? to : high;
      if (Long.compareUnsigned(start, end) > 0) {
        return true;
      }
      return descend(0, root, start, start, end, Permissions.ALL, Permissions.EXECUTE);
    }

    private boolean descend(
        int level, long table, long position, long from, long to, int granted, int userExecute) {
      int shift = shifts[level];
      long low = position & ~((1L << shift) - 1);
      int index = (int) (low >>> shift & indexMasks[level]);
      int end = (int) Math.min(indexMasks[level], index + ((to - low) >>> shift));
      long[] read = entries[level];
      if (read == null) {
        read = new long[(int) indexMasks[level] + 1];
        entries[level] = read;
      }
      entriesOf(table, index, end, read);
      for (; index <= end; index++, low += 1L << shift) {
        if (--budget < 0) {
          return false;
        }
        long entry = read[index];
        int kind = rules.kindOf(entry, level);
        if (kind == LEAF) {
          repeats += repeating > 0 ? 1 : 0;
          int permissions = atLeaf(entry, granted, userExecute);
          if (!visitor.leaf(low, leafAddress[level].in(entry), shift, permissions, entry)) {
            return false;
          }
        } else if (kind == TABLE) {
          boolean limits = mode.levels().get(level).limitsPermissions();
          int below = limits ? atTable(entry, granted) : granted;
          int execute = limits && !format.userExecute().byTable(entry) ? 0 : userExecute;
          if (!table(format.tableAddress().in(entry), level, low, from, to, below, execute)) {
            return false;
          }
        } else if (kind != NOT_PRESENT && !visitor.refused(low, shift, entry, Fault.ofCode(kind))) {
          return false;
        }
      }
      return true;
    }

    private boolean again(
        long table, int level, long low, long from, long to, int granted, int userExecute) {
      repeating++;
      boolean more = descend(level + 1, table, low, from, to, granted, userExecute);
      repeating--;
      return more;
    }

    /** Of a table that is larger than a page, some pages may be there. */
    private boolean isMissing(long table, int level) {
      long last = indexMasks[level] << entryShift;
      return last < SMALLEST_PAGE && !tables.isPresent(table) && !tables.isPresent(table + last);
    }

    /** A table that an entry of {@code level} names for the addresses from {@code low} on. */
    private boolean table(
        long table, int level, long low, long from, long to, int granted, int userExecute) {
      if (isMissing(table, level + 1)) {
        return true;
      }
      boolean whole =
          Long.compareUnsigned(from, low) <= 0
              && Long.compareUnsigned(low + (1L << shifts[level]) - 1, to) <= 0;
      if (whole) {
        long like = visited.visit(table, level + 1, granted, userExecute != 0, low);
        if (like != low) {
          return repeats++ < FREE_REPEATS
              ? again(table, level, low, from, to, granted, userExecute)
              : visitor.mirror(low, shifts[level], like, granted);
        }
      }
      long start = Long.compareUnsigned(from, low) > 0 ? from : low;
      return descend(level + 1, table, start, from, to, granted, userExecute);
    }
  }
}
