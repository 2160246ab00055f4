package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The physical memory that a dump holds. Safe for use by several threads at once.
 *
 * <p>Unlike memory behind page tables it knows its own extent, so it can be surveyed from end to
 * end.
 */
public interface PhysicalMemory extends Memory {

  /** The ranges whose bytes are present: ascending, without overlap, none empty. */
  List<AddressRange> ranges();

  /**
   * Where something other than zeros may stand: every present byte outside of these is known to be
   * zero without looking at it (a hole in the file, a page that the dump left out). Who goes
   * through all of memory goes through these.
   *
   * @return part of {@link #ranges}: ascending, without overlap, none empty. Each begins at a
   *     multiple of 4096 or where one of the ranges begins, and ends likewise.
   */
  default List<AddressRange> populatedRanges() {
    return ranges();
  }

  /**
   * The bytes from {@code address} on as one segment: at most {@code maxBytes} long, shorter where
   * the memory is not contiguous in its backing, empty when the byte at {@code address} is missing.
   * Memory that lies plainly in the file is not copied.
   */
  MemorySegment view(long address, long maxBytes);

  /**
   * {@link #view} for somebody who goes through all of memory once: may copy the bytes into {@code
   * scratch}, which then costs less than mapping each page of the file.
   *
   * @param scratch native memory; what is returned is never longer
   */
  default MemorySegment sequentialView(long address, MemorySegment scratch) {
    return view(address, scratch.byteSize());
  }

  /** How many bytes are present. */
  default long presentBytes() {
    return ranges().stream().mapToLong(AddressRange::length).sum();
  }

  /**
   * How many bytes of {@link #ranges} were asked for so far that the dump claims to hold and that
   * can't be had, because what is stored of them is damaged.
   */
  default long unreadableBytes() {
    return 0;
  }

  /** One past the highest present address, 0 when nothing is present. */
  default long end() {
    List<AddressRange> ranges = ranges();
    return ranges.isEmpty() ? 0 : ranges.getLast().end();
  }
}
