package io.nestwalk.image.hyperv;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import io.nestwalk.image.xpress.XpressPacker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a machine as a Hyper-V saved state, as far as openvmm's FORMAT.md and its definitions of
 * the hypervisor's chunks tell. No real file with RAM was at hand.
 */
final class VmrsWriter {

  private static final int PAGE = 4096;
  private static final int BLOCK_PAGES = 256;
  private static final int APART = 0x800;
  private static final int TABLE_SPACE = 4000;

  private final TestMachine machine;
  private boolean packed = true;
  private boolean withMap = true;
  private boolean isArm;
  private int missingBlock = -1;

  private static final class Key {
    private final String name;
    private final int type;
    private final int flags;
    private final byte[] data;

    private Key(String name, int type, int flags, byte[] data) {
      this.name = name;
      this.type = type;
      this.flags = flags;
      this.data = data;
    }
  }

  private final List<Key> keys = new ArrayList<>();

  /** What stands apart, in the order of the keys that name it. */
  private final List<byte[]> objects = new ArrayList<>();

  VmrsWriter(TestMachine machine) {
    this.machine = machine;
  }

  VmrsWriter plain() {
    packed = false;
    return this;
  }

  VmrsWriter withoutMap() {
    withMap = false;
    return this;
  }

  VmrsWriter arm() {
    isArm = true;
    return this;
  }

  /** Leaves out a block of RAM. */
  VmrsWriter without(int block) {
    missingBlock = block;
    return this;
  }

