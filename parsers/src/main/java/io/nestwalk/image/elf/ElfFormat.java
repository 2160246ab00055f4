package io.nestwalk.image.elf;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RunMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ELF cores of machines, of class 32 and 64. */
public final class ElfFormat implements ImageFormat {

  /** Enough headers to see what kind of core it is; the rest is read when it is opened. */
  private static final int HEADERS_TO_PROBE = 4096;

  /** QEMU writes the size of a pointer where the header's size belongs. */
  private static final int HEADER_SIZE_OF_QEMU = 8;

  private static final int FLAG_INCOMPLETE = 1;

  /** For the service loader. */
  public ElfFormat() {}

  @Override
  public String name() {
    return "elf";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!ElfHeader.hasMagic(file)) {
      return Probe.no("no ELF magic");
    }
    try {
      ElfCore core = readCore(file, HEADERS_TO_PROBE);
      Optional<String> refusal = core.refusal();
      return refusal.isPresent()
          ? Probe.refused(refusal.get())
          : Probe.certain("ELF core of a machine");
    } catch (ImageException e) {
      return Probe.refused(e.reason());
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!ElfHeader.hasMagic(file)) {
      throw new ImageException(file.name(), "not an ELF file: no magic at offset 0");
    }
    ElfCore core = readCore(file, ElfCore.MAX_PROGRAM_HEADERS);
    Optional<String> refusal = core.refusal();
    if (refusal.isPresent()) {
      throw new ImageException(file.name(), refusal.get());
    }
    SegmentMemory segments = SegmentMemory.of(core.segments(), file.length());
    if (segments.runs().isEmpty()) {
      throw new ImageException(file.name(), "an ELF core of which no memory lies in the file");
    }
    RunMemory memory = RunMemory.of(file, segments.runs());
    CpuNotes cpus = CpuNotes.read(file, core.notes(), core.header().machine());
    List<String> warnings = new ArrayList<>(core.warnings());
    warnings.addAll(segments.warnings());
    warnings.addAll(SegmentMemory.contradictions(segments.runs(), memory));
    warnings.addAll(cpus.warnings());
    if ((core.header().flags() & FLAG_INCOMPLETE) != 0) {
      warnings.add("the dump's writer marked it as incomplete (e_flags bit 0)");
    }
    return MemoryImage.of(file, name(), memory)
        .creator(creator(file, core))
        .architecture(architecture(core, cpus.cpus()))
        .runs(memory.runs())
        .cpus(cpus.cpus())
        .vmcoreinfo(CoreNotes.vmcoreinfo(file, core.notes()))
        .warnings(warnings)
        .build();
  }

  /** Reads a core of a machine type that is known; anything else is an exception that says what. */
  private static ElfCore readCore(ImageFile file, int maxHeaders) throws ImageException {
    if (ElfHeader.isBigEndian(file)) {
      throw new ImageException(file.name(), "a big-endian ELF file; only little-endian is read");
    }
    ElfHeader header = ElfHeader.read(file);
    if (header.type() != ElfConstants.ET_CORE) {
      throw new ImageException(
          file.name(),
          "an ELF file that is not a core (%s)".formatted(ElfNames.type(header.type())));
    }
    boolean known =
        switch (header.machine()) {
          case ElfConstants.EM_386, ElfConstants.EM_X86_64, ElfConstants.EM_AARCH64 -> true;
          case ElfConstants.EM_RISCV -> header.is64();
          default -> false;
        };
    if (!known) {
      throw new ImageException(
          file.name(),
          "an ELF core of a machine that is not supported (%s)"
              .formatted(ElfNames.machine(header.machine())));
    }
    return ElfCore.read(file, header, maxHeaders);
  }

  private static Architecture architecture(ElfCore core, List<Cpu> cpus) {
    return switch (core.header().machine()) {
      case ElfConstants.EM_AARCH64 -> Architecture.AARCH64;
      case ElfConstants.EM_RISCV -> Architecture.RISCV64;
      case ElfConstants.EM_X86_64 -> {
        // VirtualBox names the machine that it runs on itself.
        boolean trusted = cpus.isEmpty() || core.notes(NoteKind.VIRTUALBOX_CPU).isEmpty();
        yield trusted ? Architecture.X86_64 : widest(cpus);
      }
      // QEMU's machine type tells of the first CPU only, and of the moment of the dump.
      default -> widest(cpus);
    };
  }

  private static Architecture widest(List<Cpu> cpus) {
    return cpus.stream().anyMatch(cpu -> cpu.architecture() == Architecture.X86_64)
        ? Architecture.X86_64
        : Architecture.X86;
  }

  private static Optional<String> creator(ImageFile file, ElfCore core) throws ImageException {
    if (!core.notes(NoteKind.QEMU_CPU).isEmpty()
        || core.header().headerSize() == HEADER_SIZE_OF_QEMU) {
      return Optional.of("QEMU");
    }
    List<ElfNote> virtualBox = core.notes(NoteKind.VIRTUALBOX_CORE);
    if (!virtualBox.isEmpty()) {
      return VirtualBoxCoreNote.read(file, virtualBox.getFirst())
          .map(note -> "VirtualBox " + note.version())
          .or(() -> Optional.of("VirtualBox"));
    }
    if (!core.notes(NoteKind.XEN).isEmpty()) {
      return Optional.of("Xen");
    }
    return core.notes(NoteKind.VMCOREINFO).isEmpty()
        ? Optional.empty()
        : Optional.of("Linux kdump");
  }
}
