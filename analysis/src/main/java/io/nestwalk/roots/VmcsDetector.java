package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Recognises pages that could be a VMCS, whatever the processor: Intel SDM volume 3C, 25.2. Only
 * the first eight bytes are architectural, so a page must begin with a revision and an abort
 * indicator, hold a value of an EPTP's form, and one of the two signs of which {@link VmcsReader}
 * wants one at least. That decides whether these mean anything.
 */
public final class VmcsDetector implements PageDetector<VmcsPage> {

  private static final int REVISION_MASK = 0x7fff_ffff;

  /** Abort indicators are small numbers (SDM 28.7); TXT shutdown writes 0xd. */
  private static final int MAX_ABORT = 0x20;

  /** More values of the form than this mean a table of something, not a VMCS. */
  private static final int MAX_POINTERS = 16;

  /** What no pointer to tables has that a search walks, which end below {@code 1L << 48}. */
  private static final long NO_POINTER = Eptp.NEVER | -1L << X86Modes.SEARCHED_PHYSICAL_BITS;

  @Override
  public String name() {
    return "vmcs";
  }

  @Override
  public Scan<VmcsPage> begin() {
    return new Scan<>() {

      private final List<VmcsPage> found = new ArrayList<>();

      @Override
      public void page(long address, MemorySegment bytes, long offset) {
        long[] words = new long[Survey.PAGE_SIZE / Long.BYTES];
        MemorySegment.copy(bytes, Memory.LONG, offset, words, 0, words.length);
        page(address, words, bytes, offset);
      }

      @Override
      public void page(long address, long[] words, MemorySegment bytes, long offset) {
        int head = (int) words[0];
        int abort = (int) (words[0] >>> Integer.SIZE);
        if ((head & REVISION_MASK) == 0 || abort < 0 || abort > MAX_ABORT) {
          return;
        }
        List<VmcsPage.Pointer> pointers = pointers(words);
        if (!pointers.isEmpty() && pointers.size() <= MAX_POINTERS && hasSign(words)) {
          found.add(new VmcsPage(address, head & REVISION_MASK, head < 0, abort, pointers));
        }
      }

      @Override
      public List<VmcsPage> found() {
        return found;
      }
    };
  }

  /**
   * The values of a page that have the form; of a table of them no more than show that it is one.
   */
  private static List<VmcsPage.Pointer> pointers(long[] words) {
    int at = next(words, 1);
    if (at == words.length) {
      return List.of();
    }
    List<VmcsPage.Pointer> pointers = new ArrayList<>();
    while (at < words.length && pointers.size() <= MAX_POINTERS) {
      pointers.add(new VmcsPage.Pointer(at * Long.BYTES, words[at]));
      at = next(words, at + 1);
    }
    return pointers;
  }

  /** Where the next value of the form stands from a place on; behind the last where none does. */
  private static int next(long[] words, int from) {
    for (int i = from; i < words.length; i++) {
      long word = words[i];
      // What can be told here is, since a question about a known image calls from code that is not
      // compiled yet.
      if (word != 0 && (word & NO_POINTER) == 0 && Eptp.hasForm(word)) {
        return i;
      }
    }
    return words.length;
  }

  /**
   * Whether a VMCS link pointer or a CR4 could be in a page; of what looks like a VMCS, few have.
   */
  private static boolean hasSign(long[] words) {
    for (int i = 1; i < words.length; i++) {
      if (VmcsReader.isNoLink(words[i]) || VmcsReader.isCr4(words[i])) {
        return true;
      }
    }
    return false;
  }
}
