package io.nestwalk.windows.process;

import io.nestwalk.windows.kernel.Kernel;
import java.util.OptionalLong;

/**
 * What stands before an object's body: its header ({@code _OBJECT_HEADER}) and, before that,
 * optional parts, of which {@code InfoMask} tells; the lowest bit's is the nearest. Before them all
 * is the header of the pool. Sizes are the same in the symbol files of all builds from 7601 to
 * 22000.
 */
final class ObjectForm {

  private static final int CREATOR = 1;
  private static final int NAME = 1 << 1;
  private static final int HANDLES = 1 << 2;
  private static final int QUOTA = 1 << 3;
  private static final int PROCESS = 1 << 4;

  // _OBJECT_HEADER.InfoMask, by pointer size
  private static final int INFO_MASK_64 = 0x1a;
  private static final int INFO_MASK_32 = 0xe;

  private final Kernel kernel;
  private final int header;
  private final int pointer;

  /**
   * A form.
   *
   * @param header bytes from an object's header to its body
   */
  ObjectForm(Kernel kernel, int header) {
    this.kernel = kernel;
    this.header = header;
    pointer = kernel.layout().pointerSize();
  }

  /**
   * The tag of the pool block that an object is in: the first four letters of its type's name
   * (ObCreateObjectType), as a little-endian number without the bit that protected it in Windows 7.
   *
   * @return 0 when the tag does not stand where the header says
   */
  int tag(long object) {
    int mask = mask(object);
    if (mask < 0 || mask >= PROCESS << 1) {
      return 0; // parts that are newer, and of whose size nothing is sure
    }
    int before =
        part(mask, CREATOR, 4 * pointer)
            + part(mask, NAME, 4 * pointer)
            + part(mask, HANDLES, 2 * pointer)
            + part(mask, QUOTA, 4 * pointer)
            + part(mask, PROCESS, 2 * pointer);
    long pool = object - header - before - 2L * pointer;
    return kernel.memory().getInt(pool + Integer.BYTES, 0) & 0x7fff_ffff;
  }

  /** Where the part that names an object stands ({@code _OBJECT_HEADER_NAME_INFO}). */
  OptionalLong name(long object) {
    int mask = mask(object);
    return mask < 0 || (mask & NAME) == 0
        ? OptionalLong.empty()
        : OptionalLong.of(object - header - part(mask, CREATOR, 4 * pointer) - 4L * pointer);
  }

  private int mask(long object) {
    return kernel
        .memory()
        .getByte(object - header + (kernel.isWide() ? INFO_MASK_64 : INFO_MASK_32));
  }

  private static int part(int mask, int bit, int bytes) {
    return (mask & bit) == 0 ? 0 : bytes;
  }
}
