package io.nestwalk.image.xen;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a machine as "xl dump-core" does, as far as Xen's dump-core-format.txt tells: section
 * headers first, names last. No real file of Xen's was at hand.
 */
final class XenCoreWriter {

  private static final int PAGE = 4096;
  private static final int CONTEXT = 5168;
  private static final String NAMES =
      "\0.shstrtab\0.note.Xen\0.xen_prstatus\0.xen_pages\0.xen_pfn\0.xen_p2m\0";

  private final TestMachine machine;
  private final boolean paravirtual;

  XenCoreWriter(TestMachine machine, boolean paravirtual) {
    this.machine = machine;
    this.paravirtual = paravirtual;
  }

  void write(FileSink out) throws IOException {
    List<Long> frames = new ArrayList<>();
    for (AddressRange range : machine.memory().ranges()) {
      for (long page = range.start() / PAGE; page < range.end() / PAGE; page++) {
        frames.add(page);
      }
    }
    int cpus = machine.cpus().size();
    long headers = 64;
    long notes = headers + 6 * 64;
    long status = notes + 16 + 16 + 32;
    long pages = (status + (long) cpus * CONTEXT + PAGE - 1) / PAGE * PAGE;
    // One page more than frames: of one that the domain has not.
    long table = pages + (frames.size() + 1L) * PAGE;
    int entry = paravirtual ? 16 : 8;
    long names = table + (frames.size() + 1L) * entry;
    out.bytes(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).zerosTo(16);
    out.u16(4).u16(62).u32(1).u64(0).u64(0).u64(headers).u32(0);
    out.u16(64).u16(0).u16(0).u16(64).u16(6).u16(1);
    out.zerosTo(headers + 64);
    section(out, ".shstrtab", names, NAMES.length());
    section(out, ".note.Xen", notes, status - notes);
    section(out, ".xen_prstatus", status, (long) cpus * CONTEXT);
    section(out, ".xen_pages", pages, (frames.size() + 1L) * PAGE);
    section(out, paravirtual ? ".xen_p2m" : ".xen_pfn", table, (frames.size() + 1L) * entry);
    out.u32(4).u32(0).u32(0x2000000).text("Xen\0");
    out.u32(4).u32(32).u32(0x2000001).text("Xen\0");
    out.u64(paravirtual ? 0xf00febedL : 0xf00febeeL).u64(cpus).u64(frames.size() + 1L).u64(PAGE);
    for (int cpu = 0; cpu < cpus; cpu++) {
      context(out, cpu);
    }
    out.zerosTo(pages);
    for (long frame : frames) {
      out.bytes(machine.memory().readBytes(frame * PAGE, PAGE));
    }
    out.zerosTo(table);
    for (long frame : frames) {
      if (paravirtual) {
        out.u64(frame ^ 1);
      }
      out.u64(frame);
    }
    out.u64(-1);
    if (paravirtual) {
      out.u64(-1);
    }
    out.text(NAMES);
  }

  private static void section(FileSink out, String name, long offset, long size)
      throws IOException {
    out.u32(NAMES.indexOf(name))
        .u32(1)
        .u64(0)
        .u64(0)
        .u64(offset)
        .u64(size)
        .zerosTo((out.position() + 63) / 64 * 64);
  }

  private void context(FileSink out, int cpu) throws IOException {
    long start = out.position();
    out.zerosTo(start + 520);
    for (String register :
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi".split(" ", -1)) {
      out.u64(machine.register(cpu, register));
    }
    out.u64(0).u64(machine.register(cpu, "rip")).u64(machine.register(cpu, "cs"));
    out.u64(machine.register(cpu, "rflags")).u64(machine.register(cpu, "rsp"));
    for (String segment : "ss es ds fs gs".split(" ", -1)) {
      out.u64(machine.register(cpu, segment));
    }
    out.zerosTo(start + 4984);
    out.u64(machine.register(cpu, "cr0")).u64(0).u64(machine.register(cpu, "cr2"));
    out.u64(machine.register(cpu, "cr3")).u64(machine.register(cpu, "cr4"));
    out.zerosTo(start + 5144).u64(machine.register(cpu, "fs_base"));
    out.zerosTo(start + CONTEXT);
  }
}
