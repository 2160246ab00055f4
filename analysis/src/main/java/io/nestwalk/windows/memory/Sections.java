package io.nestwalk.windows.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.layout.Layout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads sections: {@code _SUBSECTION} to {@code _CONTROL_AREA} to {@code _FILE_OBJECT} to the name.
 * For one thread at a time: it keeps what it read.
 */
final class Sections {

  private static final int KEPT = 1 << 12;
  private static final int MAX_PARTS = 1 << 12;

  /** No section is larger: a terabyte in pages. */
  private static final long MAX_COUNT = 1L << 28;

  private final Kernel kernel;
  private final Memory memory;
  private final int entryBytes;
  private final Optional<Field> controlArea;
  private final Optional<Field> base;
  private final Optional<Field> next;
  private final Optional<Field> count;
  private final Optional<Field> sector;
  private final Optional<Field> filePointer;
  private final Optional<Field> fileName;
  private final Map<Long, Section> kept =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Section> eldest) {
          return size() > KEPT;
        }
      };

  /**
   * Sections of a kernel.
   *
   * @param memory the kernel's memory, to read them through
   * @param entryBytes size of a prototype entry
   */
  Sections(Kernel kernel, Memory memory, int entryBytes) {
    this.kernel = kernel;
    this.memory = memory;
    this.entryBytes = entryBytes;
    Layout layout = kernel.layout();
    controlArea = layout.findField("_SUBSECTION", "ControlArea");
    base = layout.findField("_SUBSECTION", "SubsectionBase");
    next = layout.findField("_SUBSECTION", "NextSubsection");
    count = layout.findField("_SUBSECTION", "PtesInSubsection");
    sector = layout.findField("_SUBSECTION", "StartingSector");
    filePointer = layout.findField("_CONTROL_AREA", "FilePointer");
    fileName = layout.findField("_FILE_OBJECT", "FileName");
  }

  /** The section that a subsection is part of. */
  Section of(long subsection) {
    Section known = kept.get(subsection);
    if (known == null) {
      known = read(subsection);
      kept.put(subsection, known);
    }
    return known;
  }

  private long value(Optional<Field> field, long object) {
    return field.isPresent() ? field.get().get(memory, object, 0) : 0;
  }

  private Section read(long subsection) {
    long area = value(controlArea, subsection);
    if (!isObject(area)) {
      return Section.UNKNOWN;
    }
    long file = kernel.fastReference(value(filePointer, area));
    Optional<String> path =
        isObject(file) && fileName.isPresent()
            ? kernel.unicode(memory, fileName.get().at(file))
            : Optional.empty();
    return new Section(path, file != 0, parts(subsection, area), entryBytes);
  }

  private List<Section.Part> parts(long subsection, long area) {
    List<Section.Part> parts = new ArrayList<>();
    long each = subsection;
    while (isObject(each) && value(controlArea, each) == area && parts.size() < MAX_PARTS) {
      parts.add(
          new Section.Part(
              each,
              value(base, each),
              Math.min(value(count, each), MAX_COUNT),
              value(sector, each)));
      each = value(next, each);
      if (each == subsection) {
        break;
      }
    }
    return List.copyOf(parts);
  }

  private boolean isObject(long pointer) {
    return (pointer & kernel.layout().pointerSize() - 1) == 0
        && kernel.isKernelAddress(pointer)
        && memory.isPresent(pointer);
  }
}
