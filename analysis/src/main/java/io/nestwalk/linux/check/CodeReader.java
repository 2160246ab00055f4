package io.nestwalk.linux.check;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.Suspicion.Code;
import io.nestwalk.types.Symbol;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;

/** Reads the beginnings of code that is shown with a finding. */
final class CodeReader {

  private static final int SHOWN = 32;

  /** So far code is searched for: a large page. */
  private static final int MOST_SEARCHED = 2 << 20;

  /** The same of all findings of a check: a thousand mappings may claim a large page each. */
  private static final long MOST_OF_ALL = 1 << 28;

  private static final int PAGE = 1 << 12;

  private final Kernel kernel;
  private long left = MOST_OF_ALL;

  CodeReader(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Whether some code was not searched for, or not to its end, because it was too much in all. */
  boolean isSpent() {
    return left < 0;
  }

  /** What stands at a kernel address. */
  List<Code> at(long address) {
    return of(kernel.memory(), address, address);
  }

  /** What stands at the first place of a range that is not zero, in steps of 16 bytes. */
  List<Code> firstIn(long start, long length) {
    long end = start + Math.min(length, MOST_SEARCHED);
    for (long page = start; page != end && takesPage(); page += Math.min(PAGE, end - page)) {
      byte[] bytes = kernel.memory().readBytes(page, (int) Math.min(PAGE, end - page));
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] != 0) {
          return at(page + (i & -16));
        }
      }
    }
    return List.of();
  }

  /**
   * The first bytes in which code differs from what it stands in the place of, with what is before
   * them in their function if that begins near.
   *
   * @param address at which it is mapped
   * @param length of what is mapped
   * @param changed where it lies in physical memory
   * @param kernels where the kernel's own lies
   */
  List<Code> difference(long address, long length, long changed, OptionalLong kernels) {
    if (kernels.isEmpty()) {
      return List.of();
    }
    for (int at = 0; at < Math.min(length, MOST_SEARCHED) && takesPage(); at += PAGE) {
      byte[] own = kernel.physical().readBytes(kernels.getAsLong() + at, PAGE);
      byte[] other = kernel.physical().readBytes(changed + at, PAGE);
      // What is not in memory differs in nothing.
      int both = Math.min(own.length, other.length);
      int first = Arrays.mismatch(own, 0, both, other, 0, both);
      if (first >= 0) {
        return changed(address + at, first, changed + at);
      }
    }
    return List.of();
  }

  /** Of a page, from a byte of it on or from the start of the function that the byte is in. */
  private List<Code> changed(long page, int first, long where) {
    int start =
        kernel
            .symbols()
            .at(page + first)
            .filter(Symbol::isCode)
            .map(Symbol::address)
            .filter(function -> page + first - function <= SHOWN && function >= page)
            .map(function -> (int) (function - page))
            .orElse(-1);
    int from = start < 0 ? first : start;
    byte[] bytes = kernel.physical().readBytes(where + from, first - from + SHOWN);
    return List.of(new Code(page + from, HexFormat.of().formatHex(bytes), start >= 0));
  }

  private boolean takesPage() {
    left = Math.max(-1, left - PAGE);
    return left >= 0;
  }

  private static List<Code> of(Memory memory, long where, long address) {
    byte[] bytes = memory.readBytes(where, SHOWN);
    return bytes.length == 0
        ? List.of()
        : List.of(new Code(address, HexFormat.of().formatHex(bytes)));
  }
}
