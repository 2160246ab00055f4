package io.nestwalk.index;

import io.nestwalk.system.GuestMapping;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the mapping that an address belongs to, and how far that holds. */
final class MappingCutter {

  private final List<GuestMapping> mappings;
  private final long[] starts;

  MappingCutter(List<GuestMapping> mappings) {
    this.mappings =
        mappings.stream()
            .filter(mapping -> mapping.start() >= 0 && mapping.end() > mapping.start())
            .sorted(Comparator.comparingLong(GuestMapping::start))
            .toList();
    starts = this.mappings.stream().mapToLong(GuestMapping::start).toArray();
  }

  /** The mapping that holds {@code address}. */
  Optional<GuestMapping> at(long address) {
    int index = indexOf(address);
    return index >= 0 && address < mappings.get(index).end()
        ? Optional.of(mappings.get(index))
        : Optional.empty();
  }

  /** How many bytes from {@code address} on belong to the same mapping, or to none; positive. */
  long reach(long address) {
    int index = indexOf(address);
    if (index >= 0 && address < mappings.get(index).end()) {
      return mappings.get(index).end() - address;
    }
    return index + 1 < starts.length ? starts[index + 1] - address : Long.MAX_VALUE - address;
  }

  /** The last mapping that begins at or before {@code address}, -1 for none. */
  private int indexOf(long address) {
    int index = Arrays.binarySearch(starts, address);
    return index >= 0 ? index : -index - 2;
  }
}
