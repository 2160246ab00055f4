package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.AddressField;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.Level;
import io.nestwalk.paging.LongTable;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Step.Outcome;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Decides whether what hangs below an address are page tables of a mode.
 *
 * <p>Each table is read once per level, however many roots share it, an empty one once for all
 * levels, and a table that is mostly junk is not read to its end; so the work is bounded by the
 * size of memory and not by what hostile tables claim. For one thread; examiners of the same memory
 * may each have their own.
 */
public final class HierarchyExaminer {

  /** No plausible hierarchy has more tables than this: 2^22 tables map 8 TiB in 4 KiB pages. */
  private static final int MAX_TABLES = 1 << 22;

  /**
   * So many are kept in mind, of which each takes 32 bytes: an eighth of the heap. What was
   * forgotten is read again.
   */
  private static final int MAX_KNOWN =
      (int) Math.min(MAX_TABLES, Runtime.getRuntime().maxMemory() >>> 8);

  /** So many tables are read in all: those of 1,500 processes take a quarter of a million. */
  static final int MAX_READS = 1 << 25;

  /** So many tables are gathered below roots: a million for each half GiB of heap. */
  private static final long MAX_BELOW =
      Math.min(MAX_TABLES, Runtime.getRuntime().maxMemory() >>> 9);

  private static final long SMALLEST_PAGE = 4096;

  /** So much junk in one table, and nothing good to outweigh it, ends the look at it. */
  private static final int JUNK_LIMIT = 8;

  /** Entries that nobody filled. */
  private static final long[] NOTHING = new long[1 << 9];

  private final PagingMode mode;
  private final EntryRules rules;
  private final Conventions conventions;

  /** The bits that an entry which is not empty has some of. */
  private final long used;

  /**
   * At the bottom an entry without any of these bits is no page's and at most notes where one went.
   */
  private final long plainlyPresent;

  private final Memory memory;
  private final int last;

  /** The entries of the tables that are being read, one table for each level. */
  private final long[][] entries;

  /** What these tables are, as far as they were read. */
  private final Tally[] tallies;

  /** The tables themselves, from the root down. */
  private final long[] path;

  /** What levels are like, apart, since many millions of entries are read. */
  private final AddressField[] leaves;

  private final long[] pageSizes;

  /** The sum that roots are added to. */
  private final Tally roots = new Tally();

  /** What tables are, by address and depth. */
  private final PackedShapes known;

  /** Tables without any entry, which are the same on all levels. */
  private LongTable unused = LongTable.ofKeys();

  /** What was learned of roots. */
  private final Map<Long, Shape> learned = new HashMap<>();

  private final int mostReads;

  private int reads;
  private boolean cutOff;

  /** An examiner of tables that lie in {@code memory}, which may itself be a layer. */
  public HierarchyExaminer(PagingMode mode, Memory memory) {
    this(mode, memory, MAX_READS);
  }

  /**
   * An examiner of tables that lie in {@code memory}.
   *
   * @param mostReads how many tables it may read in all
   */
  HierarchyExaminer(PagingMode mode, Memory memory, int mostReads) {
    this.mode = mode;
    this.mostReads = mostReads;
    rules = new EntryRules(mode);
    conventions = Conventions.of(mode);
    used = EmptyEntries.of(mode).meaningful();
    plainlyPresent = conventions.normalMemoryOnly() ? -1 : mode.entry().presentMask();
    this.memory = memory.fork();
    last = mode.levels().size() - 1;
    path = new long[last + 1];
    leaves = mode.levels().stream().map(Level::leafAddress).toArray(AddressField[]::new);
    pageSizes = mode.levels().stream().mapToLong(Level::pageSize).toArray();
    entries = mode.levels().stream().map(level -> new long[level.entries()]).toArray(long[][]::new);
    tallies = new Tally[last + 1];
    for (int i = 0; i <= last; i++) {
      tallies[i] = new Tally();
    }
    known = new PackedShapes(mode.bottom().pageSize(), MAX_KNOWN);
  }

