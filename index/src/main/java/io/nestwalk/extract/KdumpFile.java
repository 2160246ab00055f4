package io.nestwalk.extract;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Progress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Writes a machine's memory as makedumpfile does (kdump-compressed, header version 6; {@code
 * IMPLEMENTATION} and diskdump_mod.h of makedumpfile): page by page, packed by zlib, which every
 * reader of such files has. Pages of zeros share one. What the machine lacks is in no bitmap.
 */
final class KdumpFile {

  private static final int BLOCK = 1 << 18;
  private static final int VERSION = 6;
  private static final int NAMES = 12;
  private static final int NAME = 65;
  private static final int PACKED_BY_ZLIB = 1;
  private static final int DESCRIPTOR = 24;
  private static final int DESCRIPTORS_AT_ONCE = 1 << 12;
  private static final int SUB_HEADER_64 = 104;
  private static final int SUB_HEADER_32 = 80;

  /** For bitmaps, whose length is that of the address space up to the last page. */
  private static final long MOST_BITMAP = 1L << 30;

  private final Architecture architecture;
  private final Names names;
  private final List<Note> notes;
  private final long physicalBase;
  private final List<AddressRange> ranges;
  private final int pageSize;
  private final boolean narrow;
  private final int cpus;

  /**
   * What the kernel calls itself ({@code struct utsname}).
   *
   * @param host the machine's name
   */
  record Names(String system, String host, String release, String version) {}

  /**
   * A dump.
   *
   * @param notes of CPUs, and VMCOREINFO
   * @param cpus how many of the notes are of a CPU's registers
   * @param physicalBase how far the kernel was moved in physical memory: its phys_base
   * @param ranges the machine's memory, ascending; what of it fills no page of 4096 bytes is left
   *     out, as {@link #wholePages} does it
   * @param kernelPage the size of the kernel's pages
   */
  KdumpFile(
      Architecture architecture,
      Names names,
      List<Note> notes,
      int cpus,
      long physicalBase,
      List<AddressRange> ranges,
      int kernelPage) {
    this.architecture = architecture;
    this.names = names;
    this.notes = List.copyOf(notes);
    this.cpus = cpus;
    this.physicalBase = physicalBase;
    this.ranges = wholePages(ranges);
    // A page that is there in part is written in the parts that are.
    boolean whole =
        this.ranges.stream().allMatch(r -> ((r.start() | r.length()) & kernelPage - 1) == 0);
    pageSize = whole ? kernelPage : CoreFile.PAGE;
    narrow = architecture == Architecture.X86;
  }

  /**
   * What of some ranges fills pages of 4096 bytes, the smallest that there are: the format has no
   * place for less. A firmware's map may end memory anywhere.
   *
   * @param ranges ascending
   * @return ascending; none is empty, and none begins where another ends
   */
  static List<AddressRange> wholePages(List<AddressRange> ranges) {
    List<AddressRange> joined = new ArrayList<>();
    ranges.forEach(range -> Extraction.join(joined, range.start(), range.length()));
    return joined.stream().map(KdumpFile::wholePages).filter(each -> each.length() > 0).toList();
  }

  private static AddressRange wholePages(AddressRange range) {
    long start = range.start() + CoreFile.PAGE - 1 & -CoreFile.PAGE;
    return new AddressRange(start, Math.max(0, (range.end() & -CoreFile.PAGE) - start));
  }

