package io.nestwalk.image.elf;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.util.List;

/**
 * Writes a machine as VirtualBox's dumpvmcore does, as far as its source tells: physical addresses
 * only, an MMIO range without bytes, names of notes without a closing NUL, everything padded to
 * eight.
 */
final class VirtualBoxCoreWriter {

  static final long MMIO = 0xf000_0000L;

  private static final List<String> SEGMENTS = List.of("cs", "ds", "es", "fs", "gs", "ss");

  private final TestMachine machine;
  private final long formatVersion;

  VirtualBoxCoreWriter(TestMachine machine, long formatVersion) {
    this.machine = machine;
    this.formatVersion = formatVersion;
  }

  void write(FileSink out) throws IOException {
    List<AddressRange> ranges = machine.memory().ranges();
    int count = ranges.size() + 2;
    long notes = 64 + count * 56L;
    long size = formatVersion == 0x10006 ? 0x2248 : 0x2240;
    long noteBytes = 12 + 8 + 24 + machine.cpus().size() * (12 + 8 + size);
    out.bytes(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).zerosTo(16);
    out.u16(4).u16(62).u32(1).u64(0).u64(64).u64(0).u32(0);
    out.u16(64).u16(56).u16(count).u16(0).u16(0).u16(0);
    header(out, 4, notes, 0, noteBytes, noteBytes);
    long at = notes + noteBytes;
    for (AddressRange range : ranges) {
      header(out, 1, at, range.start(), range.length(), range.length());
      at += range.length();
    }
    header(out, 1, at, MMIO, 0, 0x10000);
    out.u32(6).u32(24).u32(0xb00).text("VBCORE\0\0");
    out.u32(0xc01ac0deL).u32(formatVersion).u32(24).u32(0x0701_0004).u32(12345);
    out.u32(machine.cpus().size());
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      out.u32(5).u32(size).u32(0xb01).text("VBCPU\0\0\0");
      long end = out.position() + size;
      cpu(out, cpu);
      out.zerosTo(end);
    }
    for (AddressRange range : ranges) {
      out.memory(machine.memory(), range);
    }
  }

  private static void header(
      FileSink out, int type, long offset, long physical, long fileSize, long memorySize)
      throws IOException {
    out.u32(type).u32(0).u64(offset).u64(0).u64(physical).u64(fileSize).u64(memorySize).u64(0);
  }

  private void cpu(FileSink out, int cpu) throws IOException {
    long start = out.position();
    longs(out, cpu, "rax", "rbx", "rcx", "rdx", "rsi", "rdi");
    longs(out, cpu, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15");
    longs(out, cpu, "rip", "rsp", "rbp", "rflags");
    for (String segment : SEGMENTS) {
      selector(out, cpu, segment);
    }
    longs(out, cpu, "cr0", "cr2", "cr3", "cr4");
    out.zerosTo(start + 0x180);
    longs(out, cpu, "gdt_base", "gdt_limit", "idt_base", "idt_limit");
    selector(out, cpu, "ldt");
    selector(out, cpu, "tr");
    longs(out, cpu, "sysenter_cs", "sysenter_eip", "sysenter_esp", "efer");
    longs(out, cpu, "star", "pat", "lstar", "cstar", "sfmask", "kernel_gs_base");
  }

  private void selector(FileSink out, int cpu, String name) throws IOException {
    out.u64(machine.register(cpu, name + "_base"));
    out.u32(machine.register(cpu, name + "_limit"));
    out.u32(machine.register(cpu, name + "_flags") >>> 8);
    out.u16((int) machine.register(cpu, name)).u16(0).u32(0);
  }

  private void longs(FileSink out, int cpu, String... names) throws IOException {
    for (String name : names) {
      out.u64(machine.register(cpu, name));
    }
  }
}
