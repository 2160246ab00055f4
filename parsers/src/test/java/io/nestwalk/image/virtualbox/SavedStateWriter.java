package io.nestwalk.image.virtualbox;

import com.ning.compress.lzf.ChunkEncoder;
import com.ning.compress.lzf.util.ChunkEncoderFactory;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a machine as a VirtualBox saved state, from the description of the format alone. Pages are
 * packed where that makes them smaller; small values are gathered in records of their own, or, with
 * records of a fixed size, everything straddles.
 */
final class SavedStateWriter {

  private static final String[] GENERAL = {
    "rdi", "rsi", "rbp", "rax", "rbx", "rdx", "rcx", "rsp", "rflags", "rip", "r8", "r9", "r10",
    "r11", "r12", "r13", "r14", "r15"
  };

  private record Entry(long offset, String name) {}

  private final TestMachine machine;
  private final FileSink out;
  private final int recordSize;
  private final List<Entry> directory = new ArrayList<>();
  private final ChunkEncoder lzf = ChunkEncoderFactory.safeInstance(4096);
  private ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private int pgmVersion = 14;
  private int cpumVersion = 19;
  private boolean live;
  private long unitStart;

  /**
   * Sets up.
   *
   * @param recordSize the size of every record, or 0 for records as VirtualBox writes them
   */
  SavedStateWriter(TestMachine machine, FileSink out, int recordSize) {
    this.machine = machine;
    this.out = out;
    this.recordSize = recordSize;
  }

  SavedStateWriter pgmVersion(int version) {
    pgmVersion = version;
    return this;
  }

  SavedStateWriter cpumVersion(int version) {
    cpumVersion = version;
    return this;
  }

  /** In two passes: the first with pages that the second replaces. */
  SavedStateWriter live() {
    live = true;
    return this;
  }

  void write() throws IOException {
    out.text("\u007fVirtualBox SavedState V2.0\n").zerosTo(32);
    out.u16(6).u16(1).u32(36).u32(143488).u8(64).u8(8).u8(8).u8(0).u32(4).u32(1).u32(4096).u32(0);
    unit("SSM", 1, 0xffffffffL);
    string("Build Type", "release");
    endUnit();
    if (live) {
      unit("pgm", pgmVersion, 0);
      configuration();
      firstPass();
      endUnit();
    }
    unit("cpum", cpumVersion, 0xffffffffL);
    registers();
    endUnit();
    unit("pgm", pgmVersion, 0xffffffffL);
    state();
    if (!live) {
      configuration();
    }
    pages();
    endUnit();
    end();
  }

  private void unit(String name, int version, long pass) throws IOException {
    unitStart = out.position();
    if (pass == 0xffffffffL) {
      directory.add(new Entry(unitStart, name));
    }
    out.text("\nUnit\n\0\0").u64(unitStart).u32(0).u32(0).u32(version).u32(1).u32(pass).u32(0);
    out.u32(name.length() + 1).text(name).u8(0);
  }

  private void endUnit() throws IOException {
    flush();
    out.u8(0x91).u8(14).u16(0).u32(0).u64(out.position() - unitStart + 8);
  }

  private void end() throws IOException {
    long at = out.position();
    out.text("\nTheEnd\0").u64(at).u32(0).u32(0).u32(0).u32(0).u32(0).u32(0).u32(0);
    out.text("\nDir\n\0\0\0").u32(0).u32(directory.size());
    for (Entry entry : directory) {
      out.u64(entry.offset).u32(1).u32(0);
    }
    long footer = out.position();
    out.text("\nFooter\0").u64(footer).u32(0).u32(directory.size()).u32(0).u32(0);
  }

