package io.nestwalk.image.windows;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RunMemory;
import io.nestwalk.image.SystemHints;
import io.nestwalk.image.VirtualPieces;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Crash dumps of a Windows kernel. */
public final class WindowsDumpFormat implements ImageFormat {

  /** For the service loader. */
  public WindowsDumpFormat() {}

  @Override
  public String name() {
    return "windows-dump";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!DumpHeader.hasMagic(file)) {
      return Probe.no("no signature of a Windows crash dump");
    }
    try {
      DumpHeader header = DumpHeader.read(file);
      return header
          .refusal()
          .map(Probe::refused)
          .orElseGet(() -> Probe.certain("header of a " + header.description()));
    } catch (ImageException e) {
      return Probe.refused(e.reason());
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!DumpHeader.hasMagic(file)) {
      throw new ImageException(file.name(), "not a Windows crash dump: no signature at offset 0");
    }
    DumpHeader header = DumpHeader.read(file);
    Optional<String> refusal = header.refusal();
    if (refusal.isPresent()) {
      throw new ImageException(file.name(), refusal.get());
    }
    Optional<Architecture> architecture = ContextRecord.architecture(header);
    List<Cpu> cpus =
        architecture
            .map(known -> List.of(ContextRecord.cpu(file, header, known)))
            .orElse(List.of());
    if (header.dumpType() == DumpHeader.TYPE_TRIAGE) {
      return triage(file, header, architecture, cpus);
    }
    StoredPages pages = pages(file, header);
    List<String> warnings = new ArrayList<>(pages.warnings());
    if (pages.runs().isEmpty()) {
      throw new ImageException(
          file.name(), "a %s of which no memory lies in the file".formatted(header.description()));
    }
    RunMemory memory = RunMemory.of(file, pages.runs());
    warnings.addAll(warnings(header, architecture));
    return image(file, header, architecture, memory, cpus, warnings)
        .hints(
            new SystemHints(
                "header of the crash dump",
                HeaderHints.of(file, header),
                List.of(),
                Map.of(),
                Optional.empty()))
        .build();
  }

  /** A dump without physical memory: what it has instead is among its hints. */
  private MemoryImage triage(
      ImageFile file, DumpHeader header, Optional<Architecture> architecture, List<Cpu> cpus)
      throws ImageException {
    TriageDump.Content content = TriageDump.read(file, header);
    SystemHints hints = content.hints();
    List<String> warnings = new ArrayList<>();
    warnings.add(
        ("a triage dump has no physical memory: there are %d bytes of the kernel's virtual memory"
             + " in %d pieces, %d drivers and the structures around the crash; all else is missing")
            .formatted(
                hints.virtual().map(VirtualPieces::presentBytes).orElse(0L),
                hints.virtual().map(pieces -> pieces.pieces().size()).orElse(0),
                hints.modules().size()));
    warnings.addAll(content.warnings());
    warnings.addAll(warnings(header, architecture));
    return image(file, header, architecture, RunMemory.of(file, List.of()), cpus, warnings)
        .hints(hints)
        .build();
  }

  private MemoryImage.Builder image(
      ImageFile file,
      DumpHeader header,
      Optional<Architecture> architecture,
      RunMemory memory,
      List<Cpu> cpus,
      List<String> warnings) {
    return MemoryImage.of(file, name(), memory)
        .creator(header.creator())
        .architecture(architecture)
        .runs(memory.runs())
        .cpus(cpus)
        .warnings(warnings);
  }

  private static StoredPages pages(ImageFile file, DumpHeader header) throws ImageException {
    return switch ((int) header.dumpType()) {
      case DumpHeader.TYPE_FULL -> PhysicalMemoryBlock.read(file, header).pages(file, header);
      case DumpHeader.TYPE_RANGES_KERNEL,
          DumpHeader.TYPE_RANGES_KERNEL_AND_USER,
          DumpHeader.TYPE_RANGES_COMPLETE ->
          PageRanges.read(file, header).pages(file);
      default -> PageBitmap.read(file, header).pages(file);
    };
  }

  private static List<String> warnings(DumpHeader header, Optional<Architecture> architecture) {
    List<String> warnings = new ArrayList<>();
    if (architecture.isEmpty()) {
      warnings.add(
          "the machine type 0x%x is not known; registers are not read".formatted(header.machine()));
    } else if (architecture.get() == Architecture.AARCH64) {
      warnings.add(
          "the header's DirectoryTableBase is 0x%x; which of the CPU's translation table registers"
                  .formatted(header.directoryTableBase())
              + " it is on this machine is not known");
    } else if (architecture.get() == Architecture.X86) {
      warnings.add("CR4 is not in the dump; it is taken from the header's PaeEnabled");
    }
    if (header.processors() > 1 && header.processors() != DumpHeader.UNSET) {
      warnings.add(
          "a Windows crash dump has the registers of the CPU that wrote it: 1 of %d"
              .formatted(header.processors()));
    }
    switch ((int) header.dumpType()) {
      case DumpHeader.TYPE_KERNEL, DumpHeader.TYPE_BITMAP_KERNEL, DumpHeader.TYPE_RANGES_KERNEL ->
          warnings.add("a kernel dump: pages of processes may be left out");
      default -> {}
    }
    return warnings;
  }
}
