package io.nestwalk.image.kdump;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Probe;
import io.nestwalk.image.elf.CoreNotes;
import io.nestwalk.wording.Count;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Kdump-compressed dumps, plain, flattened or in a set. */
public final class KdumpFormat implements ImageFormat {

  /** Notes of more CPUs than any machine has. */
  private static final long MAX_NOTES = 64L << 20;

  private static final long MAX_VMCOREINFO = 1 << 20;

  private static final int ELF_MAGIC = 0x464c457f;

  /** For the service loader. */
  public KdumpFormat() {}

  @Override
  public String name() {
    return "kdump";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (KdumpHeader.hasMagic(PiecedFile.from(file, 0))) {
      return Probe.certain("kdump-compressed");
    }
    if (!FlattenedFile.hasMagic(file)) {
      return Probe.no("no KDUMP and no makedumpfile magic");
    }
    return Probe.certain("makedumpfile's flattened form");
  }

  @Override
  public List<Path> furtherFiles(ImageFile file) {
    if (!probe(file).isReadable()) {
      return List.of();
    }
    try {
      KdumpFile dump = read(file, new ArrayList<>());
      return dump.header().split()
          ? SplitSet.complete(file, dump, new ArrayList<>()).stream()
              .skip(1)
              .map(part -> Path.of(part.content().name()))
              .toList()
          : List.of();
    } catch (ImageException e) {
      return List.of(); // whoever opens it is told
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    List<String> warnings = new ArrayList<>();
    KdumpFile dump = read(file, warnings);
    KdumpHeader header = dump.header();
    if ((header.status() & KdumpHeader.STATUS_INCOMPLETE) != 0) {
      warnings.add("the dump's writer marked it as incomplete");
    }
    if (header.pages() < 0 || header.pages() > dump.dumped().pages()) {
      warnings.add(
          "the bitmap of dumped pages has %d bits, the dump claims %s pages"
              .formatted(dump.dumped().pages(), Long.toUnsignedString(header.pages())));
    }
    List<KdumpFile> files =
        header.split() ? SplitSet.complete(file, dump, warnings) : List.of(dump);
    KdumpPages pages = new KdumpPages(files, leftOut(dump, warnings));
    if (pages.ranges().isEmpty()) {
      throw new ImageException(file.name(), "a kdump without a page of memory");
    }
    CoreNotes notes = notes(dump, warnings);
    warnings.addAll(notes.warnings());
    return MemoryImage.of(file, name(), new BlockMemory(file, pages, pages))
        .creator(notes.byQemu() ? "QEMU" : "Linux kdump")
        .architecture(architecture(header.machine(), notes.cpus()))
        .cpus(notes.cpus())
        .vmcoreinfo(vmcoreinfo(dump).or(notes::vmcoreinfo))
        .warnings(warnings)
        .build();
  }

  /** Reads a file of a dump, whatever form it has. */
  static KdumpFile read(ImageFile file, List<String> warnings) throws ImageException {
    if (!FlattenedFile.hasMagic(file)) {
      return KdumpFile.read(PiecedFile.from(file, 0));
    }
    FlattenedFile flattened = FlattenedFile.read(file);
    warnings.addAll(flattened.warnings());
    PiecedFile content = flattened.content();
    if (content.holds(0, Integer.BYTES) && content.intAt(0) == ELF_MAGIC) {
      throw new ImageException(
          file.name(),
          "an ELF core in makedumpfile's flattened form; rearrange it with \"makedumpfile -R\"");
    }
    return KdumpFile.read(content);
  }

  /**
   * Tells of pages that the writer left out. Which of them are zeros is known only when nothing
   * else was left out.
   *
   * @return the pages that exist, of which those that were not dumped are zeros; or null
   */
  private static PageBitmap leftOut(KdumpFile dump, List<String> warnings) throws ImageException {
    KdumpHeader header = dump.header();
    PageBitmap existing =
        PageBitmap.read(dump.content(), header.bitmapStart(), header.bitmapBytes(), header.pages());
    long count = existing.rank(existing.pages()) - dump.dumped().rank(dump.dumped().pages());
    if (header.dumpLevel() == KdumpHeader.LEVEL_ZERO) {
      return existing;
    }
    if (count > 0) {
      warnings.add(
          "%s absent: the writer left them out (dump level %d%s)"
              .formatted(
                  Count.of(count, "page", "is", "are"),
                  header.dumpLevel(),
                  (header.dumpLevel() & KdumpHeader.LEVEL_ZERO) != 0
                      ? ", which leaves out pages of zeros among others"
                      : ""));
    }
    return null;
  }

  private static CoreNotes notes(KdumpFile dump, List<String> warnings) {
    KdumpHeader header = dump.header();
    if (header.notes() == 0 || header.notesSize() == 0) {
      return CoreNotes.NONE;
    }
    PiecedFile content = dump.content();
    if (header.notesSize() < 0
        || header.notesSize() > MAX_NOTES
        || !content.holds(header.notes(), header.notesSize())) {
      warnings.add("the notes lie outside the file; the registers are lost");
      return CoreNotes.NONE;
    }
    try {
      byte[] bytes = new byte[(int) header.notesSize()];
      content.read(header.notes(), MemorySegment.ofArray(bytes));
      return CoreNotes.read(
          ImageFile.over(MemorySegment.ofArray(bytes), Path.of(""), content.name(), ""),
          header.machine());
    } catch (ImageException e) {
      warnings.add("the notes can't be read: " + e.reason());
      return CoreNotes.NONE;
    }
  }

  private static Optional<String> vmcoreinfo(KdumpFile dump) throws ImageException {
    KdumpHeader header = dump.header();
    long size = Math.min(header.vmcoreinfoSize(), MAX_VMCOREINFO);
    if (header.vmcoreinfo() <= 0 || size <= 0 || !dump.content().holds(header.vmcoreinfo(), size)) {
      return Optional.empty();
    }
    byte[] bytes = new byte[(int) size];
    dump.content().read(header.vmcoreinfo(), MemorySegment.ofArray(bytes));
    return Optional.of(
        new String(bytes, StandardCharsets.US_ASCII)
            .replaceAll("\0.*", "")
            .replaceAll("[^\\n -~]", "?"));
  }

  private static Optional<Architecture> architecture(String machine, List<Cpu> cpus) {
    // A CPU that the kernel has not started yet is not in the machine's mode.
    return cpus.stream()
        .map(Cpu::architecture)
        .filter(architecture -> architecture != Architecture.X86)
        .findFirst()
        .or(() -> cpus.stream().map(Cpu::architecture).findFirst())
        .or(
            () ->
                switch (machine) {
                  case "x86_64" -> Optional.of(Architecture.X86_64);
                  case "aarch64" -> Optional.of(Architecture.AARCH64);
                  case "riscv64" -> Optional.of(Architecture.RISCV64);
                  default -> Optional.empty();
                });
  }
}
