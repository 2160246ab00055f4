package io.nestwalk.image.kdump;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.lzo.LzoCompressor;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Writes a machine as a kdump of version 6, for tests: with packings that no writer here has, and
 * with damage. The files of QEMU and makedumpfile are compared with in samples/qemu-formats.
 */
final class KdumpWriter {

  static final int PAGE = 4096;

  /** Packings in turn: as they are, zlib, LZO, snappy, zstd. */
  static final int ALL = -1;

  static final int PLAIN = 0;
  static final int ZLIB = 1;
  static final int LZO = 2;
  static final int SNAPPY = 4;
  static final int ZSTD = 0x20;

  private static final int[] KINDS = {PLAIN, ZLIB, LZO, SNAPPY, ZSTD};

  private static final String TEXT = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n";

  private final TestMachine machine;
  private final long pages;
  private int packing = ALL;
  private int level;
  private boolean zerosLeftOut;
  private long status;

  KdumpWriter(TestMachine machine) {
    this.machine = machine;
    pages = machine.memory().end() / PAGE;
  }

  KdumpWriter packing(int flag) {
    packing = flag;
    return this;
  }

  /** Leaves out pages of zeros, and says that this level did it. */
  KdumpWriter withoutZeros(int dumpLevel) {
    zerosLeftOut = true;
    level = dumpLevel;
    return this;
  }

  KdumpWriter status(long flags) {
    status = flags;
    return this;
  }

  byte[] toBytes() throws IOException {
    return toBytes(false, 0, pages);
  }

  /** A file of a set, about the pages from {@code first} to before {@code end}. */
  byte[] part(long first, long end) throws IOException {
    return toBytes(true, first, end);
  }

  private byte[] toBytes(boolean split, long first, long end) throws IOException {
    byte[] notes = notes();
    int subBlocks = 1 + (notes.length + TEXT.length()) / PAGE + 1;
    int bitmapBlocks = (int) ((pages + PAGE * 8L - 1) / (PAGE * 8L));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FileSink out = new FileSink(bytes);
    out.text("KDUMP   ").u32(6).text("Linux").zerosTo(12 + 4 * 65).text("x86_64").zerosTo(424);
    out.u32(status).u32(PAGE).u32(subBlocks).u32(2L * bitmapBlocks).u32(pages).zerosTo(460);
    out.u32(machine.cpus().size()).zerosTo(PAGE);
    long textAt = PAGE + 104;
    long notesAt = textAt + TEXT.length();
    out.u64(0x1000000).u32(level).u32(split ? 1 : 0).u64(first).u64(end);
    out.u64(textAt).u64(TEXT.length()).u64(notesAt).u64(notes.length).u64(0).u64(0);
    out.u64(first).u64(end).u64(pages).text(TEXT).bytes(notes).zerosTo((1L + subBlocks) * PAGE);
    List<Long> present = present();
    byte[] existing = new byte[bitmapBlocks * PAGE];
    byte[] dumped = new byte[bitmapBlocks * PAGE];
    List<Long> stored = new ArrayList<>();
    for (long page : present) {
      existing[(int) (page / 8)] |= (byte) (1 << page % 8);
      if (!zerosLeftOut || !isZero(page)) {
        dumped[(int) (page / 8)] |= (byte) (1 << page % 8);
        if (page >= first && page < end) {
          stored.add(page);
        }
      }
    }
    out.bytes(existing).bytes(dumped);
    long at = out.position() + 24L * stored.size();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (int i = 0; i < stored.size(); i++) {
      byte[] page = machine.memory().readBytes(stored.get(i) * PAGE, PAGE);
      int kind = packing == ALL ? KINDS[i % KINDS.length] : packing;
      byte[] packed = pack(kind, page);
      if (packed.length >= PAGE) {
        kind = PLAIN;
        packed = page;
      }
      out.u64(at + data.size()).u32(packed.length).u32(kind).u64(0);
      data.write(packed);
    }
    out.bytes(data.toByteArray());
    out.close();
    return bytes.toByteArray();
  }

  /** The file as blocks of some hundred bytes, in any order. */
  static byte[] flattened(byte[] file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("makedumpfile\0\0\0\0");
    out.writeLong(1);
    out.writeLong(1);
    out.write(new byte[PAGE - out.size()]);
    int size = 777;
    int blocks = (file.length + size - 1) / size;
    // First something that is replaced by what comes later.
    out.writeLong(file.length / 2);
    out.writeLong(100);
    out.write(new byte[100]);
    for (int i = 0; i < blocks; i++) {
      int block = i % 2 == 0 ? i / 2 : blocks - 1 - i / 2;
      int length = Math.min(size, file.length - block * size);
      out.writeLong((long) block * size);
      out.writeLong(length);
      out.write(file, block * size, length);
    }
    out.writeLong(-1);
    out.writeLong(-1);
    return bytes.toByteArray();
  }

  private List<Long> present() {
    List<Long> present = new ArrayList<>();
    for (AddressRange range : machine.memory().ranges()) {
      for (long page = range.start() / PAGE; page < range.end() / PAGE; page++) {
        present.add(page);
      }
    }
    return present;
  }

  private boolean isZero(long page) {
    return Arrays.equals(machine.memory().readBytes(page * PAGE, PAGE), new byte[PAGE]);
  }

  private byte[] notes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FileSink out = new FileSink(bytes);
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      out.u32(5).u32(336).u32(1).text("CORE\0\0\0\0");
      long start = out.position();
      out.zerosTo(start + 112);
      for (String register :
          "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi - rip cs rflags rsp ss"
              .split(" ", -1)) {
        out.u64(machine.register(cpu, register));
      }
      out.zerosTo(start + 336);
    }
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      out.u32(5).u32(440).u32(0).text("QEMU\0\0\0\0");
      long start = out.position();
      out.u32(1).u32(440);
      for (String register :
          "rax rbx rcx rdx rsi rdi rsp rbp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags"
              .split(" ", -1)) {
        out.u64(machine.register(cpu, register));
      }
      for (String segment : "cs ds es fs gs ss ldt tr gdt idt".split(" ", -1)) {
        out.u32(machine.register(cpu, segment));
        out.u32(machine.register(cpu, segment + "_limit"));
        out.u32(machine.register(cpu, segment + "_flags")).u32(0);
        out.u64(machine.register(cpu, segment + "_base"));
      }
      out.u64(machine.register(cpu, "cr0")).u64(0).u64(machine.register(cpu, "cr2"));
      out.u64(machine.register(cpu, "cr3")).u64(machine.register(cpu, "cr4"));
      out.u64(machine.register(cpu, "kernel_gs_base"));
      out.zerosTo(start + 440);
    }
    out.close();
    return bytes.toByteArray();
  }

  private static byte[] pack(int kind, byte[] page) {
    return switch (kind) {
      case ZLIB -> {
        Deflater deflater = new Deflater(1);
        deflater.setInput(page);
        deflater.finish();
        byte[] buffer = new byte[2 * PAGE];
        int length = deflater.deflate(buffer);
        deflater.end();
        yield Arrays.copyOf(buffer, length);
      }
      case LZO -> compress(new LzoCompressor(), page);
      case SNAPPY -> compress(new SnappyJavaCompressor(), page);
      case ZSTD -> Zstd.compress(page, 1);
      default -> page;
    };
  }

  private static byte[] compress(Compressor compressor, byte[] page) {
    byte[] buffer = new byte[compressor.maxCompressedLength(page.length)];
    int length = compressor.compress(page, 0, page.length, buffer, 0, buffer.length);
    return Arrays.copyOf(buffer, length);
  }
}
