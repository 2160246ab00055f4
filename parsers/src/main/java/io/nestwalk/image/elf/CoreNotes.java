package io.nestwalk.image.elf;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The notes of a core, for formats that carry them outside of an ELF file.
 *
 * @param cpus one per CPU that has a readable note
 * @param vmcoreinfo the kernel's VMCOREINFO text, where there is one
 * @param byQemu whether QEMU wrote them
 * @param warnings what could not be read
 */
public record CoreNotes(
    List<Cpu> cpus, Optional<String> vmcoreinfo, boolean byQemu, List<String> warnings) {

  /** No notes. */
  public static final CoreNotes NONE = new CoreNotes(List.of(), Optional.empty(), false, List.of());

  /** Larger than any kernel's; what follows in a hostile note is left out. */
  private static final int MAX_VMCOREINFO = 1 << 20;

  private static final int PRSTATUS_386 = 144;
  private static final int PRSTATUS_X86_64 = 336;
  private static final int PRSTATUS_AARCH64 = 392;
  private static final int PRSTATUS_RISCV64 = 376;

  /**
   * Reads notes that stand one after the other.
   *
   * @param bytes nothing but the notes, under the name that errors give
   * @param machineName the kernel's name of the machine ("x86_64"), for notes whose size does not
   *     tell
   */
  public static CoreNotes read(ImageFile bytes, String machineName) throws ImageException {
    NoteReader reader = new NoteReader(bytes);
    reader.read(0, bytes.length());
    List<ElfNote> notes = reader.notes();
    CpuNotes cpus = CpuNotes.read(bytes, notes, machine(machineName, notes));
    List<String> warnings = new ArrayList<>(reader.warnings());
    warnings.addAll(cpus.warnings());
    return new CoreNotes(
        cpus.cpus(),
        vmcoreinfo(bytes, notes),
        !NoteKind.QEMU_CPU.in(notes).isEmpty(),
        List.copyOf(warnings));
  }

  /** The text of the first VMCOREINFO note. */
  static Optional<String> vmcoreinfo(ImageFile file, List<ElfNote> notes) throws ImageException {
    List<ElfNote> found = NoteKind.VMCOREINFO.in(notes);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    ElfNote note = found.getFirst();
    return Optional.of(file.textAt(note.offset(), (int) Math.min(note.size(), MAX_VMCOREINFO)));
  }

  /** The notes' size decides: QEMU names a 64-bit machine whatever mode its CPUs are in. */
  private static int machine(String name, List<ElfNote> notes) {
    List<ElfNote> general = NoteKind.PRSTATUS.in(notes);
    return switch (general.isEmpty() ? 0 : (int) general.getFirst().size()) {
      case PRSTATUS_386 -> ElfConstants.EM_386;
      case PRSTATUS_X86_64 -> ElfConstants.EM_X86_64;
      case PRSTATUS_AARCH64 -> ElfConstants.EM_AARCH64;
      case PRSTATUS_RISCV64 -> ElfConstants.EM_RISCV;
      default ->
          switch (name) {
            case "i386", "i486", "i586", "i686" -> ElfConstants.EM_386;
            case "aarch64" -> ElfConstants.EM_AARCH64;
            case "riscv64" -> ElfConstants.EM_RISCV;
            default -> ElfConstants.EM_X86_64;
          };
    };
  }
}
