package io.nestwalk.windows.process;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.util.Locale;
import java.util.Optional;

/**
 * The files that processes run: process object, section, control area, file object; since Windows
 * 10 also the process object's own pointer to the file object. Nothing in a process's own memory
 * tells it.
 */
final class ImageFiles {

  /** The lowest bits of a section's pointer to its control area are flags. */
  private static final long FLAGS = 3;

  private static final String SYSTEM_ROOT = "\\systemroot\\";

  private final Kernel kernel;
  private final ProcessFields fields;
  private final Optional<Field> controlArea;
  private final Optional<Field> segment;
  private final Optional<Field> controlAreaOfSegment;
  private final Optional<Field> file;
  private final Optional<Field> name;

  ImageFiles(Kernel kernel, ProcessFields fields) {
    this.kernel = kernel;
    this.fields = fields;
    controlArea = kernel.layout().findField("_SECTION", "u1.ControlArea");
    segment = kernel.layout().findField("_SECTION_OBJECT", "Segment");
    controlAreaOfSegment = kernel.layout().findField("_SEGMENT", "ControlArea");
    file = kernel.layout().findField("_CONTROL_AREA", "FilePointer");
    name = kernel.layout().findField("_FILE_OBJECT", "FileName");
  }

  /** The file's path on its volume: {@code \Windows\System32\smss.exe}. */
  Optional<String> of(long process) {
    return ofSection(kernel.value(fields.section, process))
        .or(() -> nameOf(kernel.value(fields.imageFile, process)));
  }

  private Optional<String> ofSection(long section) {
    if (!kernel.isObject(section)) {
      return Optional.empty();
    }
    long area =
        controlArea.isPresent()
            ? kernel.value(controlArea, section) & ~FLAGS
            : controlAreaOf(kernel.value(segment, section));
    return kernel.isObject(area)
        ? nameOf(kernel.fastReference(kernel.value(file, area)))
        : Optional.empty();
  }

  private long controlAreaOf(long object) {
    return kernel.isObject(object) ? kernel.value(controlAreaOfSegment, object) : 0;
  }

  private Optional<String> nameOf(long object) {
    return name.isPresent() && kernel.isObject(object)
        ? kernel.unicode(kernel.memory(), name.get().at(object))
        : Optional.empty();
  }

  /**
   * Whether two names may be of one file: the kernel's, which begins with a device, and one that
   * begins with a drive, a link to the system's folder, or a folder of its volume.
   */
  static boolean isSame(String withDevice, String other) {
    String whole = withDevice.toLowerCase(Locale.ROOT);
    String part = other.toLowerCase(Locale.ROOT);
    if (part.startsWith("\\??\\") || part.startsWith("\\\\?\\")) {
      part = part.substring(4);
    }
    if (part.length() > 2 && part.charAt(1) == ':') {
      part = part.substring(2);
    } else if (part.startsWith(SYSTEM_ROOT)) {
      part = part.substring(SYSTEM_ROOT.length() - 1);
    }
    return whole.endsWith(part);
  }
}
