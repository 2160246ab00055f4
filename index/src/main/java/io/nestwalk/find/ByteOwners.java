package io.nestwalk.find;

import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RunEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** To whom single bytes of host-physical memory belong: is shown all runs of all machines. */
public final class ByteOwners {

  private final long[] addresses;
  private final Map<Long, List<Owner>> owners = new HashMap<>();

  /**
   * Of these bytes.
   *
   * @param addresses host-physical, in any order
   */
  public ByteOwners(LongStream addresses) {
    this.addresses = addresses.distinct().sorted().toArray();
  }

  /** Whether nothing is asked for. */
  public boolean isEmpty() {
    return addresses.length == 0;
  }

  /** Is shown an entry. */
  public void entry(Entry entry) {
    if (!(entry instanceof RunEntry run) || run.hpa() == RunEntry.NONE) {
      return;
    }
    int index = Arrays.binarySearch(addresses, run.hpa());
    for (int i = index < 0 ? -index - 1 : index;
        i < addresses.length && addresses[i] - run.hpa() < run.length();
        i++) {
      owners
          .computeIfAbsent(addresses[i], address -> new ArrayList<>(2))
          .add(Owner.of(run, addresses[i] - run.hpa()));
    }
  }

  /** The owners of a byte: processes first, kernels, which map everything, last. */
  public List<Owner> of(long address) {
    return owners.getOrDefault(address, List.of()).stream()
        .distinct()
        .sorted(Comparator.comparingInt(Owner::distance))
        .toList();
  }
}
