package io.nestwalk.synthetic;

import io.nestwalk.paging.Fault;
import io.nestwalk.paging.PagingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** How one manual says that page tables are written. */
public abstract class TableForm {

  /**
   * A level of the hierarchy.
   *
   * @param shift the lowest address bit that indexes it
   * @param indexBits how many bits do
   * @param pages whether its entries may map pages
   */
  public record Tier(int shift, int indexBits, boolean pages) {

    /** How many entries a table has. */
    public int entries() {
      return 1 << indexBits;
    }

    /** How many bytes a page has that an entry here maps. */
    public long pageSize() {
      return 1L << shift;
    }
  }

  /**
   * An entry that the processor refuses.
   *
   * @param entry its value
   * @param fault how
   */
  public record Flaw(long entry, Fault fault) {}

  private final PagingMode mode;
  private final int entryBytes;
  private final int addressBits;
  private final List<Tier> tiers;

  TableForm(PagingMode mode, int entryBytes, int addressBits, List<Tier> tiers) {
    this.mode = mode;
    this.entryBytes = entryBytes;
    this.addressBits = addressBits;
    this.tiers = List.copyOf(tiers);
  }

  /** The program's mode for these tables: what is tested. */
  public final PagingMode mode() {
    return mode;
  }

  /** The levels from the root's down. */
  public final List<Tier> tiers() {
    return tiers;
  }

  /** The index of the lowest level. */
  public final int bottom() {
    return tiers.size() - 1;
  }

  final int entryBytes() {
    return entryBytes;
  }

  /** How wide physical addresses may be. */
  final int addressBits() {
    return addressBits;
  }

  /** How wide addresses of pages may be that an entry on that level maps. */
  int pageAddressBits(int depth) {
    return addressBits;
  }

  /** How wide addresses of tables may be; fewer bits than of pages in some modes. */
  int tableAddressBits() {
    return addressBits;
  }

  /** How wide the root's address may be. */
  int rootAddressBits() {
    return tableAddressBits();
  }

  /** log2 of the root's alignment. */
  abstract int rootAlignment();

  /** log2 of the size and alignment of every other table. */
  int tableAlignment() {
    return Integer.numberOfTrailingZeros(entryBytes) + tiers.getLast().indexBits();
  }

  /** An entry that names a table. */
  abstract long table(int depth, long next, int rights);

  /** An entry that maps a page. */
  abstract long page(int depth, long address, int rights);

  /** Bits that a table entry may hold without meaning anything to a walk. */
  abstract long tableNoise(Random random, int depth);

  /** Bits that a page's entry may hold without meaning anything to a walk. */
  abstract long pageNoise(Random random, int depth);

  /** Bits that systems set in the table entries that are in use: "accessed" and the like. */
  abstract long usualTableBits();

  /** Bits that systems set in the entries of pages that are in use. */
  abstract long usualPageBits();

  /** Rights that a table entry can express. */
  abstract int tableRights(Random random, int depth);

  /** Rights that a page's entry can express. */
  abstract int pageRights(Random random);

  /** What a page grants through tables that all allow {@code tables}. */
  int permissions(int tables, int page) {
    return Rights.permissions(tables & page);
  }

  /** An entry with content that is not present. */
  abstract long hole(Random random);

  /** Adds the ways in which an entry of that level can be wrong; none is all right. */
  abstract void flaws(Random random, int depth, long target, List<Flaw> flaws);

  /** The input address with these translated bits. */
  public abstract long extend(long low);

  /** An address that this mode does not translate, or the same one where every address is. */
  public abstract long refused(Random random, long address);

  /** One of the ways in which an entry can be wrong, or null when there is none. */
  final Flaw flaw(Random random, int depth, long target) {
    List<Flaw> flaws = new ArrayList<>();
    flaws(random, depth, target, flaws);
    return flaws.isEmpty() ? null : flaws.get(random.nextInt(flaws.size()));
  }

  /** How many low bits of an input address are translated or an offset. */
  public final int inputBits() {
    return tiers.getFirst().shift() + tiers.getFirst().indexBits();
  }

  /** How many bytes the root has. */
  final long rootBytes() {
    return (long) entryBytes << tiers.getFirst().indexBits();
  }

  /** A random choice of some of the bits {@code high}:{@code low}. */
  static long some(Random random, int high, int low) {
    return high < low ? 0 : random.nextLong() & ones(high, low);
  }

  /** One of the bits {@code high}:{@code low}. */
  static long one(Random random, int high, int low) {
    return 1L << (low + random.nextInt(high - low + 1));
  }

  static long one(int bit) {
    return 1L << bit;
  }

  static long ones(int high, int low) {
    long mask = 0;
    for (int bit = low; bit <= high; bit++) {
      mask |= 1L << bit;
    }
    return mask;
  }

  /** {@code low} with every bit from {@code bits} on like the one below. */
  static long signExtended(long low, int bits) {
    boolean negative = bits < Long.SIZE && (low & one(bits - 1)) != 0;
    return negative ? low | ones(63, bits) : low;
  }

  /** Flips one of the bits above the translated ones. */
  final long flippedAbove(Random random, long address) {
    return address ^ one(random, 63, inputBits());
  }

  @Override
  public String toString() {
    return mode.name();
  }
}
