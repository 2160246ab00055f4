package io.nestwalk.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The registers that XSAVE or XSAVES wrote (Intel SDM volume 1, 13.4 and 13.5), in the standard
 * form in which user mode and core files have them ({@code copy_xstate_to_uabi_buf} in
 * arch/x86/kernel/fpu/xstate.c): what is in its initial state is written as such, not as what
 * happens to stand there.
 *
 * @param offsets of the components in the standard form, by number; negative where the CPU has none
 * @param sizes of the components
 * @param aligned whether a component begins at a multiple of 64 in the compacted form
 */
record XsaveArea(int[] offsets, int[] sizes, boolean[] aligned) {

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
          new int[] {0, XMM_AT, SMALLEST},
          new int[] {XMM_AT, 256, 256},
          new boolean[] {false, false, false});

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
    ByteBuffer to = ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN);
    long used = from.getLong(LEGACY) & features;
    long compacted = from.getLong(COMPACTED_AT);
    initialize(to, used);
    to.putLong(FEATURES_AT, features);
    long present = used & (FP | SSE);
    int packed = SMALLEST;
    for (int i = FIRST_EXTENDED; i < offsets.length; i++) {
      boolean isPacked = compacted < 0 && (compacted >>> i & 1) != 0 && sizes[i] > 0;
      if (isPacked && aligned[i]) {
        packed = packed + ALIGNMENT - 1 & -ALIGNMENT;
      }
      int source = compacted < 0 ? packed : offsets[i];
      if (fits(i, source, saved.length, result.length)
          && (used >>> i & 1) != 0
          && !(i == PKRU && pkru.isPresent())) {
        System.arraycopy(saved, source, result, offsets[i], sizes[i]);
        present |= 1L << i;
      }
      if (isPacked) {
        // The kernel's sizes are small; those of a lie end at what fits.
        packed = Math.min(Integer.MAX_VALUE / 2, packed + sizes[i]);
      }
    }
    if (pkru.isPresent()
        && (features >>> PKRU & 1) != 0
        && offsets.length > PKRU
        && fits(PKRU, 0, sizes[PKRU], result.length)) {
      to.putInt(offsets[PKRU], pkru.getAsInt());
      present |= 1L << PKRU;
    }
    to.putLong(LEGACY, present);
    return result;
  }

  /** Components in their initial state, of which memory may hold anything. */
  private static void initialize(ByteBuffer to, long used) {
    if ((used & FP) == 0) {
      Arrays.fill(to.array(), 0, MXCSR_AT, (byte) 0);
      to.putShort(0, INITIAL_CONTROL);
      Arrays.fill(to.array(), ST_AT, XMM_AT, (byte) 0);
    }
    if ((used & SSE) == 0) {
      Arrays.fill(to.array(), XMM_AT, PADDING_AT, (byte) 0);
    }
    if ((used & (SSE | AVX)) == 0) {
      to.putInt(MXCSR_AT, INITIAL_MXCSR);
    }
    Arrays.fill(to.array(), PADDING_AT, LEGACY, (byte) 0);
  }

  private boolean fits(int component, int source, int available, int room) {
    int size = sizes[component];
    int target = offsets[component];
    return size > 0
        && target >= SMALLEST
        && source >= 0
        && size <= available - source
        && size <= room - target;
  }
}
