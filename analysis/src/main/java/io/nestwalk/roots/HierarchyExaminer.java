package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.Level;
import io.nestwalk.paging.PagingMode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Decides whether what hangs below an address are page tables of a mode.
 *
 * <p>Each table is read once per level, however many roots share it, and a table that is mostly
 * junk is not read to its end; so the work is bounded by the size of memory and not by what hostile
 * tables claim. For one thread.
 */
public final class HierarchyExaminer {

  /** No plausible hierarchy has more tables than this: 2^22 tables map 8 TiB in 4 KiB pages. */
  private static final int MAX_TABLES = 1 << 22;

  /**
   * So many upper tables are kept, as objects: half a million for each GiB of heap, far more than
   * real machines have.
   */
  private static final long MAX_UPPER_TABLES = Runtime.getRuntime().maxMemory() >>> 11;

  /** So many tables are gathered below roots, as objects: a million for each half GiB of heap. */
  private static final long MAX_BELOW =
      Math.min(MAX_TABLES, Runtime.getRuntime().maxMemory() >>> 9);

  private static final long SMALLEST_PAGE = 4096;

  /** So much junk in one table, and nothing good to outweigh it, ends the look at it. */
  private static final int JUNK_LIMIT = 8;

  private final PagingMode mode;
  private final EntryRules rules;
  private final Conventions conventions;
  private final EmptyEntries empty;
  private final Memory memory;

  /** The tables that are being read, from the root down. */
  private final long[] path;

  /** Their entries, a table for each level: a table is read at once. */
  private final long[][] entries;

  /** What upper tables are. */
  private final Map<Long, Shape> known = new HashMap<>();

  /** What lowest tables are, of which there are five hundred for one of the others. */
  private final PackedShapes lowest;

  /** An examiner of tables that lie in {@code memory}, which may itself be a layer. */
  public HierarchyExaminer(PagingMode mode, Memory memory) {
    this.mode = mode;
    rules = new EntryRules(mode);
    conventions = Conventions.of(mode);
    empty = EmptyEntries.of(mode);
    this.memory = memory;
    path = new long[mode.levels().size()];
    entries = new long[mode.levels().size()][];
    lowest = new PackedShapes(mode.levels().getLast().pageSize());
  }

  /** The mode that tables are examined for. */
  public PagingMode mode() {
    return mode;
  }

  /** How large tables below the root are, in bytes: a granule on ARM, a page elsewhere. */
  long tableBytes() {
    return (long) mode.bottom().entries() * mode.entry().bytes();
  }

  /** What hangs below {@code root}, taken for a root table. */
  public Shape examine(long root) {
    return examine(mode.rootAt(root), 0);
  }

  /** Learns what hangs below a root, so that the next question about it costs nothing. */
  void learn(long root, Shape shape) {
    known.put(root, shape);
  }

  /**
   * The tables below the roots that were examined and found plausible: those of every level but the
   * first. A root of the same mode is none of them.
   */
  public Set<Long> tablesBelow(Iterable<Long> roots) {
    Set<Long> seen = new HashSet<>();
    Set<Long> tables = new HashSet<>();
    roots.forEach(root -> addTablesBelow(root, seen, tables));
    return tables;
  }

  /**
   * The tables that well-formed entries below the roots name and that memory does not hold. Tables
   * lie in RAM, so where memory is whole there are none but by a damaged entry.
   */
  public Set<Long> tablesMissingBelow(Iterable<Long> roots) {
    Below below = new Below(new HashSet<>(), new HashSet<>(), new HashSet<>());
    roots.forEach(root -> collect(mode.rootAt(root), 0, below));
    return below.missing;
  }

  /**
   * Adds the tables below one root.
   *
   * @param seen what earlier calls have seen; they need not be looked at again
   * @param tables is added to
   */
  void addTablesBelow(long root, Set<Long> seen, Set<Long> tables) {
    collect(mode.rootAt(root), 0, new Below(seen, tables, new HashSet<>()));
  }

  /**
   * What was met below roots.
   *
   * @param seen tables with their depth
   * @param tables those that are there, without the roots
   * @param missing those that are not in memory
   */
  private record Below(Set<Long> seen, Set<Long> tables, Set<Long> missing) {}

