package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The parts of an ELF core: header, segments, notes.
 *
 * @param header the file header
 * @param segments the PT_LOAD headers in file order
 * @param notes the notes of all PT_NOTE segments in file order
 * @param warnings what was cut off or out of place
 */
record ElfCore(
    ElfHeader header, List<ElfProgramHeader> segments, List<ElfNote> notes, List<String> warnings) {

  /** Headers beyond this many are not read: they would need more heap than is reasonable. */
  static final int MAX_PROGRAM_HEADERS = 1 << 21;

  /**
   * Reads the structures of a little-endian core.
   *
   * @param maxHeaders how many program headers to read at most
   */
  static ElfCore read(ImageFile file, ElfHeader header, int maxHeaders) throws ImageException {
    List<String> warnings = new ArrayList<>();
    long count = programHeaderCount(file, header, warnings);
    int size = header.programHeaderSize();
    if (count > 0 && size < header.smallestProgramHeader()) {
      throw new ImageException(
          file.name(),
          "e_phentsize is %d, a program header has at least %d bytes"
              .formatted(size, header.smallestProgramHeader()));
    }
    long start = header.programHeaders();
    long available = count == 0 || !file.holds(start, size) ? 0 : (file.length() - start) / size;
    if (count > available) {
      warnings.add(
          "%d of %d program headers lie beyond the end of the file"
              .formatted(count - available, count));
    }
    long readable = Math.min(count, available);
    if (readable > maxHeaders) {
      readable = maxHeaders;
      warnings.add("%d program headers; the first %d are read".formatted(count, maxHeaders));
    }
    List<ElfProgramHeader> segments = new ArrayList<>();
    NoteReader notes = new NoteReader(file);
    for (long i = 0; i < readable; i++) {
      ElfProgramHeader segment = ElfProgramHeader.read(file, start + i * size, header.is64());
      if (segment.type() == ElfConstants.PT_LOAD) {
        segments.add(segment);
      } else if (segment.type() == ElfConstants.PT_NOTE) {
        notes.readSegment(segment);
      }
    }
    warnings.addAll(notes.warnings());
    return new ElfCore(header, segments, notes.notes(), warnings);
  }

  /** The notes of one kind, in file order: for CPU notes that is the order of the CPUs. */
  List<ElfNote> notes(NoteKind kind) {
    return kind.in(notes);
  }

  /** Why the core is not a machine's memory; empty when it is. */
  Optional<String> refusal() {
    if (notes.stream().anyMatch(note -> note.kind().isOfMachine())) {
      return segments.isEmpty() && notes.stream().anyMatch(note -> note.kind() == NoteKind.XEN)
          ? Optional.of("a Xen core, whose memory stands in sections and not in segments")
          : Optional.empty();
    }
    boolean processNotes = notes.stream().anyMatch(note -> note.kind() == NoteKind.PROCESS);
    boolean physical = segments.stream().anyMatch(segment -> segment.physicalAddress() != 0);
    boolean virtual = segments.stream().anyMatch(segment -> segment.virtualAddress() != 0);
    if (processNotes || (virtual && !physical)) {
      return Optional.of("an ELF core of one process, not of a machine");
    }
    if (segments.isEmpty() && header.sectionHeaderCount() > 1) {
      return Optional.of("an ELF core with sections and no segments");
    }
    return Optional.empty();
  }

  private static long programHeaderCount(ImageFile file, ElfHeader header, List<String> warnings) {
    if (header.programHeaderCount() != ElfConstants.PN_XNUM) {
      return header.programHeaderCount();
    }
    try {
      if (header.sectionHeaders() != 0) {
        long count = ElfSectionHeader.read(file, header.sectionHeaders(), header.is64()).info();
        if (count >= ElfConstants.PN_XNUM) {
          return count;
        }
      }
    } catch (ImageException e) {
      // Told below, together with the case that there is no such section.
    }
    warnings.add(
        "the count of program headers (e_phnum 0xffff) is not in section header 0; 65535 are read");
    return ElfConstants.PN_XNUM;
  }
}
