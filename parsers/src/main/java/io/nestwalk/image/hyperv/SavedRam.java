package io.nestwalk.image.hyperv;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.PageIndex;
import io.nestwalk.image.Progress;
import io.nestwalk.image.hyperv.HyperVStorage.Bytes;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The RAM of a saved machine. Keys {@code RamBlockN} hold a MiB each, plain or page by page; {@code
 * RamMemoryBlockN} tell which of their pages, counted through all of them, the guest sees from
 * which address on.
 */
final class SavedRam {

  static final int PAGE = 4096;

  private static final int BLOCK = 1 << 20;
  private static final int BLOCK_PAGES = BLOCK / PAGE;

  static final Pattern DATA = Pattern.compile("RamBlock(\\d{1,9})");
  static final Pattern PLACES = Pattern.compile("RamMemoryBlock(\\d{1,9})");

  /** Since version 5.0 of machines all keys of a saved state are below this one. */
  private static final String PREFIX = "/savedstate/";

  private static final int PLACE_BYTES = 32;

  /** The largest page number of a guest: 52 bits of address. */
  private static final long MAX_PAGE = 1L << 40;

  /** A machine has a handful: one for each side of the hole, and what was added. */
  private static final int MAX_PLACES = 4096;

  /**
   * Where each part of a packed block begins that is not plain: a word less than a page, or these.
   */
  private static final int END = -1;

  private static final int FILLED = -2;
  private static final int FILLED_SEVERAL = -3;

  private final ImageFile file;
  private final HyperVStorage storage;
  private final Progress progress;
  private final PageIndex.Builder pages;
  private final List<String> warnings = new ArrayList<>();

  /** The blocks by number; their bytes. */
  private final TreeMap<Long, Bytes> blocks = new TreeMap<>();

  /** The numbers of those that are not whole. */
  private final Set<Long> damaged = new HashSet<>();

  private SavedRam(ImageFile file, HyperVStorage storage, Progress progress) {
    this.file = file;
    this.storage = storage;
    this.progress = progress;
    pages = PageIndex.builder(file.name(), PAGE);
  }

  /**
   * What was read.
   *
   * @param index the pages
   * @param warnings what is missing or damaged
   */
  record Content(PageIndex index, List<String> warnings) {}

  /** How many blocks of RAM there are; without one there is nothing to read. */
  static int count(HyperVStorage storage) {
    return storage.names(DATA).size();
  }

  static Content read(ImageFile file, HyperVStorage storage, Progress progress)
      throws ImageException {
    return new SavedRam(file, storage, progress).read();
  }

  /**
   * A part of the guest's memory.
   *
   * @param count of pages
   * @param first the number of its first page among those of all blocks
   * @param page the guest's number of its first page
   */
  private record Part(long count, long first, long page) {}

  private Content read() throws ImageException {
    for (String name : storage.names(DATA)) {
      Optional<Bytes> bytes = value(name);
      if (bytes.isPresent()) {
        blocks.put(Long.parseLong(name.substring("RamBlock".length())), bytes.get());
      }
    }
    List<Part> parts = parts();
    if (parts.isEmpty()) {
      parts = List.of(assumed());
    }
    long missing = 0;
    for (Part part : parts) {
      missing += read(part);
    }
    if (missing > 0) {
      warnings.add(
          "%d MiB of the machine's memory are not in the file: their blocks are missing"
              .formatted(missing));
    }
    if (!damaged.isEmpty()) {
      warnings.add(
          "%s damaged or cut: pages are missing"
              .formatted(Count.of(damaged.size(), "RAM block", "is", "are")));
    }
    return new Content(pages.build(), List.copyOf(warnings));
  }

  private Optional<Bytes> value(String name) throws ImageException {
    Optional<Bytes> bytes = storage.bytes(file, PREFIX + name);
    return bytes.isPresent() ? bytes : storage.bytes(file, "/" + name);
  }

