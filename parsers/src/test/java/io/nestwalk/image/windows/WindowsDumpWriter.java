package io.nestwalk.image.windows;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;

/** Writes a machine as a Windows crash dump, from the tables of the format alone. */
final class WindowsDumpWriter {

  private final TestMachine machine;
  private final boolean is64;
  private final int type;
  private final long machineType;

  WindowsDumpWriter(TestMachine machine, boolean is64, int type, long machineType) {
    this.machine = machine;
    this.is64 = is64;
    this.type = type;
    this.machineType = machineType;
  }

  static WindowsDumpWriter amd64(TestMachine machine, int type) {
    return new WindowsDumpWriter(machine, true, type, 0x8664);
  }

  void write(FileSink out) throws IOException {
    if (is64) {
      header64(out);
    } else {
      header32(out);
    }
    switch (type) {
      case 1, 4 -> {}
      case 8, 9, 10 -> ranges(out);
      default -> bitmap(out);
    }
    for (AddressRange range : machine.memory().ranges()) {
      out.memory(machine.memory(), range);
    }
  }

  private void header64(FileSink out) throws IOException {
    out.text("PAGEDU64").u32(15).u32(22621).u64(register("cr3")).u64(0).u64(0).u64(0);
    out.u32(machineType).u32(machine.cpus().size()).u32(0xd1).text("PAGE");
    filler(out, 0x80);
    out.u64(0xfffff80000001000L);
    List<AddressRange> ranges = machine.memory().ranges();
    out.u32(ranges.size()).text("PAGE").u64(machine.memory().presentBytes() / 4096);
    for (AddressRange range : ranges) {
      out.u64(range.start() / 4096).u64(range.length() / 4096);
    }
    filler(out, 0x348);
    if (machineType == 0x8664) {
      amd64Context(out);
    } else {
      arm64Context(out);
    }
    filler(out, 0xf98);
    out.u32(type).text("PAGE").u64(0x2000 + machine.memory().presentBytes());
    filler(out, 0x2000);
  }

  private void amd64Context(FileSink out) throws IOException {
    long start = out.position();
    out.zerosTo(start + 0x30);
    out.u32(0x10000f).u32(0x1f80);
    for (String segment : List.of("cs", "ds", "es", "fs", "gs", "ss")) {
      out.u16((int) register(segment));
    }
    out.u32(register("rflags")).zerosTo(start + 0x78);
    registers(
        out, "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11",
        "r12", "r13", "r14", "r15", "rip");
    out.zerosTo(start + 0x4d0);
  }

  private static void arm64Context(FileSink out) throws IOException {
    out.u32(0x400003).u32(0x60000085);
    for (int i = 0; i < 31; i++) {
      out.u64(0x100 + i);
    }
    out.u64(0xffff000000001000L).u64(0xffff000000002000L);
  }

  private void header32(FileSink out) throws IOException {
    out.text("PAGEDUMP").u32(15).u32(2600).u32(register("cr3")).u32(0).u32(0).u32(0);
    out.u32(machineType).u32(1).u32(0xd1);
    filler(out, 0x5c);
    out.u8(1).u8(0).u16(0).u32(0x80001000L);
    List<AddressRange> ranges = machine.memory().ranges();
    out.u32(ranges.size()).u32(machine.memory().presentBytes() / 4096);
    for (AddressRange range : ranges) {
      out.u32(range.start() / 4096).u32(range.length() / 4096);
    }
    filler(out, 0x320);
    out.zerosTo(0x320 + 0x8c);
    for (String name :
        List.of(
            "gs", "fs", "es", "ds", "rdi", "rsi", "rbx", "rdx", "rcx", "rax", "rbp", "rip", "cs",
            "rflags", "rsp", "ss")) {
      out.u32(register(name));
    }
    filler(out, 0xf88);
    out.u32(type);
    filler(out, 0x1000);
  }

  private void bitmap(FileSink out) throws IOException {
    BitSet bits = new BitSet();
    for (AddressRange range : machine.memory().ranges()) {
      bits.set((int) (range.start() / 4096), (int) (range.end() / 4096));
    }
    byte[] bitmap = bits.toByteArray();
    long start = out.position();
    long firstPage = (start + 0x38 + bitmap.length + 4095) / 4096 * 4096;
    out.text(type == 6 ? "SDMPDUMP" : "FDMPDUMP").zerosTo(start + 0x20);
    out.u64(firstPage).u64(bits.cardinality()).u64(bitmap.length * 8L).bytes(bitmap);
    out.zerosTo(firstPage);
  }

  private void ranges(FileSink out) throws IOException {
    List<AddressRange> ranges = machine.memory().ranges();
    long start = out.position();
    out.u32(0x40).text("RDMPDUMP").u32(0).u64((ranges.size() + 1) * 16L).u64(start + 0x1000);
    out.zerosTo(start + 0x30);
    for (AddressRange range : ranges) {
      out.u64(range.start() / 4096).u64(range.length() / 4096);
    }
    out.zerosTo(start + 0x1000);
  }

  private void registers(FileSink out, String... names) throws IOException {
    for (String name : names) {
      out.u64(register(name));
    }
  }

  private long register(String name) {
    return machine.register(0, name);
  }

  /** Unset fields are full of the word "PAGE". */
  private static void filler(FileSink out, long end) throws IOException {
    while (out.position() < end) {
      out.text("PAGE".substring((int) (out.position() % 4)));
    }
  }
}
