package io.nestwalk.memory;

import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Step;
import java.util.List;
import java.util.Optional;

/**
 * A walk through all layers, reference by reference.
 *
 * @param references every entry that was read, in the order in which a processor reads them
 * @param stops the address in each memory, from the one asked for down to the lowest; shorter when
 *     the walk ended in a fault
 * @param pageSize the smallest page on the way, 0 for a fault
 * @param permissions what all layers allow, as {@link io.nestwalk.paging.Permissions}
 * @param state what the page is: the word of the first layer on the way that does not map it
 * @param fault why and where the walk ended without a page
 */
public record Trace(
    List<Reference> references,
    List<Long> stops,
    long pageSize,
    int permissions,
    PageState state,
    Optional<TraceFault> fault) {

  /** Copies the lists. */
  public Trace {
    references = List.copyOf(references);
    stops = List.copyOf(stops);
  }

  /** The address in the lowest memory; only for a walk without a fault. */
  public long lowest() {
    return stops.getLast();
  }

  /**
   * One entry that was read.
   *
   * @param dimension whose tables it belongs to: "guest", "ept"
   * @param step the entry, at its address in the memory that holds the tables
   * @param entryInLowest the entry's address in the lowest memory, -1 when that is not mapped
   * @param meaning what the entry says, for people
   */
  public record Reference(String dimension, Step step, long entryInLowest, String meaning) {}

  /**
   * Where a walk ended without a page.
   *
   * @param dimension in whose tables
   * @param level on which level, empty for an address that the tables refuse at once
   * @param reason why
   * @param entry the entry, 0 when none was read
   */
  public record TraceFault(String dimension, Optional<String> level, Fault reason, long entry) {}
}