  private List<Part> parts() throws ImageException {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < MAX_PLACES; i++) {
      Optional<Bytes> bytes = value("RamMemoryBlock" + i);
      if (bytes.isEmpty()) {
        break;
      }
      long at = bytes.get().offset();
      if (bytes.get().length() < PLACE_BYTES) {
        warnings.add("RamMemoryBlock%d is cut".formatted(i));
        continue;
      }
      Part part = new Part(file.longAt(at + 8), file.longAt(at + 16), file.longAt(at + 24));
      if (isSound(part)) {
        parts.add(part);
      } else {
        warnings.add(
            "RamMemoryBlock%d claims %d pages from 0x%x on: not plausible, left out"
                .formatted(i, part.count, part.page));
      }
    }
    return parts;
  }

  private static boolean isSound(Part part) {
    return part.count > 0
        && part.count <= MAX_PAGE
        && part.page >= 0
        && part.page <= MAX_PAGE - part.count
        && part.first >= 0
        && part.first <= MAX_PAGE;
  }

  /** All blocks one after the other from 0 on, where the file has no map. */
  private Part assumed() {
    warnings.add(
        "the file does not say where the guest sees its memory (no RamMemoryBlock0); it is taken"
            + " as one piece from 0 on");
    long last = blocks.isEmpty() ? 0 : blocks.lastKey();
    return new Part((last + 1) * BLOCK_PAGES, 0, 0);
  }

  /** Reads the pages of a part; how many of its blocks are missing. */
  private long read(Part part) throws ImageException {
    long from = part.first / BLOCK_PAGES;
    long to = (part.first + part.count - 1) / BLOCK_PAGES;
    long found = 0;
    for (Map.Entry<Long, Bytes> block : blocks.subMap(from, true, to, true).entrySet()) {
      found++;
      read(part, block.getKey(), block.getValue());
      progress.advanced("reading the saved memory", found, to - from + 1);
    }
    return to - from + 1 - found;
  }

  private void read(Part part, long number, Bytes bytes) throws ImageException {
    long first = number * BLOCK_PAGES - part.first;
    if (bytes.length() == BLOCK) {
      for (int i = 0; i < BLOCK_PAGES; i++) {
        if (holds(part, first + i)) {
          pages.addRaw((part.page + first + i) * PAGE, bytes.offset() + (long) i * PAGE);
        }
      }
      return;
    }
    if (readPacked(part, first, bytes) < BLOCK_PAGES) {
      damaged.add(number);
    }
  }

  /** Reads the pages of a packed block, by the word before each; how many there are. */
  private int readPacked(Part part, long first, Bytes bytes) throws ImageException {
    long at = bytes.offset();
    long end = bytes.offset() + bytes.length();
    int page = 0;
    while (page < BLOCK_PAGES && end - at >= Integer.BYTES) {
      int word = (int) file.intAt(at);
      at += Integer.BYTES;
      if (word == FILLED || word == FILLED_SEVERAL) {
        long size = word == FILLED ? Long.BYTES : Long.BYTES + Integer.BYTES;
        if (end - at < size) {
          return page;
        }
        long count = word == FILLED ? 1 : file.intAt(at + Long.BYTES);
        for (long i = 0; i < count && page < BLOCK_PAGES; i++, page++) {
          filled(part, first + page, at);
        }
        at += size;
      } else if (word == END || word <= 0 || word > PAGE || end - at < word) {
        return page;
      } else {
        if (holds(part, first + page)) {
          long address = (part.page + first + page) * PAGE;
          if (word == PAGE) {
            pages.addRaw(address, at);
          } else {
            pages.add(address, RamDecoder.XPRESS, at, word);
          }
        }
        page++;
        at += word;
      }
    }
    return page;
  }

  /** A page full of eight bytes that stand at a place in the file. */
  private void filled(Part part, long page, long at) throws ImageException {
    if (!holds(part, page)) {
      return;
    }
    long pattern = file.longAt(at);
    byte low = (byte) pattern;
    long address = (part.page + page) * PAGE;
    if (pattern == (low & 0xffL) * 0x0101_0101_0101_0101L) {
      pages.addFilled(address, low);
    } else {
      pages.add(address, RamDecoder.PATTERN, at, Long.BYTES);
    }
  }

  private static boolean holds(Part part, long page) {
    return page >= 0 && page < part.count;
  }
}
