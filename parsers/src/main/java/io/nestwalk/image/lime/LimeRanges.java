package io.nestwalk.image.lime;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.List;

/**
 * The ranges of a LiME dump.
 *
 * @param runs the memory that lies in the file, in file order
 * @param warnings what was cut or out of order
 */
record LimeRanges(List<MemoryRun> runs, List<String> warnings) {

  /** More ranges than any machine has; a file of tiny ranges must not fill the heap. */
  private static final int MAX_RANGES = 1 << 20;

  private static final int PAGE = 4096;

  static LimeRanges read(ImageFile file) throws ImageException {
    List<MemoryRun> runs = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    long at = 0;
    long end = 0;
    int outOfOrder = 0;
    while (RangeHeader.standsAt(file, at, RangeHeader.LIME)) {
      RangeHeader header = RangeHeader.read(file, at);
      if (header.version() != RangeHeader.LIME_VERSION || !header.isSound()) {
        warnings.add(
            "the LiME header at 0x%x (version %d, 0x%x to 0x%x) is not sound; what follows is not read"
                .formatted(at, header.version(), header.first(), header.last()));
        return new LimeRanges(runs, warnings);
      }
      if (runs.size() == MAX_RANGES) {
        warnings.add("more than %d ranges; the rest is not read".formatted(MAX_RANGES));
        return new LimeRanges(runs, warnings);
      }
      long data = at + RangeHeader.SIZE;
      long length = length(file, header, data);
      long stored = Math.min(length, file.length() - data);
      if (stored > 0) {
        outOfOrder += header.first() < end ? 1 : 0;
        runs.add(new MemoryRun(header.first(), stored, data));
        end = Math.max(end, header.first() + stored);
      }
      if (stored < length) {
        warnings.add(
            "the file is cut: of the range at 0x%x %d of %d bytes are there"
                .formatted(header.first(), stored, length));
        at = file.length();
        break;
      }
      at = data + length;
    }
    if (outOfOrder > 0) {
      warnings.add(
          "%s below the end of an earlier one; where two overlap the earlier counts"
              .formatted(Count.of(outOfOrder, "range", "begins", "begin")));
    }
    if (at < file.length() && !onlyZerosFrom(file, at)) {
      warnings.add(
          "no LiME header at 0x%x: from there on %s not read"
              .formatted(at, Count.of(file.length() - at, "byte", "is", "are")));
    }
    return new LimeRanges(runs, warnings);
  }

  /** The range's length: some writers give the address behind the range instead of its last one. */
  private static long length(ImageFile file, RangeHeader header, long data) {
    long length = header.length();
    boolean mayBeExclusive = header.last() % PAGE == 0 && length > 1;
    if (!mayBeExclusive) {
      return length;
    }
    boolean followed = RangeHeader.standsAt(file, data + length, RangeHeader.LIME);
    return followed || file.length() == data + length ? length : length - 1;
  }

  /** Looks at a page: LiME pads with no more. */
  private static boolean onlyZerosFrom(ImageFile file, long offset) throws ImageException {
    long end = Math.min(file.length(), offset + PAGE);
    for (long at = offset; at < end; at++) {
      if (file.byteAt(at) != 0) {
        return false;
      }
    }
    return true;
  }
}
