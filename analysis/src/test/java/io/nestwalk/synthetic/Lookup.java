package io.nestwalk.synthetic;

import io.nestwalk.paging.Fault;
import java.util.List;
import java.util.Optional;

/**
 * What must come of an address by a builder's record.
 *
 * @param known whether the record foretells it; not so behind an entry that leads back
 * @param fault why there is no page, empty when there is one
 * @param target where the address lies
 * @param pageShift log2 of the page's size
 * @param permissions what may be done there, as in {@link io.nestwalk.paging.Permissions}
 * @param entries every entry that a processor reads, from the root down
 */
public record Lookup(
    boolean known,
    Optional<Fault> fault,
    long target,
    int pageShift,
    int permissions,
    List<Entry> entries) {

  /**
   * An entry on the way.
   *
   * @param table the address of its table
   * @param address its own
   * @param value its bits, 0 where no memory holds it
   */
  public record Entry(long table, long address, long value) {}
}