  /** The mode that tables are examined for. */
  public PagingMode mode() {
    return mode;
  }

  /** Whether tables were taken for none, because too many had been read before. */
  boolean isCutOff() {
    return cutOff;
  }

  /** How large tables below the root are, in bytes: a granule on ARM, a page elsewhere. */
  long tableBytes() {
    return (long) mode.bottom().entries() * mode.entry().bytes();
  }

  /** Whether roots can stand in a page: at its start, or over several ones. */
  boolean hasRootsIn(long page) {
    return mode.rootAt(page) == page || mode.rootBytes() > SMALLEST_PAGE;
  }

  /** What hangs below {@code root}, taken for a root table. */
  public Shape examine(long root) {
    return tally(mode.rootAt(root)).shape();
  }

  /**
   * What hangs below {@code root}, taken for a root table.
   *
   * @return null when {@link Shape#isPlausibleWithMark} would say no
   */
  Shape plausible(long root) {
    Tally tally = tally(mode.rootAt(root));
    // Most candidates map nothing: no object is made for these.
    if (tally.leaves == 0) {
      return null;
    }
    Shape shape = tally.shape();
    return shape.isPlausibleWithMark() ? shape : null;
  }

  /** Learns what hangs below a root, so that the next question about it costs nothing. */
  void learn(long root, Shape shape) {
    learned.put(root, shape);
  }

  /**
   * The tables below the roots that were examined and found plausible: those of every level but the
   * first. A root of the same mode is none of them.
   */
  public Set<Long> tablesBelow(Iterable<Long> roots) {
    Below below = new Below();
    roots.forEach(root -> collect(mode.rootAt(root), 0, below));
    return below.tables.toSet();
  }

  /**
   * The tables that well-formed entries below the roots name and that memory does not hold. Tables
   * lie in RAM, so where memory is whole there are none but by a damaged entry.
   */
  public Set<Long> tablesMissingBelow(Iterable<Long> roots) {
    Below below = new Below();
    roots.forEach(root -> collect(mode.rootAt(root), 0, below));
    return below.missing.toSet();
  }

  /**
   * Adds the tables below one root.
   *
   * @param seen what earlier calls have seen; they need not be looked at again
   * @param tables is added to
   */
  void addTablesBelow(long root, LongTable seen, LongTable tables) {
    collect(mode.rootAt(root), 0, new Below(seen, tables, LongTable.ofKeys()));
  }

  /**
   * What was met below roots.
   *
   * @param seen tables with their depth
   * @param tables those that are there, without the roots
   * @param missing those that are not in memory
   */
  private record Below(LongTable seen, LongTable tables, LongTable missing) {

