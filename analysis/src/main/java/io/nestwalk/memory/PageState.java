package io.nestwalk.memory;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a page is, in one word and what belongs to it: mapped, or one of the states in which the
 * hardware does not map a page that the system still knows.
 *
 * @param name the word: one of the constants here, or a layer's own
 * @param store number of the page file or swap area that holds the page, where one does
 * @param offset where it stands there, in bytes; for {@link #FILE} in that file, for {@link
 *     #MIRROR} the address whose pages are the same
 * @param file path of the file that holds it
 */
public record PageState(
    String name, OptionalInt store, OptionalLong offset, Optional<String> file) {

  /** The hardware maps it. */
  public static final PageState MAPPED = new PageState("mapped");

  /** Taken from its process, still in memory: on its way to the disk, or on the standby list. */
  public static final PageState TRANSITION = new PageState("transition");

  /** Shared and in memory, mapped by a prototype entry alone. */
  public static final PageState PROTOTYPE = new PageState("prototype");

  /** Zeros when first touched. */
  public static final PageState DEMAND_ZERO = new PageState("demandZero");

  /** Reserved again after it was given back. */
  public static final PageState DECOMMITTED = new PageState("decommitted");

  /** Of a mapping, but never touched. */
  public static final PageState UNTOUCHED = new PageState("untouched");

  /** The name of a page in a page file; see {@link #pagefile}. */
  public static final String PAGEFILE = "pagefile";

  /** The name of a page in a swap area; see {@link #swap}. */
  public static final String SWAP = "swap";

  /** The name of a page in a file; see {@link #file(String, long)}. */
  public static final String FILE = "file";

  /** The name of pages that tables show again, at another address; see {@link #mirrorOf}. */
  public static final String MIRROR = "mirror";

  /** Compressed in memory. */
  public static final PageState COMPRESSED = new PageState("compressed");

  /** A state that needs no more than its name. */
  public PageState(String name) {
    this(name, OptionalInt.empty(), OptionalLong.empty(), Optional.empty());
  }

  /** In page file {@code number}, {@code offset} bytes from its start. */
  public static PageState pagefile(int number, long offset) {
    return new PageState(
        PAGEFILE, OptionalInt.of(number), OptionalLong.of(offset), Optional.empty());
  }

  /** In swap area {@code number}, {@code offset} bytes from its start. */
  public static PageState swap(int number, long offset) {
    return new PageState(SWAP, OptionalInt.of(number), OptionalLong.of(offset), Optional.empty());
  }

  /** In the file {@code path}, {@code offset} bytes from its start. */
  public static PageState file(String path, long offset) {
    return new PageState(FILE, OptionalInt.empty(), OptionalLong.of(offset), Optional.of(path));
  }

  /** The same pages as at {@code address}, by tables that stand at several places. */
  public static PageState mirrorOf(long address) {
    return new PageState(MIRROR, OptionalInt.empty(), OptionalLong.of(address), Optional.empty());
  }

  /** Whether the hardware maps the page. */
  public boolean isMapped() {
    return name.equals(MAPPED.name);
  }

  /** Whether a page of this state goes on where {@code length} bytes of {@code last} end. */
  boolean continues(PageState last, long length) {
    boolean same = name.equals(last.name) && store.equals(last.store) && file.equals(last.file);
    if (!same || offset.isEmpty() || last.offset.isEmpty()) {
      return same && offset.equals(last.offset);
    }
    // Tables that repeat one other are one mirror, however often.
    long step = name.equals(MIRROR) ? 0 : length;
    return offset.getAsLong() == last.offset.getAsLong() + step;
  }

  /** What users read. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name);
    file.ifPresent(path -> text.append(' ').append(path));
    store.ifPresent(number -> text.append(' ').append(number));
    offset.ifPresent(
        at -> text.append(name.equals(MIRROR) ? " of 0x" : " at 0x").append(Long.toHexString(at)));
    return text.toString();
  }
}
