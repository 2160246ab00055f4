package io.nestwalk.image.xen;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PageIndex;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RunMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Cores of "xl dump-core": ELF of class 64 without segments, with sections of Xen's own. */
public final class XenCoreFormat implements ImageFormat {

  private static final String NOTES = ".note.Xen";
  private static final String STATUS = ".xen_prstatus";
  private static final String PAGES = ".xen_pages";
  private static final String FRAMES = ".xen_pfn";
  private static final String MACHINE_FRAMES = ".xen_p2m";

  private static final int ELF_HEADER = 64;
  private static final int ET_CORE = 4;
  private static final int CLASS_64 = 2;

  private static final int PAGE = 4096;

  /** A page without a frame. */
  private static final long INVALID = -1;

  private static final long INVALID_32 = 0xffffffffL;

  /** With more runs than this an index of pages takes less heap, and less time. */
  private static final int MAX_RUNS = 1 << 16;

  /** For the service loader. */
  public XenCoreFormat() {}

  @Override
  public String name() {
    return "xen-core";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!isCore(file)) {
      return Probe.no("no ELF core of class 64");
    }
    if (sections(file).containsKey(PAGES)) {
      return Probe.certain("core of a Xen domain");
    }
    // The names of sections stand at the end: whoever looks at a file's head alone sees none.
    return hasNamelessSections(file)
        ? new Probe(Probe.Confidence.LIKELY, "ELF core with sections and no segments")
        : Probe.no("no section " + PAGES);
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!isCore(file)) {
      throw new ImageException(file.name(), "no ELF core of class 64, as Xen writes them");
    }
    Map<String, Section> sections = Section.readAll(file);
    Section pages = sections.get(PAGES);
    Section frames = sections.get(FRAMES);
    Section machineFrames = sections.get(MACHINE_FRAMES);
    if (pages == null || (frames == null && machineFrames == null)) {
      throw new ImageException(
          file.name(), "a Xen core without the sections .xen_pages and .xen_pfn or .xen_p2m");
    }
    List<String> warnings = new ArrayList<>();
    Optional<CoreHeader> header =
        sections.containsKey(NOTES) ? CoreHeader.read(file, sections.get(NOTES)) : Optional.empty();
    if (header.isPresent() && header.get().pageSize() != PAGE) {
      throw new ImageException(
          file.name(), "a Xen core with pages of %d bytes".formatted(header.get().pageSize()));
    }
    boolean paravirtual = machineFrames != null;
    if (paravirtual) {
      warnings.add(
          "a paravirtual domain: addresses are those of the host machine, which its page tables"
              + " hold");
    }
    FrameTable table =
        paravirtual
            // Entries are {pfn, gmfn}; the page tables hold the second.
            ? new FrameTable(file, machineFrames, 16, 8)
            : new FrameTable(file, frames, 8, 0);
    long count = Math.min(table.count(), pages.size() / PAGE);
    long expected = header.map(CoreHeader::pages).orElse(table.count());
    if (count < expected) {
      warnings.add("of %d pages %d are in the file".formatted(expected, count));
    }
    PhysicalMemory memory = memory(file, table, count, pages.offset());
    if (memory.ranges().isEmpty()) {
      throw new ImageException(file.name(), "a Xen core without a page of memory");
    }
    List<Cpu> cpus = cpus(file, sections, header, paravirtual, warnings);
    return MemoryImage.of(file, name(), memory)
        .creator("Xen")
        .architecture(
            cpus.stream()
                .map(Cpu::architecture)
                .filter(architecture -> architecture != Architecture.X86)
                .findFirst()
                .or(() -> cpus.stream().map(Cpu::architecture).findFirst()))
        .runs(memory instanceof RunMemory mapped ? mapped.runs() : List.of())
        .cpus(cpus)
        .warnings(warnings)
        .build();
  }

  private static List<Cpu> cpus(
      ImageFile file,
      Map<String, Section> sections,
      Optional<CoreHeader> header,
      boolean paravirtual,
      List<String> warnings)
      throws ImageException {
    Section status = sections.get(STATUS);
    List<Cpu> cpus =
        status == null || header.isEmpty()
            ? List.of()
            : GuestContext.readAll(file, status, header.get().cpus(), paravirtual);
    if (cpus.isEmpty()) {
      warnings.add("the registers can't be read: their section or the note about it is not known");
    }
    return cpus;
  }

  /** Runs where frames follow one another, as in most domains; else an index of pages. */
  private static PhysicalMemory memory(ImageFile file, FrameTable table, long count, long pages)
      throws ImageException {
    List<MemoryRun> runs = new ArrayList<>();
    long start = 0;
    while (start < count && runs.size() < MAX_RUNS) {
      long frame = table.frame(start);
      long end = start + 1;
      while (end < count && isFrame(frame) && table.frame(end) == frame + (end - start)) {
        end++;
      }
      if (isFrame(frame)) {
        runs.add(new MemoryRun(frame * PAGE, (end - start) * PAGE, pages + start * PAGE));
      }
      start = end;
    }
    if (start == count) {
      return RunMemory.of(file, runs);
    }
    PageIndex.Builder index = PageIndex.builder(file.name(), PAGE);
    for (long i = 0; i < count; i++) {
      long frame = table.frame(i);
      if (isFrame(frame)) {
        index.addRaw(frame * PAGE, pages + i * PAGE);
      }
    }
    return new BlockMemory(file, index.build(), BlockDecoder.NONE);
  }

  /** A frame that a machine of 52 address bits can have. */
  private static boolean isFrame(long frame) {
    return frame != INVALID && frame != INVALID_32 && frame >>> 40 == 0;
  }

  private static boolean isCore(ImageFile file) {
    try {
      return file.startsWith(0, new byte[] {0x7f, 'E', 'L', 'F', CLASS_64, 1})
          && file.holds(0, ELF_HEADER)
          && file.shortAt(16) == ET_CORE;
    } catch (ImageException e) {
      return false;
    }
  }

  private static boolean hasNamelessSections(ImageFile file) {
    try {
      return file.shortAt(56) == 0 && file.shortAt(60) > 1 && sections(file).isEmpty();
    } catch (ImageException e) {
      return false;
    }
  }

  private static Map<String, Section> sections(ImageFile file) {
    try {
      return Section.readAll(file);
    } catch (ImageException e) {
      return Map.of();
    }
  }
}