  byte[] toBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    write(bytes);
    return bytes.toByteArray();
  }

  void write(java.io.OutputStream target) throws IOException {
    collect();
    List<byte[]> tables = new ArrayList<>();
    long objectsStart = layOut(tables);
    try (FileSink out = new FileSink(target)) {
      out.u32(0x01282014).zerosTo(0x1000).u32(0x01282014).zerosTo(0x2000);
      // The first object table has one entry, the last of which leads to the second table.
      long second = 0x2000 + 8 + 2 * 18;
      out.u32(0x01110001).u32(2);
      object(out, 4, 0x100, 1);
      object(out, 1, second, 8 + 18 * (tables.size() + objects.size()));
      out.u32(0x01110001).u32(tables.size() + objects.size());
      long at = second + 8 + 18L * (tables.size() + objects.size());
      for (byte[] table : tables) {
        object(out, 2, at, table.length);
        at += table.length;
      }
      for (byte[] object : objects) {
        object(out, 3, at, object.length);
        at += object.length;
      }
      for (byte[] table : tables) {
        out.bytes(table);
      }
      if (out.position() != objectsStart) {
        throw new IllegalStateException("layout");
      }
      for (byte[] object : objects) {
        out.bytes(object);
      }
    }
  }

  private static void object(FileSink out, int type, long offset, long size) throws IOException {
    out.u8(type).u32(0).u64(offset).u32(size).u8(0);
  }

  /** Makes the key tables; where the objects begin behind them. */
  private long layOut(List<byte[]> tables) throws IOException {
    List<List<Key>> perTable = new ArrayList<>(List.of(new ArrayList<>()));
    int size = 0;
    for (Key key : keys) {
      int length = 21 + key.name.length() + 1 + key.data.length;
      if (size + length > TABLE_SPACE) {
        perTable.add(new ArrayList<>());
        size = 0;
      }
      perTable.getLast().add(key);
      size += length;
    }
    long start = 0x2000 + 8 + 2 * 18 + 8 + 18L * (perTable.size() + objects.size());
    for (List<Key> each : perTable) {
      start += 10;
      for (Key key : each) {
        start += 21 + key.name.length() + 1 + key.data.length;
      }
    }
    long place = start;
    int object = 0;
    for (int i = 0; i < perTable.size(); i++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (FileSink out = new FileSink(bytes)) {
        out.u16(2).u16(i + 1).u16(1).u32(0);
        for (Key key : perTable.get(i)) {
          boolean below = !key.name.equals("savedstate") && !key.name.equals("configuration");
          int parent = key.name.equals("partition_state") ? savedVm : below ? 10 : 0;
          out.u8(key.type).u8(key.flags).u32(21 + key.name.length() + 1 + key.data.length);
          out.u16(parent == 0 ? 0 : 1).u32(parent).u32(0).u32(1).u8(key.name.length() + 1);
          out.bytes(key.name.getBytes(StandardCharsets.US_ASCII)).u8(0);
          if ((key.flags & 1) != 0) {
            out.u32(objects.get(object).length).u64(place);
            place += objects.get(object++).length;
          } else {
            out.bytes(key.data);
          }
        }
      }
      tables.add(bytes.toByteArray());
    }
    return start;
  }

  /** Where in the first table the node stands that holds the state of the CPUs. */
  private int savedVm;

  private void collect() throws IOException {
    keys.add(new Key("savedstate", 9, 0, new byte[12]));
    savedVm = 10 + 21 + "savedstate".length() + 1 + 12;
    keys.add(new Key("savedVM", 9, 0, new byte[12]));
    keys.add(new Key("", 1, 0, new byte[3])); // a free entry
    value("partition_state", state());
    long first = 0;
    int part = 0;
    ByteArrayOutputStream pages = new ByteArrayOutputStream();
    for (AddressRange range : machine.memory().ranges()) {
      if (withMap) {
        ByteArrayOutputStream map = new ByteArrayOutputStream();
        try (FileSink out = new FileSink(map)) {
          out.u32(3).u32(0).u64(range.length() / PAGE).u64(first).u64(range.start() / PAGE);
          out.u32(0).u32(0).u64(0);
        }
        value("RamMemoryBlock" + part++, map.toByteArray());
      }
      for (long at = range.start(); at < range.end(); at += PAGE) {
        pages.write(machine.memory().readBytes(at, PAGE));
      }
      first += range.length() / PAGE;
    }
    byte[] ram = pages.toByteArray();
    for (int block = 0; block * BLOCK_PAGES * PAGE < ram.length; block++) {
      byte[] mib =
          Arrays.copyOfRange(ram, block * BLOCK_PAGES * PAGE, (block + 1) * BLOCK_PAGES * PAGE);
      if (block != missingBlock) {
        value("RamBlock" + block, packed && block % 3 != 2 ? pack(mib) : mib);
      }
    }
  }

  private void value(String name, byte[] bytes) throws IOException {
    if (bytes.length >= APART) {
      keys.add(new Key(name, 7, 1, new byte[12]));
      objects.add(bytes);
      return;
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(data)) {
      out.u32(bytes.length).bytes(bytes);
    }
    keys.add(new Key(name, 7, 0, data.toByteArray()));
  }

  private static byte[] pack(byte[] mib) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(bytes)) {
      int page = 0;
      while (page < BLOCK_PAGES) {
        byte[] content = Arrays.copyOfRange(mib, page * PAGE, (page + 1) * PAGE);
        byte[] pattern = Arrays.copyOf(content, 8);
        int same = 0;
        while (page + same < BLOCK_PAGES && isFull(mib, page + same, pattern)) {
          same++;
        }
        if (same > 1) {
          out.u32(-3).bytes(pattern).u32(same);
        } else if (same == 1) {
          out.u32(-2).bytes(pattern);
        } else {
          byte[] small = XpressPacker.pack(content);
          byte[] stored = small.length < PAGE ? small : content;
          out.u32(stored.length).bytes(stored);
        }
        page += Math.max(1, same);
      }
      out.u32(-1);
    }
    return bytes.toByteArray();
  }

  private static boolean isFull(byte[] mib, int page, byte[] pattern) {
    for (int i = 0; i < PAGE; i++) {
      if (mib[page * PAGE + i] != pattern[i % 8]) {
        return false;
      }
    }
    return true;
  }

  private byte[] state() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(bytes)) {
      out.u64(24).u64(24).u64(0).zerosTo(40);
      chunk(out, 0, 4064).u32(0x50546475).u32(0).u32(isArm ? 0x10 : 1).zerosTo(40 + 4080);
      chunk(out, 0x20001000, 16).u64(0x8100_0600_0000_0000L).u64(0);
      chunk(out, 0x30000000, 48).zerosTo(out.position() + 48);
      for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
        chunk(out, 0x30001000, 16).u32(cpu).zerosTo(out.position() + 12);
        if (isArm) {
          arm(out);
        } else {
          chunk(out, 0x30018000, 32).zerosTo(out.position() + 32);
          chunk(out, 0x3001a000, 16).u8(0).zerosTo(out.position() + 15);
          x64(out, cpu);
          chunk(out, 0x3001a000, 16).u8(1).zerosTo(out.position() + 15);
          chunk(out, 0x30007000, 48).u64(0x80050033L).u64(0).u64(0x2ad000 + cpu).u64(0x6b0);
          out.u64(0).u64(0xd01);
        }
      }
      chunk(out, 0xf0000000L, 0);
    }
    return bytes.toByteArray();
  }

  private static void arm(FileSink out) throws IOException {
    chunk(out, 0x30005000, 43 * 8);
    for (int i = 0; i < 43; i++) {
      out.u64(0x1000 + i);
    }
    chunk(out, 0x30007000, 16 * 8);
    for (int i = 0; i < 16; i++) {
      out.u64(0x2000 + i);
    }
    chunk(out, 0x3000a000, 32).u64(0x41000).u64(0x42000).u64(0x43000).u64(0);
  }

  private void x64(FileSink out, int cpu) throws IOException {
    chunk(out, 0x30005000, 18 * 8);
    registers(out, cpu, "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip rflags");
    chunk(out, 0x30007000, 48);
    registers(out, cpu, "cr0 cr2 cr3 cr4 cr8 efer");
    chunk(out, 0x30009000, 9 * 16);
    for (String name : List.of("es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr")) {
      out.u64(machine.register(cpu, name + "_base")).u32(machine.register(cpu, name + "_limit"));
      out.u16((int) machine.register(cpu, name)).u16(0x209b);
    }
    out.zerosTo(out.position() + 16);
    chunk(out, 0x3000a000, 32);
    for (String name : List.of("idt", "gdt")) {
      out.u16(0).u16(0).u16(0).u16((int) machine.register(cpu, name + "_limit"));
      out.u64(machine.register(cpu, name + "_base"));
    }
  }

  private void registers(FileSink out, int cpu, String names) throws IOException {
    for (String name : names.split(" ", -1)) {
      out.u64(machine.register(cpu, name));
    }
  }

  private static FileSink chunk(FileSink out, long id, int length) throws IOException {
    return out.u32(id).u32(length).u64(0);
  }
}