  private void state() throws IOException {
    begin();
    put(1, 0).put(8, 0).put(4, 0);
    if (pgmVersion >= 12) {
      put(4, 0);
    }
    finish();
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      begin();
      put(1, 1).put(8, -1).put(4, 7);
      for (int i = 0; i < (pgmVersion >= 14 ? 4 : 0); i++) {
        put(8, 0);
      }
      finish();
    }
    if (pgmVersion < 14) {
      put(4, 0);
      string("CR3 mapping");
      put(8, 0xa0000000L).put(8, 0x2000).put(4, 0xffffffffL);
    }
  }

  private void configuration() throws IOException {
    if (pgmVersion >= 11) {
      put(4, 0x20000000).put(8, machine.memory().presentBytes());
    }
    put(1, 0);
    string("pcbios");
    put(4, 0).put(1, 0);
    string("PC BIOS");
    put(8, 0xe0000).put(8, 0x20000).put(1, 0xff);
    put(1, 1);
    string("vga");
    put(4, 0).put(1, 0);
    string("VRam");
    put(8, 0x1000000).put(1, 0xff);
  }

  /** Every page once, each full of the wrong byte, so that the next pass is seen to replace it. */
  private void firstPass() throws IOException {
    byte[] wrong = new byte[4096];
    Arrays.fill(wrong, (byte) 0x77);
    for (AddressRange range : machine.memory().ranges()) {
      for (long at = range.start(); at < range.end(); at += 4096) {
        put(1, 0x81).put(8, at);
        page(wrong);
      }
    }
    put(1, 0xff);
  }

  private void pages() throws IOException {
    // Device pages stand between the others, with ROM in every form.
    byte[] device = new byte[4096];
    Arrays.fill(device, (byte) 0x5a);
    put(1, 0x84).put(1, 0).put(4, 0).put(1, 0);
    page(device);
    put(1, 0x07).put(1, 2);
    put(1, 0x82).put(1, 1).put(4, 0);
    page(device);
    put(1, 3);
    for (AddressRange range : machine.memory().ranges()) {
      for (long at = range.start(); at < range.end(); at += 4096) {
        byte[] page = machine.memory().readBytes(at, 4096);
        boolean first = at == range.start();
        boolean zero = isZero(page);
        // Some pages of zeros stand there in full, as records of zeros.
        boolean full = !zero || at % 0x3000 == 0;
        put(1, (first ? 0x80 : 0) | (full ? 1 : 0));
        if (first) {
          put(8, at);
        }
        if (full) {
          page(page);
        }
      }
    }
    put(1, 0x88).put(8, 0xf0000000L).put(1, 8);
    put(1, 0xff);
  }

  private void registers() throws IOException {
    put(4, machine.cpus().size()).put(4, 16);
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      begin();
      pad(524);
      finish();
      begin();
      cpu(cpu);
      finish();
      begin();
      pad(420);
      finish();
      put(4, 0).put(4, 0).put(8, 0x1234).put(8, 0x5678);
    }
  }

  private void cpu(int cpu) throws IOException {
    for (String name : GENERAL) {
      put(8, register(cpu, name));
    }
    for (String name : List.of("es", "cs", "ss", "ds", "fs", "gs")) {
      selector(cpu, name);
    }
    for (String name : List.of("cr0", "cr2", "cr3", "cr4")) {
      put(8, register(cpu, name));
    }
    pad(6 * 8);
    put(2, register(cpu, "gdt_limit")).put(8, register(cpu, "gdt_base"));
    put(2, register(cpu, "idt_limit")).put(8, register(cpu, "idt_base"));
    pad(3 * 8);
    for (String name :
        List.of("efer", "star", "pat", "lstar", "cstar", "sfmask", "kernel_gs_base")) {
      put(8, register(cpu, name));
    }
    selector(cpu, "ldt");
    selector(cpu, "tr");
    put(8, 7).put(8, 0).put(8, 0);
    pad(cpumVersion > 19 ? 32 : 0);
  }

  private void selector(int cpu, String name) throws IOException {
    put(2, register(cpu, name)).put(2, register(cpu, name)).put(2, 1);
    put(8, register(cpu, name + "_base")).put(4, register(cpu, name + "_limit"));
    put(4, register(cpu, name + "_flags") >>> 8);
  }

  private void begin() throws IOException {
    put(4, 0x19200102);
  }

  private void finish() throws IOException {
    put(4, 0x19920406);
  }

  private void string(String... texts) throws IOException {
    for (String text : texts) {
      put(4, text.length());
      for (byte c : text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)) {
        put(1, c);
      }
    }
  }

  private void pad(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      put(1, 0);
    }
  }

  private SavedStateWriter put(int size, long value) throws IOException {
    for (int i = 0; i < size; i++) {
      pending.write((int) (value >>> (8 * i)));
    }
    if (recordSize > 0) {
      full();
    }
    return this;
  }

  private void page(byte[] page) throws IOException {
    if (recordSize > 0) {
      pending.write(page);
      full();
      return;
    }
    flush();
    if (isZero(page)) {
      out.u8(0x84).u8(1).u8(4);
    } else {
      record(page);
    }
  }

  /** Writes records of the fixed size, as far as there is enough. */
  private void full() throws IOException {
    byte[] all = pending.toByteArray();
    int at = 0;
    while (all.length - at >= recordSize) {
      record(Arrays.copyOfRange(all, at, at + recordSize));
      at += recordSize;
    }
    if (at > 0) {
      pending = new ByteArrayOutputStream();
      pending.write(all, at, all.length - at);
    }
  }

  private void flush() throws IOException {
    if (pending.size() > 0) {
      byte[] all = pending.toByteArray();
      pending = new ByteArrayOutputStream();
      header(2, all.length);
      out.bytes(all);
    }
  }

  /** A packed record where the size is in KiB and packing helps, else a plain one. */
  private void record(byte[] bytes) throws IOException {
    if (bytes.length % 1024 == 0) {
      byte[] chunk = lzf.encodeChunk(bytes, 0, bytes.length).getData();
      // The library's chunk has a header of its own: "ZV", 1, two sizes.
      if (chunk[2] == 1 && chunk.length - 7 < bytes.length - 1) {
        header(3, chunk.length - 7 + 1);
        out.u8(bytes.length / 1024).bytes(Arrays.copyOfRange(chunk, 7, chunk.length));
        return;
      }
    }
    header(2, bytes.length);
    out.bytes(bytes);
  }

  private void header(int type, int size) throws IOException {
    out.u8(0x80 | type);
    if (size < 0x80) {
      out.u8(size);
    } else if (size < 0x800) {
      out.u8(0xc0 | (size >> 6)).u8(0x80 | (size & 0x3f));
    } else if (size < 0x10000) {
      out.u8(0xe0 | (size >> 12)).u8(0x80 | ((size >> 6) & 0x3f)).u8(0x80 | (size & 0x3f));
    } else {
      out.u8(0xf0 | (size >> 18)).u8(0x80 | ((size >> 12) & 0x3f));
      out.u8(0x80 | ((size >> 6) & 0x3f)).u8(0x80 | (size & 0x3f));
    }
  }

  private long register(int cpu, String name) {
    return machine.register(cpu, name);
  }

  private static boolean isZero(byte[] page) {
    for (byte b : page) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
