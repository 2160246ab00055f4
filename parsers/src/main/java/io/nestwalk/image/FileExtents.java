package io.nestwalk.image;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/**
 * Where in a file something may stand: the rest are holes, which the file system does not store and
 * which read as zeros. Immutable.
 */
final class FileExtents {

  /**
   * Smaller files are not asked for their holes: to read these takes less time than the way to the
   * system's call.
   */
  static final long WORTH_ASKING = 4L << 30;

  private final long[] starts;
  private final long[] ends;

  private FileExtents(List<AddressRange> ranges) {
    starts = ranges.stream().mapToLong(AddressRange::start).toArray();
    ends = ranges.stream().mapToLong(AddressRange::end).toArray();
  }

  /** The extents of a file of which nothing is known but its size. */
  static FileExtents whole(long size) {
    return new FileExtents(List.of(new AddressRange(0, size)));
  }

  /**
   * The extents of a file; the whole file where the system does not tell, or the file is small.
   *
   * @param size its size when it was opened; a file that has another one by now is another file
   */
  static FileExtents of(Path path, long size) {
    return size < WORTH_ASKING ? whole(size) : ask(path, size);
  }

  /** {@link #of} for a file of any size. */
  static FileExtents ask(Path path, long size) {
    CoarseRanges data = new CoarseRanges();
    try (Arena arena = Arena.ofConfined();
        HoleSeeker seeker = HoleSeeker.open(arena, path, size)) {
      long position = 0;
      while (position < size) {
        long start = seeker.data(position);
        if (start >= size) {
          break;
        }
        // A hole that is too short to be kept is not looked for.
        long sure = start + data.shortestGap();
        long end = sure >= size ? size : seeker.hole(sure);
        data.add(start, Math.min(end, size));
        position = end;
      }
    } catch (HoleSeeker.UnknownException e) {
      return whole(size);
    }
    return new FileExtents(data.within(List.of(new AddressRange(0, size))));
  }

  /** Whether a file of that size has no holes, as far as is known. */
  boolean isWhole(long size) {
    return starts.length == 1 && starts[0] == 0 && ends[0] == size;
  }

  /** How many extents there are. */
  int count() {
    return starts.length;
  }

  /** Where an extent starts in the file. */
  long start(int extent) {
    return starts[extent];
  }

  /** One past an extent's last byte. */
  long end(int extent) {
    return ends[extent];
  }

  /** The first extent that ends after {@code offset}; {@link #count} when none does. */
  int after(long offset) {
    int low = 0;
    int high = ends.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