  /**
   * Writes the dump, which has a page at least.
   *
   * @param memory where the ranges are addresses
   */
  void write(SeekableByteChannel out, Memory memory, Progress progress) throws IOException {
    long pages = ranges.getLast().end() / pageSize;
    long bitmap = (pages + 8L * pageSize - 1) / (8L * pageSize) * pageSize;
    if (bitmap > MOST_BITMAP) {
      throw new IOException(
          "memory up to 0x%x is too far up for this format's bitmaps"
              .formatted(ranges.getLast().end()));
    }
    int subBlocks = blocks(subHeader() + notes.stream().mapToInt(Note::size).sum());
    at(out, 0, header(pages, subBlocks, bitmap));
    at(out, pageSize, subHeader(pages));
    long bitmapAt = (1L + subBlocks) * pageSize;
    bitmap(out, bitmapAt);
    bitmap(out, bitmapAt + bitmap);
    long descriptors = bitmapAt + 2 * bitmap;
    long count = ranges.stream().mapToLong(AddressRange::length).sum() / pageSize;
    new Pages(out, descriptors, descriptors + count * DESCRIPTOR).all(memory, progress);
  }

  private int subHeader() {
    return narrow ? SUB_HEADER_32 : SUB_HEADER_64;
  }

  private int blocks(int bytes) {
    return (bytes + pageSize - 1) / pageSize;
  }

  private ByteBuffer header(long pages, int subBlocks, long bitmap) {
    ByteBuffer header = buffer(pageSize);
    header.put("KDUMP   ".getBytes(StandardCharsets.US_ASCII)).putInt(VERSION);
    List<String> fields =
        List.of(names.system, names.host, names.release, names.version, machine(), "");
    for (int i = 0; i < fields.size(); i++) {
      byte[] text = fields.get(i).getBytes(StandardCharsets.UTF_8);
      header.put(NAMES + i * NAME, text, 0, Math.min(text.length, NAME - 1));
    }
    header.position(narrow ? 412 : 424);
    header.putInt(PACKED_BY_ZLIB).putInt(pageSize).putInt(subBlocks);
    header.putInt((int) (2 * bitmap / pageSize));
    header.putInt((int) Math.min(pages, 0xffff_ffffL));
    header.putInt(0).putInt(0).putInt(0).putInt(0).putInt(cpus);
    return header.position(0);
  }

  private String machine() {
    return switch (architecture) {
      case X86 -> "i686";
      case X86_64 -> "x86_64";
      case AARCH64 -> "aarch64";
      case RISCV64 -> "riscv64";
    };
  }

  /** With the notes behind it. Nothing is left out: the dump level is 0. */
  private ByteBuffer subHeader(long pages) {
    int noteBytes = notes.stream().mapToInt(Note::size).sum();
    ByteBuffer sub = buffer(subHeader() + noteBytes);
    int notesAt = pageSize + subHeader();
    long text = 0;
    long textSize = 0;
    int offset = notesAt;
    for (Note note : notes) {
      if (note.isNamed(Note.VMCOREINFO)) {
        text = (long) offset + note.contentOffset();
        textSize = note.contentSize();
      }
      offset += note.size();
    }
    word(sub, physicalBase);
    sub.putInt(0).putInt(0);
    word(sub, 0);
    word(sub, pages);
    sub.putLong(text);
    word(sub, textSize);
    sub.putLong(noteBytes == 0 ? 0 : notesAt);
    word(sub, noteBytes);
    sub.putLong(0);
    word(sub, 0);
    sub.putLong(0).putLong(pages).putLong(pages);
    notes.forEach(note -> note.write(sub));
    return sub.position(0);
  }

