package io.nestwalk.image.elf;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.LongMode;
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

  /**
   * Reads the notes about CPUs.
   *
   * @param machine e_machine
   */
  static CpuNotes read(ImageFile file, List<ElfNote> notes, int machine) throws ImageException {
    List<ElfNote> general = NoteKind.PRSTATUS.in(notes);
    List<ElfNote> qemu = NoteKind.QEMU_CPU.in(notes);
    List<String> warnings = new ArrayList<>();
    if (!qemu.isEmpty() && qemu.size() != general.size()) {
      warnings.add(
          "%d register notes but %d QEMU CPU notes".formatted(general.size(), qemu.size()));
    }
    List<ElfNote> virtualBox = virtualBoxNotes(file, notes, warnings);
    List<Cpu> cpus = new ArrayList<>();
    int unreadable = 0;
    int count = Math.max(virtualBox.size(), Math.max(general.size(), qemu.size()));
    for (int id = 0; id < count; id++) {
      Map<String, Long> values = new LinkedHashMap<>();
      if (id < virtualBox.size()) {
        Optional<VirtualBoxCpuNote> note = VirtualBoxCpuNote.read(file, virtualBox.get(id));
        note.ifPresent(n -> values.putAll(n.registers().values()));
        unreadable += note.isPresent() ? 0 : 1;
      }
      if (id < qemu.size()) {
        Optional<QemuCpuNote> note = QemuCpuNote.read(file, qemu.get(id));
        note.ifPresent(n -> values.putAll(n.registers().values()));
        unreadable += note.isPresent() ? 0 : 1;
      }
      if (id < general.size()) {
        Optional<PrStatus> note = PrStatus.read(file, general.get(id), machine);
        note.ifPresent(n -> n.registers().values().forEach(values::putIfAbsent));
        unreadable += note.isPresent() ? 0 : 1;
      }
      if (!values.isEmpty()) {
        Registers registers = new Registers(values);
        cpus.add(new Cpu(id, architecture(machine, registers), registers));
      }
    }
    if (unreadable > 0) {
      warnings.add("%d CPU notes are of an unknown version or too short".formatted(unreadable));
    }
    return new CpuNotes(cpus, warnings);
  }

  /** VirtualBox's CPU notes, where their layout is known. */
  private static List<ElfNote> virtualBoxNotes(
      ImageFile file, List<ElfNote> all, List<String> warnings) throws ImageException {
    List<ElfNote> notes = NoteKind.VIRTUALBOX_CPU.in(all);
    List<ElfNote> descriptors = NoteKind.VIRTUALBOX_CORE.in(all);
    if (descriptors.isEmpty()) {
      if (!notes.isEmpty()) {
        warnings.add("VirtualBox CPU notes without a VBCORE note; the layout of 5.0 is assumed");
      }
      return notes;
    }
    Optional<VirtualBoxCoreNote> core0 = VirtualBoxCoreNote.read(file, descriptors.getFirst());
    if (core0.isEmpty()) {
      warnings.add("the VBCORE note is damaged; the layout of VirtualBox 5.0 is assumed");
      return notes;
    }
    if (!core0.get().hasReadableCpus()) {
      warnings.add(
          "the registers of %d CPUs are not read: VirtualBox %s wrote them in a form (0x%x) that"
                  .formatted(notes.size(), core0.get().version(), core0.get().formatVersion())
              + " differs from build to build");
      return List.of();
    }
    if (core0.get().cpus() != notes.size()) {
      warnings.add(
          "the VBCORE note names %d CPUs, there are notes of %d"
              .formatted(core0.get().cpus(), notes.size()));
    }
    return notes;
  }

  /**
   * The instruction set that the CPU was in. Where no note has EFER, long mode shows in the code
   * segment, or in PAE paging on a machine that was in long mode when it was dumped.
   */
  static Architecture architecture(int machine, Registers registers) {
    if (machine == ElfConstants.EM_AARCH64) {
      return Architecture.AARCH64;
    }
    if (machine == ElfConstants.EM_RISCV) {
      return Architecture.RISCV64;
    }
    boolean machineIs64 = machine == ElfConstants.EM_X86_64;
    return switch (LongMode.of(registers)) {
      case YES -> Architecture.X86_64;
      case NO -> Architecture.X86;
      case UNKNOWN -> machineIs64 ? Architecture.X86_64 : Architecture.X86;
    };
  }
}