    Below() {
      this(LongTable.ofKeys(), LongTable.ofKeys(), LongTable.ofKeys());
    }
  }

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
    if (depth == last) {
      return;
    }
    long[] read = read(table, depth);
    for (int i = 0; i < read.length; i++) {
      if ((read[i] & used) == 0) {
        i += zerosAfter(read, i);
      } else if (rules.judge(read[i], depth) == Outcome.TABLE) {
        long below = mode.entry().tableAddress().in(read[i]);
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

  /** What a root is; valid until the next one is examined. */
  private Tally tally(long root) {
    roots.begin(0);
    Shape shape = learned.isEmpty() ? null : learned.get(root);
    if (shape == null) {
      add(root, 0, roots);
    } else {
      roots.add(shape);
    }
    return roots;
  }

  /** Adds what a table is to the tally of the one above. */
  private void add(long table, int depth, Tally above) {
    // Tables are at least 16-byte aligned, so the level fits into the low bits of the key.
    long key = table | depth;
    int place = known.find(key);
    if (place >= 0) {
      known.addTo(above, place);
      return;
    }
    boolean whole = entries[depth].length == entries[last].length;
    if (whole && unused.contains(table)) {
      above.tables++;
      return;
    }
    if (reads >= mostReads) {
      cutOff = true;
      above.junk++;
      return;
    }
    if (!memory.isPresent(table)) {
      above.junk++;
      return;
    }
    reads++;
    path[depth] = table;
    boolean isUsed = count(table, depth);
    if (isUsed || !whole) {
      known.put(key, tallies[depth]);
    } else {
      noteUnused(table);
    }
    above.add(tallies[depth]);
  }

  private void noteUnused(long table) {
    if (unused.size() >= MAX_KNOWN) {
      unused = LongTable.ofKeys();
    }
    unused.add(table);
  }

  /**
   * Reads a table into the tally of its level.
   *
   * @return whether it has an entry that is not empty
   */
  private boolean count(long table, int depth) {
    Tally tally = tallies[depth];
    tally.begin(1);
    long[] read = read(table, depth);
    boolean bottom = depth == last;
    boolean any = false;
    for (int i = 0; i < read.length; i++) {
      long entry = read[i];
      if ((entry & used) == 0) {
        i += zerosAfter(read, i);
        continue;
      }
      any = true;
      // What millions of entries are is told without asking all rules.
      if (bottom && (entry & plainlyPresent) == 0) {
        tally.absent++;
        continue;
      }
      if (bottom && rules.isPlainPage(entry)) {
        addLeaf(entry, depth, tally);
      } else if (!addEntry(entry, depth, tally)) {
        continue;
      }
      if (tally.junk >= JUNK_LIMIT && tally.junk > tally.leaves + tally.tables) {
        return true;
      }
    }
    return any;
  }

  /**
   * Adds an entry of a table to its tally.
   *
   * @return false for an entry after which the table is read on in any case
   */
  private boolean addEntry(long entry, int depth, Tally tally) {
    switch (rules.judge(entry, depth)) {
      case TABLE -> {
        if (!conventions.allowsTable(entry)) {
          tally.junk++;
          return false;
        }
        long next = mode.entry().tableAddress().in(entry);
        if (isBeingRead(next, depth)) {
          // The self map of a root says nothing; any other cycle is odd.
          tally.junk += depth == 0 ? 0 : 1;
          return false;
        }
        add(next, depth + 1, tally);
      }
      case LEAF -> addLeaf(entry, depth, tally);
      case FAULT -> {
        // At the bottom a page that is not present leaves a note of where it went.
        if (conventions.isInvalidated(entry, rules, depth)) {
          return false;
        }
        if (depth == last && !mode.entry().isPresent(entry)) {
          tally.absent++;
        } else {
          tally.junk++;
        }
      }
    }
    return true;
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

  private void addLeaf(long entry, int depth, Tally tally) {
    long page = leaves[depth].in(entry);
    boolean inMemory = memory.isPresent(page);
    if (!conventions.allowsLeaf(entry, inMemory)) {
      tally.junk++;
    } else if (inMemory) {
      tally.leaves++;
      tally.bytes += presentBytes(page, pageSizes[depth]);
    } else {
      tally.outside++;
    }
  }

  /** About how much of a page is there: large ones may reach beyond the end of memory. */
  private long presentBytes(long page, long size) {
    long present = size;
    while (present > SMALLEST_PAGE && !memory.isPresent(page + present - 1)) {
      present >>>= 1;
    }
    return present;
  }

  /** How many zeros follow an entry: most tables are mostly zeros, and those are told quickly. */
  private static int zerosAfter(long[] read, int at) {
    int from = at + 1;
    int to = Math.min(read.length, from + NOTHING.length);
    int zeros = Arrays.mismatch(read, from, to, NOTHING, 0, to - from);
    return zeros < 0 ? to - from : zeros;
  }

  /** A table's entries; valid until another table of that level is read. */
  private long[] read(long table, int depth) {
    long[] read = entries[depth];
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
