package io.nestwalk.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * The registers that XSAVE or XSAVES wrote (Intel SDM volume 1, 13.4 and 13.5), in the standard
 * form in which user mode and core files have them ({@code copy_xstate_to_uabi_buf} in
 * arch/x86/kernel/fpu/xstate.c): what is in its initial state is written as such, not as what
 * happens to stand there.
 *
 * @param components the CPU's, by number
 */
record XsaveArea(List<XsaveArea.Component> components) {

  /**
   * What the CPU saves together.
   *
   * @param offset in the standard form, in bytes; negative where the CPU has no such component
   * @param size in bytes
   * @param aligned whether it begins at a multiple of 64 in the compacted form
   */
  record Component(int offset, int size, boolean aligned) {

    long end() {
      return (long) offset + size;
    }
  }

  /** The area that FXSAVE writes. */
  static final int LEGACY = 512;

  /** Legacy area and header. */
  static final int SMALLEST = 576;

  private static final long FP = 1;
  private static final long SSE = 2;
  private static final long AVX = 4;
  private static final int FIRST_EXTENDED = 2;
  private static final int PKRU = 9;
  private static final int ALIGNMENT = 64;

  private static final int MXCSR_AT = 24;
  private static final int ST_AT = 32;
  private static final int XMM_AT = 160;
  private static final int PADDING_AT = 416;

  /** USER_XSTATE_FX_SW_WORD: where user mode finds which components there are. */
  private static final int FEATURES_AT = 464;

  private static final int COMPACTED_AT = 520;

  private static final short INITIAL_CONTROL = 0x37f;
  private static final int INITIAL_MXCSR = 0x1f80;

  /** What every CPU has alike: the upper halves of the YMM registers behind the header. */
  static final XsaveArea AVX_ALONE =
      new XsaveArea(
          List.of(
              new Component(0, XMM_AT, false),
              new Component(XMM_AT, 256, false),
              new Component(SMALLEST, 256, false)));

  /** Copies the list. */
  XsaveArea {
    components = List.copyOf(components);
  }

  /**
   * The standard form.
   *
   * @param saved as memory has it
   * @param features those that user mode may have
   * @param length how long it is to be
   * @param pkru the protection keys, which the kernel keeps elsewhere
   */
  byte[] standard(byte[] saved, long features, int length, OptionalInt pkru) {
    ByteBuffer from = ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN);
    byte[] result = Arrays.copyOf(Arrays.copyOf(saved, LEGACY), Math.max(length, SMALLEST));
    long used = from.getLong(LEGACY) & features;
    long compacted = from.getLong(COMPACTED_AT);
    initialize(result, used);
    ByteBuffer to = ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN);
    to.putLong(FEATURES_AT, features);
    long present = used & (FP | SSE);
    int packed = SMALLEST;
    for (int i = FIRST_EXTENDED; i < components.size(); i++) {
      Component component = components.get(i);
      boolean isPacked = compacted < 0 && (compacted >>> i & 1) != 0 && component.size() > 0;
      if (isPacked && component.aligned()) {
        packed = packed + ALIGNMENT - 1 & -ALIGNMENT;
      }
      int source = compacted < 0 ? packed : component.offset();
      if (fits(component, source, saved.length, result.length)
          && (used >>> i & 1) != 0
          && !(i == PKRU && pkru.isPresent())) {
        System.arraycopy(saved, source, result, component.offset(), component.size());
        present |= 1L << i;
      }
      if (isPacked) {
        // The kernel's sizes are small; those of a lie end at what fits.
        packed = Math.min(Integer.MAX_VALUE / 2, packed + component.size());
      }
    }
    if (pkru.isPresent()
        && (features >>> PKRU & 1) != 0
        && components.size() > PKRU
        && fits(components.get(PKRU), 0, components.get(PKRU).size(), result.length)) {
      to.putInt(components.get(PKRU).offset(), pkru.getAsInt());
      present |= 1L << PKRU;
    }
    to.putLong(LEGACY, present);
    return result;
  }

  /** Components in their initial state, of which memory may hold anything. */
  private static void initialize(byte[] area, long used) {
    ByteBuffer to = ByteBuffer.wrap(area).order(ByteOrder.LITTLE_ENDIAN);
    if ((used & FP) == 0) {
      Arrays.fill(area, 0, MXCSR_AT, (byte) 0);
      to.putShort(0, INITIAL_CONTROL);
      Arrays.fill(area, ST_AT, XMM_AT, (byte) 0);
    }
    if ((used & SSE) == 0) {
      Arrays.fill(area, XMM_AT, PADDING_AT, (byte) 0);
    }
    if ((used & (SSE | AVX)) == 0) {
      to.putInt(MXCSR_AT, INITIAL_MXCSR);
    }
    Arrays.fill(area, PADDING_AT, LEGACY, (byte) 0);
  }

  private static boolean fits(Component component, int source, int available, int room) {
    int size = component.size();
    int target = component.offset();
    return size > 0
        && target >= SMALLEST
        && source >= 0
        && size <= available - source
        && size <= room - target;
  }
}