  private void collect(long table, int depth, Below found) {
    if (found.seen.size() > MAX_BELOW || !found.seen.add(table | depth)) {
      return;
    }
    if (!memory.isPresent(table)) {
      found.missing.add(table);
      return;
    }
    if (depth > 0) {
      found.tables.add(table);
    }
    if (depth == mode.levels().size() - 1) {
      return;
    }
    for (long entry : entriesOf(table, depth)) {
      if (!empty.contain(entry)
          && rules.judge(entry, depth) == io.nestwalk.paging.Step.Outcome.TABLE) {
        long below = mode.entry().tableAddress().in(entry);
        // A root that maps itself, as Windows' do, is not below itself for that.
        if (depth > 0 || below != table) {
          collect(below, depth + 1, found);
        }
      }
    }
  }

  /** How often a root of this mode would name itself. */
  SelfReferences selfReferences(long root) {
    return SelfReferences.of(mode.rootOf(root), mode, rules, memory);
  }

  private Shape examine(long table, int depth) {
    // Tables are at least 16-byte aligned, so the level fits into the low bits of the key.
    long key = table | depth;
    boolean bottom = depth == mode.levels().size() - 1;
    Shape shape = bottom ? lowest.get(table) : null;
    if (shape == null) {
      shape = known.get(key);
    }
    if (shape != null) {
      return shape;
    }
    if (known.size() >= MAX_UPPER_TABLES
        || lowest.size() >= MAX_TABLES
        || !memory.isPresent(table)) {
      return Shape.JUNK;
    }
    if (bottom) {
      shape = read(table, depth);
      if (!lowest.put(table, shape)) {
        known.put(key, shape);
      }
      return shape;
    }
    path[depth] = table;
    shape = read(table, depth);
    known.put(key, shape);
    return shape;
  }

  private Shape read(long table, int depth) {
    Level level = mode.levels().get(depth);
    boolean bottom = depth == mode.levels().size() - 1;
    long tables = 1;
    long leaves = 0;
    long bytes = 0;
    long outside = 0;
    long absent = 0;
    long junk = 0;
    for (long entry : entriesOf(table, depth)) {
      if (empty.contain(entry)) {
        continue;
      }
      switch (rules.judge(entry, depth)) {
        case TABLE -> {
          if (!conventions.allowsTable(entry)) {
            junk++;
            continue;
          }
          long next = mode.entry().tableAddress().in(entry);
          if (isBeingRead(next, depth)) {
            // The self map of a root says nothing; any other cycle is odd.
            junk += depth == 0 ? 0 : 1;
            continue;
          }
          Shape below = examine(next, depth + 1);
          tables += below.tables();
          leaves += below.leaves();
          bytes += below.bytes();
          outside += below.outside();
          absent += below.absent();
          junk += below.junk();
        }
        case LEAF -> {
          boolean inMemory = memory.isPresent(level.leafAddress().in(entry));
          if (!conventions.allowsLeaf(entry, inMemory)) {
            junk++;
          } else if (inMemory) {
            leaves++;
            bytes += presentBytes(level.leafAddress().in(entry), level.pageSize());
          } else {
            outside++;
          }
        }
        case FAULT -> {
          // At the bottom a page that is not present leaves a note of where it went.
          if (conventions.isInvalidated(entry, rules, depth)) {
            continue;
          }
          if (bottom && !mode.entry().isPresent(entry)) {
            absent++;
          } else {
            junk++;
          }
        }
      }
      if (junk >= JUNK_LIMIT && junk > leaves + tables) {
        break;
      }
    }
    return new Shape(tables, leaves, bytes, outside, absent, junk);
  }

  /**
   * Whether a table is among those above the one at {@code depth}, or is that one. To follow it
   * would read the same tables again, a level too low: with its self map a root of four levels
   * would pass for one of five.
   */
  private boolean isBeingRead(long table, int depth) {
    for (int i = 0; i <= depth; i++) {
      if (path[i] == table) {
        return true;
      }
    }
    return false;
  }

  /** About how much of a page is there: large ones may reach beyond the end of memory. */
  private long presentBytes(long page, long size) {
    long present = size;
    while (present > SMALLEST_PAGE && !memory.isPresent(page + present - 1)) {
      present >>>= 1;
    }
    return present;
  }

  /** A table's entries; valid until another table of that level is read. */
  private long[] entriesOf(long table, int depth) {
    long[] read = entries[depth];
    if (read == null) {
      read = new long[mode.levels().get(depth).entries()];
      entries[depth] = read;
    }
    if (mode.entry().bytes() == Long.BYTES) {
      memory.getLongs(table, read, 0, read.length, 0);
    } else {
      for (int i = 0; i < read.length; i++) {
        read[i] = memory.getInt(table + (long) i * Integer.BYTES, 0) & 0xffff_ffffL;
      }
    }
    return read;
  }
}
