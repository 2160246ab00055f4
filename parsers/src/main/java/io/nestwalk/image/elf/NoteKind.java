package io.nestwalk.image.elf;

import java.util.List;

/** The notes that say something about a core: each writer of machine cores has its own. */
enum NoteKind {
  /** General registers of one CPU, or of one thread in a process core. */
  PRSTATUS,
  /** QEMU's own CPU state, with control registers. */
  QEMU_CPU,
  /** The text that a Linux kernel gives about itself. */
  VMCOREINFO,
  /** VirtualBox's description of its core. */
  VIRTUALBOX_CORE,
  /** VirtualBox's CPU state. */
  VIRTUALBOX_CPU,
  /** Anything of Xen's. */
  XEN,
  /** Something that only the core of a process has. */
  PROCESS,
  /** Anything else. */
  OTHER;

  private static final long VIRTUALBOX_CORE_TYPE = 0xb00;
  private static final long VIRTUALBOX_CPU_TYPE = 0xb01;

  static NoteKind of(String name, long type) {
    return switch (name) {
      case "CORE" -> {
        if (type == ElfConstants.NT_PRSTATUS) {
          yield PRSTATUS;
        }
        yield type == ElfConstants.NT_AUXV
                || type == ElfConstants.NT_FILE
                || type == ElfConstants.NT_SIGINFO
            ? PROCESS
            : OTHER;
      }
      case "QEMU" -> type == 0 ? QEMU_CPU : OTHER;
      case "VMCOREINFO" -> type == 0 ? VMCOREINFO : OTHER;
      case "VBCORE" -> type == VIRTUALBOX_CORE_TYPE ? VIRTUALBOX_CORE : OTHER;
      case "VBCPU" -> type == VIRTUALBOX_CPU_TYPE ? VIRTUALBOX_CPU : OTHER;
      case "Xen" -> XEN;
      default -> OTHER;
    };
  }

  /** The notes of this kind, in their order: for CPU notes that is the order of the CPUs. */
  List<ElfNote> in(List<ElfNote> notes) {
    return notes.stream().filter(note -> note.kind() == this).toList();
  }

  /** Whether only the core of a whole machine has such a note. */
  boolean isOfMachine() {
    return switch (this) {
      case QEMU_CPU, VMCOREINFO, VIRTUALBOX_CORE, VIRTUALBOX_CPU, XEN -> true;
      case PRSTATUS, PROCESS, OTHER -> false;
    };
  }
}
