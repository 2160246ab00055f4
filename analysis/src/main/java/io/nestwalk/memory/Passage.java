package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Step;
import java.util.List;

/**
 * How one layer translates one address.
 *
 * @param translation as {@link Layer#translate} answers
 * @param permissions what the layer allows, as in {@link Permissions}; 0 for a fault
 * @param reads the table entries that were read, in the order in which a processor reads them; none
 *     for a layer without tables
 * @param state what the page is
 */
public record Passage(long translation, int permissions, List<TableRead> reads, PageState state) {

  /** Copies the list. */
  public Passage {
    reads = List.copyOf(reads);
  }

  /**
   * A table entry that was read.
   *
   * @param tables the memory that holds the table; need not be the one below the layer
   * @param step the entry, at its address there
   * @param meaning what it says, for people
   */
  public record TableRead(Memory tables, Step step, String meaning) {}

  /** Of a layer without tables, which allows everything. */
  static Passage of(long translation) {
    return new Passage(
        translation, translation < 0 ? 0 : Permissions.ALL, List.of(), PageState.MAPPED);
  }
}
