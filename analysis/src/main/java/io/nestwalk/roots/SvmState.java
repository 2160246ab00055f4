package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.CR0;
import static io.nestwalk.image.RegisterNames.CR2;
import static io.nestwalk.image.RegisterNames.CR3;
import static io.nestwalk.image.RegisterNames.CR4;
import static io.nestwalk.image.RegisterNames.EFER;
import static io.nestwalk.image.RegisterNames.RIP;
import static io.nestwalk.image.RegisterNames.RSP;

import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state-save area that a VMCB holds from its offset 0x400 on: AMD APM volume 2, appendix B,
 * table B-2. A host-save area of the processors seen so far has the same form.
 */
record SvmState(
    long efer, long cr0, long cr2, long cr3, long cr4, long rip, long rsp, long rax, long rflags) {

  static final long EFER_SVME = 1L << 12;
  private static final long EFER_KNOWN = 0x3_ff01L;
  private static final long CR0_PE_PG = 1L | 1L << 31;
  private static final long CR0_PE = 1L;
  private static final long UPPER_HALF = 0xffff_ffffL << 32;

  static SvmState at(MemorySegment bytes, long page) {
    long area = page + 0x400;
    return new SvmState(
        bytes.get(Memory.LONG, area + 0xd0),
        bytes.get(Memory.LONG, area + 0x158),
        bytes.get(Memory.LONG, area + 0x240),
        bytes.get(Memory.LONG, area + 0x150),
        bytes.get(Memory.LONG, area + 0x148),
        bytes.get(Memory.LONG, area + 0x178),
        bytes.get(Memory.LONG, area + 0x1d8),
        bytes.get(Memory.LONG, area + 0x1f8),
        bytes.get(Memory.LONG, area + 0x170));
  }

  /** Whether EFER and CR0 have values that a processor accepts with SVM on. */
  boolean isConsistent() {
    return (efer & EFER_SVME) != 0
        && (efer & ~EFER_KNOWN) == 0
        && (cr0 & UPPER_HALF) == 0
        && (cr4 & UPPER_HALF) == 0;
  }

  /** Whether this is a processor that runs with paging. */
  boolean isPaging() {
    return (cr0 & CR0_PE_PG) == CR0_PE_PG;
  }

  boolean isProtected() {
    return (cr0 & CR0_PE) != 0;
  }

  Registers registers() {
    Map<String, Long> values = new LinkedHashMap<>();
    values.put(CR0, cr0);
    values.put(CR2, cr2);
    values.put(CR3, cr3);
    values.put(CR4, cr4);
    values.put(EFER, efer);
    values.put(RIP, rip);
    values.put(RSP, rsp);
    values.put("rax", rax);
    values.put("rflags", rflags);
    return new Registers(values);
  }
}
