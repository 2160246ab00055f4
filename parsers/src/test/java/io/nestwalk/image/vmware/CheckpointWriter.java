package io.nestwalk.image.vmware;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/**
 * Writes a machine as a VMware checkpoint, with the memory in it or beside it, from the description
 * of the format alone.
 */
final class CheckpointWriter {

  private static final List<String> GENERAL =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rbp", "rsp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15");

  private static final List<String> SEGMENTS =
      List.of("es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr");

  private final TestMachine machine;
  private long magic = 0xbed2bed2L;
  private boolean is64 = true;
  private boolean inline;
  private boolean compressed;
  private boolean blocks;
  private boolean regions = true;
  private boolean arm;

  CheckpointWriter(TestMachine machine) {
    this.machine = machine;
  }

  CheckpointWriter magic(long value) {
    magic = value;
    is64 = value != 0xbed0bed0L && value != 0xbed2bed0L;
    return this;
  }

  /** With the memory in the checkpoint. */
  CheckpointWriter inline() {
    inline = true;
    return this;
  }

  CheckpointWriter compressed() {
    compressed = true;
    return inline();
  }

  /** With registers in blocks, not a tag for each. */
  CheckpointWriter blocks() {
    blocks = true;
    return this;
  }

  CheckpointWriter withoutRegions() {
    regions = false;
    return this;
  }

  CheckpointWriter arm() {
    arm = true;
    return withoutRegions();
  }

  void write(FileSink out) throws IOException {
    List<String> names = List.of("Checkpoint", "cpu", "GuestVars", "memory");
    List<byte[]> groups = List.of(checkpoint(), cpu(), new byte[] {7, 3, 'x'}, memory());
    out.u32(magic).u32(8).u32(names.size());
    long at = 12 + 80L * names.size();
    for (int i = 0; i < names.size(); i++) {
      out.text(names.get(i)).zerosTo(12 + 80L * i + 64);
      // Sizes are stale in real files.
      out.u64(at).u64(i == 3 ? 1 : groups.get(i).length);
      at += groups.get(i).length;
    }
    for (byte[] group : groups) {
      out.bytes(group);
    }
    if (inline) {
      blockHeader(out, "Memory", 0, 0);
      long bytes = machine.memory().presentBytes();
      int padding = (int) (4096 - (out.position() + (is64 ? 18 : 10)) % 4096);
      size(out, bytes);
      size(out, bytes);
      out.u16(padding).zerosTo(out.position() + padding);
      memory(out);
    }
    out.u16(0);
  }

  /** The memory file. */
  void memory(FileSink out) throws IOException {
    for (AddressRange range : machine.memory().ranges()) {
      out.memory(machine.memory(), range);
    }
  }

  private byte[] checkpoint() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FileSink out = new FileSink(bytes);
    value(out, "Platform", 4, arm ? 3 : 2);
    value(out, "memSize", 4, machine.memory().presentBytes() >>> 20);
    return bytes(out.u16(0), bytes);
  }

  private byte[] memory() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FileSink out = new FileSink(bytes);
    if (regions) {
      List<AddressRange> ranges = machine.memory().ranges();
      value(out, "regionsCount", 4, ranges.size());
      long page = 0;
      for (int i = 0; i < ranges.size(); i++) {
        value(out, "regionPPN", 4, ranges.get(i).start() / 4096, i);
        value(out, "regionPageNum", 4, page, i);
        value(out, "regionSize", 4, ranges.get(i).length() / 4096, i);
        page += ranges.get(i).length() / 4096;
      }
    } else if (!arm) {
      value(out, "regionsCount", 4, 0);
    }
    value(out, "align_mask", 4, 0xfff, 0, 0);
    // The memory itself follows as this group's last tag; else the group ends here.
    return inline ? bytes.toByteArray() : bytes(out.u16(0), bytes);
  }

  private byte[] cpu() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FileSink out = new FileSink(bytes);
    value(out, "cpu:numVCPUs", 4, machine.cpus().size());
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      if (arm) {
        value(out, "hv:ttbrEL1", 8, 0x80001000L, cpu, 0);
        value(out, "hv:ttbrEL1", 8, 0x80002000L, cpu, 1);
      } else if (blocks) {
        cpuBlocks(out, cpu);
      } else {
        cpuTags(out, cpu);
      }
    }
    return bytes(out.u16(0), bytes);
  }

  private void cpuTags(FileSink out, int cpu) throws IOException {
    for (String name : GENERAL) {
      value(out, name, 8, register(cpu, name), cpu);
    }
    value(out, "rip", 8, register(cpu, "rip"), cpu);
    value(out, "eflags", 4, register(cpu, "rflags"), cpu);
    for (int n = 0; n < 5; n++) {
      value(out, "CR64", 8, n == 1 ? 0x1111 : register(cpu, "cr" + n), cpu, n);
    }
    for (int i = 0; i < SEGMENTS.size(); i++) {
      value(out, "S", 4, register(cpu, SEGMENTS.get(i)), cpu, i);
      value(out, "S.base64", 8, register(cpu, SEGMENTS.get(i) + "_base"), cpu, i);
    }
    value(out, "IDTR", 4, register(cpu, "idt_limit"), cpu, 0);
    value(out, "IDTR", 4, register(cpu, "idt_base") & 0xffffffffL, cpu, 1);
    value(out, "IDTR", 4, register(cpu, "idt_base") >>> 32, cpu, 2);
  }

  private void cpuBlocks(FileSink out, int cpu) throws IOException {
    blockHeader(out, "gpregs", cpu);
    sizes(out, 128, 5);
    for (String name : GENERAL) {
      out.u64(register(cpu, name));
    }
    value(out, "rip", 8, register(cpu, "rip"), cpu);
    value(out, "EFLAGS", 4, register(cpu, "rflags"), cpu);
    blockHeader(out, "CR64", cpu);
    sizes(out, 72, 0);
    for (int n = 0; n < 9; n++) {
      out.u64(n == 1 ? 0x1111 : register(cpu, "cr" + n));
    }
    blockHeader(out, "IDTR", cpu);
    sizes(out, 10, 2);
    out.u16((int) register(cpu, "idt_limit")).u64(register(cpu, "idt_base"));
  }

  private static void value(FileSink out, String name, int size, long value, int... indices)
      throws IOException {
    out.u8(indices.length << 6 | size).u8(name.length()).text(name);
    for (int index : indices) {
      out.u32(index);
    }
    if (size == 8) {
      out.u64(value);
    } else {
      out.u32(value);
    }
  }

  private void blockHeader(FileSink out, String name, int... indices) throws IOException {
    boolean packed = compressed && name.equals("Memory");
    out.u8(indices.length << 6 | (packed ? 0x3e : 0x3f)).u8(name.length()).text(name);
    for (int index : indices) {
      out.u32(index);
    }
  }

  private void sizes(FileSink out, long bytes, int padding) throws IOException {
    size(out, bytes);
    size(out, bytes);
    out.u16(padding).zerosTo(out.position() + padding);
  }

  private void size(FileSink out, long value) throws IOException {
    if (is64) {
      out.u64(value);
    } else {
      out.u32(value);
    }
  }

  private long register(int cpu, String name) {
    return machine.register(cpu, name);
  }

  private static byte[] bytes(FileSink out, ByteArrayOutputStream bytes) throws IOException {
    out.close();
    return bytes.toByteArray();
  }
}
