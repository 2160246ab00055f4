package io.nestwalk.image.elf;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Registers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The CPUs, put together from the notes about each: the n-th note of every kind is about CPU n.
 *
 * @param cpus one per CPU that has a readable note
 * @param warnings which notes could not be used
 */
record CpuNotes(List<Cpu> cpus, List<String> warnings) {

  private static final long CR0_PAGING = 1L << 31;
  private static final long CR4_PAE = 1L << 5;

  /** The L bit in a code segment descriptor's upper half: 64-bit code. */
  private static final long CS_LONG = 1L << 21;

  static CpuNotes read(ImageFile file, ElfCore core) throws ImageException {
    List<ElfNote> general = core.notes(NoteKind.PRSTATUS);
    List<ElfNote> qemu = core.notes(NoteKind.QEMU_CPU);
    List<String> warnings = new ArrayList<>();
    if (!qemu.isEmpty() && qemu.size() != general.size()) {
      warnings.add(
          "%d register notes but %d QEMU CPU notes".formatted(general.size(), qemu.size()));
    }
    int virtualBox = core.notes(NoteKind.VIRTUALBOX_CPU).size();
    if (virtualBox > 0) {
      warnings.add("the registers in %d VirtualBox CPU notes are not read".formatted(virtualBox));
    }
    List<Cpu> cpus = new ArrayList<>();
    int unreadable = 0;
    for (int id = 0; id < Math.max(general.size(), qemu.size()); id++) {
      Map<String, Long> values = new LinkedHashMap<>();
      if (id < qemu.size()) {
        Optional<QemuCpuNote> note = QemuCpuNote.read(file, qemu.get(id));
        note.ifPresent(n -> values.putAll(n.registers().values()));
        unreadable += note.isPresent() ? 0 : 1;
      }
      if (id < general.size()) {
        Optional<PrStatus> note = PrStatus.read(file, general.get(id), core.header().machine());
        note.ifPresent(n -> n.registers().values().forEach(values::putIfAbsent));
        unreadable += note.isPresent() ? 0 : 1;
      }
      if (!values.isEmpty()) {
        Registers registers = new Registers(values);
        cpus.add(new Cpu(id, architecture(core.header().machine(), registers), registers));
      }
    }
    if (unreadable > 0) {
      warnings.add("%d CPU notes are of an unknown version or too short".formatted(unreadable));
    }
    return new CpuNotes(cpus, warnings);
  }

  /**
   * The instruction set that the CPU was in. No note has EFER: long mode shows in the code segment,
   * or in PAE paging on a machine that was in long mode when it was dumped.
   */
  static Architecture architecture(int machine, Registers registers) {
    if (machine == ElfConstants.EM_AARCH64) {
      return Architecture.AARCH64;
    }
    if (machine == ElfConstants.EM_RISCV) {
      return Architecture.RISCV64;
    }
    boolean machineIs64 = machine == ElfConstants.EM_X86_64;
    if (registers.get("cr0").isEmpty() || registers.get("cr4").isEmpty()) {
      return machineIs64 ? Architecture.X86_64 : Architecture.X86;
    }
    boolean paePaging =
        (registers.get("cr0", 0) & CR0_PAGING) != 0 && (registers.get("cr4", 0) & CR4_PAE) != 0;
    boolean longCode = (registers.get("cs_flags", 0) & CS_LONG) != 0;
    return paePaging && (longCode || machineIs64) ? Architecture.X86_64 : Architecture.X86;
  }
}
