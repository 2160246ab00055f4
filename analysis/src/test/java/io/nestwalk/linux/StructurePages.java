package io.nestwalk.linux;

import io.nestwalk.paging.Translation;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.types.KernelTypes;
import java.util.ArrayList;
import java.util.List;

/** The pages that hold the structures of a real system: where lies are worth the most. */
final class StructurePages {

  private static final int PAGE = 4096;

  private StructurePages() {}

  /** The pages of tasks, memories, files, virtual machines and the first task's neighbours. */
  static List<Long> of(LinuxSystem system) {
    KernelTypes types = system.types();
    List<Long> pages = new ArrayList<>();
    pages.add(system.facts().object() & -PAGE);
    for (GuestProcess process : system.processes()) {
      pages.add(process.object() & -PAGE);
      pages.add((process.object() & -PAGE) + PAGE);
      long mm = pointer(system, types.field("task_struct", "mm").at(process.object()));
      if (mm != 0) {
        pages.add(mm & -PAGE);
        pages.add(pointer(system, types.field("mm_struct", "mm_mt.ma_root").at(mm)) & -PAGE);
        system.mappings(process).forEach(mapping -> pages.add(mapping.object() & -PAGE));
        system.openFiles(process).forEach(file -> pages.add(file.object() & -PAGE));
      }
    }
    system.virtualMachines().forEach(guest -> pages.add(guest.object() & -PAGE));
    return pages;
  }

  /** The pointer at a kernel address. */
  static long pointer(LinuxSystem system, long address) {
    return system.kernelMemory().getLong(address, 0);
  }

  /** Where a kernel address lies in the machine's memory, negative when it lies nowhere. */
  static long physical(RealMachine machine, long address) {
    long translation = machine.tables().translate(address);
    return Translation.isFault(translation) ? -1 : Translation.address(translation);
  }
}
