package io.nestwalk.image.xen;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a machine as "xl save" does, as far as Xen's libxc-migration-stream.pandoc and hvm/save.h
 * tell. Every page comes twice. No real file of Xen's was at hand.
 */
final class XenSaveWriter {

  private static final int PAGE = 4096;
  private static final int BATCH = 100;

  private final TestMachine machine;
  private final int type;

  /**
   * Sets up.
   *
   * @param type of the domain: 1 paravirtual, 2 hardware-virtualized
   */
  XenSaveWriter(TestMachine machine, int type) {
    this.machine = machine;
    this.type = type;
  }

  void write(FileSink out) throws IOException {
    out.text("Xen saved domain, xl format\n \0 \r").zerosTo(104).text("LibxlFmt").zerosTo(128);
    out.u64(-1).text("XENF").u8(0).u8(0).u8(0).u8(3).u16(0).u16(0).u32(0);
    out.u32(type).u16(12).u16(0).u32(4).u32(17);
    List<Long> frames = new ArrayList<>();
    for (AddressRange range : machine.memory().ranges()) {
      for (long page = range.start() / PAGE; page < range.end() / PAGE; page++) {
        frames.add(page);
      }
    }
    for (int from = 0; from < frames.size(); from += BATCH) {
      List<Long> batch = frames.subList(from, Math.min(frames.size(), from + BATCH));
      pages(out, batch, true);
      pages(out, batch, false);
    }
    out.u32(9).u32((8 + 1024) * machine.cpus().size() + 8 + 40);
    out.u16(1).u16(0).u32(32).zerosTo(out.position() + 32);
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      out.u16(2).u16(cpu).u32(1024);
      cpu(out, cpu);
    }
    out.u64(0);
    out.u32(0).u32(0);
  }

  private void pages(FileSink out, List<Long> frames, boolean older) throws IOException {
    int count = frames.size() + 1;
    out.u32(1).u32(8 + 8L * count + (long) PAGE * frames.size());
    out.u32(count).u32(0);
    out.u64(0xf000_0000_0000_0000L | 0xbad);
    for (long frame : frames) {
      out.u64(frame);
    }
    for (long frame : frames) {
      byte[] page = machine.memory().readBytes(frame * PAGE, PAGE);
      page[100] += (byte) (older ? 1 : 0);
      out.bytes(page);
    }
  }

  private void cpu(FileSink out, int cpu) throws IOException {
    long start = out.position();
    out.zerosTo(start + 512);
    registers(
        out,
        cpu,
        "rax rbx rcx rdx rbp rsi rdi rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags cr0 cr2 cr3 cr4");
    out.zerosTo(start + 736);
    for (String name : "cs ds es fs gs ss tr ldt".split(" ", -1)) {
      out.u32(machine.register(cpu, name));
    }
    out.zerosTo(start + 800);
    out.u32(machine.register(cpu, "idt_limit")).u32(machine.register(cpu, "gdt_limit"));
    registers(
        out,
        cpu,
        "cs_base ds_base es_base fs_base gs_base ss_base tr_base ldt_base idt_base gdt_base");
    out.zerosTo(start + 920);
    registers(out, cpu, "- - - kernel_gs_base - lstar star cstar sfmask efer");
    out.zerosTo(start + 1024);
  }

  private void registers(FileSink out, int cpu, String names) throws IOException {
    for (String name : names.split(" ", -1)) {
      out.u64(machine.register(cpu, name));
    }
  }
}