  private void word(ByteBuffer out, long value) {
    if (narrow) {
      out.putInt((int) value);
    } else {
      out.putLong(value);
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void at(SeekableByteChannel out, long position, ByteBuffer content)
      throws IOException {
    out.position(position);
    while (content.hasRemaining()) {
      out.write(content);
    }
  }

  /** A bit for each page; between far ranges the file has a hole. */
  private void bitmap(SeekableByteChannel out, long start) throws IOException {
    byte[] bits = new byte[BLOCK];
    long block = -1;
    for (AddressRange range : ranges) {
      long end = range.end() / pageSize;
      for (long page = range.start() / pageSize; page < end; page++) {
        long wanted = page / (8L * BLOCK);
        if (wanted != block) {
          flush(out, start, block, bits);
          block = wanted;
        }
        bits[(int) (page / 8 % BLOCK)] |= (byte) (1 << (page & 7));
      }
    }
    flush(out, start, block, bits);
  }

  private static void flush(SeekableByteChannel out, long start, long block, byte[] bits)
      throws IOException {
    if (block >= 0) {
      int length = BLOCK;
      while (length > 0 && bits[length - 1] == 0) {
        length--;
      }
      at(out, start + block * BLOCK, ByteBuffer.wrap(bits, 0, length));
      Arrays.fill(bits, (byte) 0);
    }
  }

  /** The pages' descriptors and, behind all of them, what they describe. */
  private final class Pages {

    private final SeekableByteChannel out;
    private final ByteBuffer descriptors = buffer(DESCRIPTORS_AT_ONCE * DESCRIPTOR);
    private final ByteBuffer data = buffer(BLOCK + (1 << 16));
    private final byte[] packed = new byte[pageSize];
    private long descriptorsAt;
    private long dataAt;

    /** Where the one page of zeros stands that all descriptors of such share; -1 before it. */
    private long zeros = -1;

    private int zeroSize;

    Pages(SeekableByteChannel out, long descriptorsAt, long dataAt) {
      this.out = out;
      this.descriptorsAt = descriptorsAt;
      this.dataAt = dataAt;
    }

    void all(Memory memory, Progress progress) throws IOException {
      long total = ranges.stream().mapToLong(AddressRange::length).sum();
      byte[] block = new byte[BLOCK];
      MemorySegment target = MemorySegment.ofArray(block);
      Deflater deflater = new Deflater(Deflater.BEST_SPEED);
      long done = 0;
      try {
        for (AddressRange range : ranges) {
          for (long offset = 0; offset < range.length(); offset += BLOCK) {
            int size = (int) Math.min(BLOCK, range.length() - offset);
            Arrays.fill(block, 0, size, (byte) 0);
            CoreFile.fill(memory, range.start() + offset, target.asSlice(0, size));
            for (int page = 0; page < size; page += pageSize) {
              add(block, page, deflater);
            }
            done += size;
            progress.advanced("extract", done, total);
          }
        }
      } finally {
        deflater.end();
      }
      flushDescriptors();
      flushData();
    }

    private void add(byte[] block, int start, Deflater deflater) throws IOException {
      boolean zero = CoreFile.isZero(block, start, start + pageSize);
      int size = zero && zeros >= 0 ? -1 : pack(block, start, deflater);
      boolean stored = size == pageSize;
      if (descriptors.remaining() == 0) {
        flushDescriptors();
      }
      long position = size < 0 ? zeros : dataAt + data.position();
      int length = size < 0 ? zeroSize : size;
      descriptors.putLong(position).putInt(length).putInt(stored ? 0 : PACKED_BY_ZLIB).putLong(0);
      if (zero && zeros < 0) {
        zeros = position;
        zeroSize = size;
      }
      if (size >= 0) {
        data.put(stored ? block : packed, stored ? start : 0, size);
        if (data.remaining() < pageSize) {
          flushData();
        }
      }
    }

    /** How long the packed page is; a page's size where packing does not make it shorter. */
    private int pack(byte[] block, int start, Deflater deflater) {
      deflater.reset();
      deflater.setInput(block, start, pageSize);
      deflater.finish();
      int size = deflater.deflate(packed, 0, pageSize - 1);
      return deflater.finished() ? size : pageSize;
    }

    private void flushDescriptors() throws IOException {
      descriptors.flip();
      int size = descriptors.remaining();
      at(out, descriptorsAt, descriptors);
      descriptorsAt += size;
      descriptors.clear();
    }

    private void flushData() throws IOException {
      data.flip();
      int size = data.remaining();
      at(out, dataAt, data);
      dataAt += size;
      data.clear();
    }
  }
}
