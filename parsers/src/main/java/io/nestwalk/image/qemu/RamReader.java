package io.nestwalk.image.qemu;

import io.nestwalk.image.BlockIndex;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.PageIndex;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Progress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The sections {@code ram}, version 4 (QEMU's migration/ram.c): a list of blocks, then pages, each
 * behind a word with its offset in its block and flags. A page that comes again replaces the
 * earlier one.
 */
final class RamReader {

  static final int VERSION = 4;

  private static final int ZERO = 0x02;
  private static final int MEM_SIZE = 0x04;
  private static final int PAGE = 0x08;
  private static final int EOS = 0x10;
  private static final int CONTINUE = 0x20;
  private static final int XBZRLE = 0x40;
  private static final int COMPRESS_PAGE = 0x100;
  private static final int MULTIFD_FLUSH = 0x200;

  /** A machine has some dozens. */
  private static final int MAX_BLOCKS = 4096;

  private static final int MAPPED_RAM_VERSION = 1;

  /** The rule of QEMU's compress2 buffers: little more than the page. */
  private static final int MAX_PACKED = 1 << 16;

  private static final long REPORT_EVERY = 16 << 20;

  private final StreamReader reader;
  private final Configuration configuration;
  private final OptionalLong knownLow;
  private final Progress progress;
  private final int pageSize;
  private final PageIndex.Builder pages;
  private final List<String> warnings = new ArrayList<>();

  private Map<String, RamBlock> blocks = Map.of();
  private List<Placement> placements = List.of();
  private RamBlock block;
  private List<Placement> blockPlacements = List.of();

  /** Null before the list of blocks was read. */
  private RamLayout layout;

  /** The names of the blocks of which there was a page. */
  private final Set<String> met = new HashSet<>();

  private String refusal;
  private long reported;

  RamReader(
      StreamReader reader, Configuration configuration, OptionalLong knownLow, Progress progress) {
    this.knownLow = knownLow;
    this.reader = reader;
    this.configuration = configuration;
    this.progress = progress;
    pageSize = configuration.pageSize();
    pages = PageIndex.builder(reader.stream().name(), pageSize);
  }

  /** Reads one section, START, PART or END, up to its end mark. */
  void readSection() throws ImageException {
    while (true) {
      long start = reader.position();
      long word = reader.readLong();
      long offset = word & -(long) pageSize;
      int flags = (int) (word & (pageSize - 1));
      if (flags == 0) {
        throw reader.fault("a word without a flag where a page of RAM should be");
      }
      if ((flags & MEM_SIZE) != 0) {
        readBlocks(offset);
        flags &= ~MEM_SIZE;
      }
      switch (flags & ~CONTINUE) {
        case 0, MULTIFD_FLUSH -> {
          // nothing follows
        }
        case ZERO -> {
          enterBlock(flags, offset);
          int value = reader.readByte();
          long address = addressOf(offset);
          if (address >= 0) {
            pages.addFilled(address, (byte) value);
          }
        }
        case PAGE -> {
          enterBlock(flags, offset);
          readPage(offset);
        }
        case COMPRESS_PAGE -> {
          enterBlock(flags, offset);
          readPacked(offset);
        }
        case XBZRLE -> {
          refusal =
              "at 0x%x of the stream: a page as its difference to an earlier one (XBZRLE), which is"
                      .formatted(start)
                  + " not supported; migrate with that capability off";
          throw new ImageException(reader.stream().name(), refusal);
        }
        case EOS, EOS | MULTIFD_FLUSH -> {
          return;
        }
        default -> {
          reader.seek(start);
          throw reader.fault("RAM flags 0x%x are not known".formatted(flags));
        }
      }
      if (reader.position() - reported >= REPORT_EVERY) {
        reported = reader.position();
        progress.advanced("reading the stream", reported, reader.stream().length());
      }
    }
  }

  /** The blocks of which pages are placed; empty before the first section was read. */
  List<Placement> placements() {
    return placements;
  }

  /** How the blocks were placed; empty when their list was not read. */
  Optional<RamLayout> layout() {
    return Optional.ofNullable(layout);
  }

  /** What was met that forbids to use the memory; the rest of the stream was not read. */
  Optional<String> refusal() {
    return Optional.ofNullable(refusal);
  }

  List<String> warnings() {
    return warnings;
  }

  /** The blocks of the machine's memory of which the stream has no page, in order. */
  List<RamBlock> withoutPages() {
    return layout().map(RamLayout::memory).orElse(List.of()).stream()
        .map(blocks::get)
        .filter(each -> isMapped() ? each.mapped() == null : !met.contains(each.name()))
        .toList();
  }

  /** The pages that were read. */
  BlockIndex index() {
    return isMapped() ? new MappedRamIndex(reader.stream(), blocks, placements) : pages.build();
  }

  private boolean isMapped() {
    return blocks.values().stream().anyMatch(candidate -> candidate.mapped() != null);
  }

  private void enterBlock(int flags, long offset) throws ImageException {
    if ((flags & CONTINUE) == 0) {
      String name = reader.readName();
      if (block == null || !block.name().equals(name)) {
        block = blocks.get(name);
        if (block == null) {
          throw reader.fault("RAM block \"%s\" is not in the list of blocks".formatted(name));
        }
        met.add(name);
        blockPlacements = placements.stream().filter(part -> part.block().equals(name)).toList();
      }
    } else if (block == null) {
      throw reader.fault("a page without a RAM block");
    }
    if (offset < 0 || offset >= block.length()) {
      throw reader.fault(
          "page 0x%x is beyond the end of RAM block \"%s\"".formatted(offset, block.name()));
    }
  }

  /** Where the guest sees that page of the current block; negative when that is not known. */
  private long addressOf(long offset) {
    for (int i = 0; i < blockPlacements.size(); i++) {
      Placement part = blockPlacements.get(i);
      if (offset >= part.offset() && offset < part.end()) {
        return part.address() + (offset - part.offset());
      }
    }
    return -1;
  }

  private void readPage(long offset) throws ImageException {
    PiecedFile stream = reader.stream();
    long address = addressOf(offset);
    long start = reader.position();
    long left = Math.min(pageSize, stream.length() - start);
    if (address >= 0 && left > 0) {
      long place = stream.fileOffset(start, left);
      if (place == PiecedFile.SCATTERED) {
        pages.add(address, PageDecoder.SCATTERED, start, 0);
      } else {
        pages.addRaw(address, place);
      }
    }
    reader.skip(pageSize);
  }

  private void readPacked(long offset) throws ImageException {
    long size = reader.readInt();
    if (size == 0 || size > MAX_PACKED) {
      throw reader.fault("a page packed into %d bytes".formatted(size));
    }
    long start = reader.position();
    reader.skip(size);
    long address = addressOf(offset);
    if (address >= 0) {
      pages.add(address, PageDecoder.ZLIB, start, (int) size);
    }
  }

  /**
   * Reads the list of blocks, whose lengths add up to {@code total}. An entry has more members with
   * some capabilities, of which the stream tells only some: so the list decides.
   */
  private void readBlocks(long total) throws ImageException {
    if (!blocks.isEmpty()) {
      throw reader.fault("a second list of RAM blocks");
    }
    long start = reader.position();
    Map<String, RamBlock> list;
    try {
      list = readBlocks(total, false);
    } catch (ImageException e) {
      reader.seek(start);
      try {
        list = readBlocks(total, true);
      } catch (ImageException second) {
        throw e;
      }
    }
    blocks = list;
    layout = RamLayout.of(configuration.machine(), List.copyOf(list.values()), knownLow);
    placements = layout.placements();
    warnings.addAll(layout.warnings());
    if (placements.isEmpty()) {
      throw reader.fault(
          "none of the %d RAM blocks is the machine's memory".formatted(list.size()));
    }
  }

  private Map<String, RamBlock> readBlocks(long total, boolean withPageSize) throws ImageException {
    Map<String, RamBlock> list = new LinkedHashMap<>();
    long left = total;
    while (left > 0) {
      String name = reader.readName();
      long length = reader.readLong();
      if (name.isEmpty() || length < 0 || length > left) {
        throw reader.fault("the lengths of the RAM blocks do not add up to 0x%x".formatted(total));
      }
      if (withPageSize) {
        reader.skip(Long.BYTES);
      }
      long address = configuration.ignoresShared() ? reader.readLong() : -1;
      MappedBlock mapped = configuration.isMapped() ? readMapped(length) : null;
      if (list.put(name, new RamBlock(name, length, address, mapped)) != null
          || list.size() > MAX_BLOCKS) {
        throw reader.fault(
            "RAM block \"%s\" is there twice, or there are too many".formatted(name));
      }
      left -= length;
    }
    if (left < 0) {
      throw reader.fault("a list of RAM blocks with a negative length");
    }
    return list;
  }

  /** Reads where the pages of a block are, and goes on behind them. */
  private MappedBlock readMapped(long length) throws ImageException {
    long version = reader.readInt();
    long size = reader.readLong();
    long bitmap = reader.readLong();
    long first = reader.readLong();
    if (version != MAPPED_RAM_VERSION || size != pageSize) {
      throw reader.fault(
          "a mapped-ram header of version %d with pages of %d bytes".formatted(version, size));
    }
    if (bitmap == 0 && first == 0) {
      return null; // shared memory that was not written
    }
    // Offsets are those of the file that QEMU wrote. The bitmap is always right here: so the
    // difference tells what stands before the stream.
    long shift = reader.position() - bitmap;
    long place = first + shift;
    long bitmapBytes = (length / pageSize + 8) / 8;
    if (bitmap < 0 || first < bitmap || place < 0 || place > Long.MAX_VALUE - length) {
      throw reader.fault(
          "a mapped-ram header with its bitmap at 0x%x and pages at 0x%x".formatted(bitmap, first));
    }
    if (!reader.stream().holds(reader.position(), bitmapBytes)) {
      throw reader.fault("a mapped-ram bitmap of %d bytes is cut".formatted(bitmapBytes));
    }
    MappedBlock mapped = new MappedBlock(pageSize, reader.position(), place);
    if (!reader.stream().holds(place, length)) {
      warnings.add("the file is cut: of the RAM that it claims to hold, a part is missing");
    }
    reader.seek(place + length);
    return mapped;
  }
}
