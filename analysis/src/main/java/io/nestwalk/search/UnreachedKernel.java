package io.nestwalk.search;

import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Why nothing may be found in memory of an unknown machine: a kernel is in it, but tables do not
 * lead there, because what the file holds is not where the tables say.
 */
final class UnreachedKernel implements PageDetector<Long> {

  private static final byte[] BANNER = "Linux version ".getBytes(StandardCharsets.US_ASCII);

  /** Fewer pages say nothing about what all of them are. */
  private static final long ENOUGH_PAGES = 64;

  @Override
  public String name() {
    return "linux-banner";
  }

  @Override
  public Scan<Long> begin() {
    return new Scan<>() {

      private final List<Long> found = new ArrayList<>();

      @Override
      public void page(long address, MemorySegment bytes, long offset) {
        long end = offset + Survey.PAGE_SIZE - BANNER.length;
        for (long at = offset; at < end; at++) {
          if (bytes.get(ValueLayout.JAVA_BYTE, at) == BANNER[0] && isBanner(bytes, at)) {
            found.add(address + (at - offset));
            return;
          }
        }
      }

      @Override
      public List<Long> found() {
        return found;
      }
    };
  }

  /** The text with the number that follows: not the kernel's own format of it. */
  private static boolean isBanner(MemorySegment bytes, long at) {
    for (int i = 1; i < BANNER.length; i++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, at + i) != BANNER[i]) {
        return false;
      }
    }
    int next = bytes.get(ValueLayout.JAVA_BYTE, at + BANNER.length);
    return next >= '1' && next <= '9';
  }

  /** The warning about a kernel that this survey saw. */
  Optional<String> warning(Survey survey) {
    List<Long> banners = survey.found(this);
    return banners.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ("a Linux kernel's banner stands at 0x%x, but no page tables that were found lead to"
                    + " it: the file looks like ranges of memory glued together without the gaps"
                    + " between them (LiME's format=raw), or like a part of a memory; acquire it"
                    + " with its addresses (LiME's format=lime or padded)")
                .formatted(banners.getFirst()));
  }

  /** The warning about an image in which nothing at all looks like memory. */
  static Optional<String> noMemory(Survey survey) {
    return survey.pagesSeen() >= ENOUGH_PAGES && survey.pagesNotZero() == survey.pagesSeen()
        ? Optional.of(
            "the image has neither page tables nor a single page of zeros: it may be no memory, but"
                + " packed, encrypted, or a disk")
        : Optional.empty();
  }
}
