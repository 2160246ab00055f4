package io.nestwalk.image.xen;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.LongMode;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The virtual CPUs of a core: an array of struct vcpu_guest_context (xen/include/public/arch-x86),
 * of 5168 bytes in a 64-bit domain and 2800 in a 32-bit one. EFER is not in it.
 */
final class GuestContext {

  private static final int SIZE_64 = 5168;
  private static final int SIZE_32 = 2800;

  /** More than Xen gives a domain. */
  private static final int MAX_CPUS = 8192;

  private static final RegisterLayout LAYOUT_64 =
      RegisterLayout.empty()
          .longs(520, "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8")
          .longs(600, "rax", "rcx", "rdx", "rsi", "rdi")
          .longs(648, "rip")
          .shorts(656, "cs")
          .longs(664, "rflags", "rsp")
          .shorts(680, "ss")
          .shorts(688, "es")
          .shorts(696, "ds")
          .shorts(704, "fs")
          .shorts(712, "gs")
          .longs(4984, "cr0")
          .longs(5000, "cr2", "cr3", "cr4")
          .longs(5144, "fs_base");

  private static final RegisterLayout LAYOUT_32 =
      RegisterLayout.empty()
          .ints(516, "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rax")
          .ints(548, "rip")
          .shorts(552, "cs")
          .ints(556, "rflags", "rsp")
          .shorts(564, "ss")
          .shorts(568, "es")
          .shorts(572, "ds")
          .shorts(576, "fs")
          .shorts(580, "gs")
          .ints(2716, "cr0")
          .ints(2724, "cr2", "cr3", "cr4");

  private GuestContext() {}

  /**
   * Reads the CPUs.
   *
   * @param paravirtual whether a CR3 of 32 bits has the upper bits of its frame in the lower ones
   * @return empty when the array is of no size that is known
   */
  static List<Cpu> readAll(ImageFile file, Section status, long count, boolean paravirtual)
      throws ImageException {
    if (count <= 0 || count > MAX_CPUS || status.claimed() % count != 0) {
      return List.of();
    }
    long size = status.claimed() / count;
    if (size != SIZE_64 && size != SIZE_32) {
      return List.of();
    }
    List<Cpu> cpus = new ArrayList<>();
    for (int i = 0; i < count && (i + 1) * size <= status.size(); i++) {
      Map<String, Long> values = new LinkedHashMap<>();
      (size == SIZE_64 ? LAYOUT_64 : LAYOUT_32)
          .read(file.slice(status.offset() + i * size, size), values);
      if (size == SIZE_32 && paravirtual) {
        long cr3 = values.get("cr3");
        values.put("cr3", (cr3 & 0xfff) << 32 | (cr3 & 0xfffff000L));
      }
      Registers registers = new Registers(values);
      // Without EFER a domain in PAE paging is told apart by what its registers hold.
      boolean longMode =
          size == SIZE_64
              && (paravirtual
                  || LongMode.of(registers) == LongMode.Answer.YES
                  || (LongMode.of(registers) == LongMode.Answer.UNKNOWN
                      && LongMode.hasWideValue(registers)));
      cpus.add(new Cpu(i, longMode ? Architecture.X86_64 : Architecture.X86, registers));
    }
    return cpus;
  }
}
