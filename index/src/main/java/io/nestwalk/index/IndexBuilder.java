package io.nestwalk.index;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Takes entries, part by part. A part counts when it is complete; one that is done again takes the
 * place of what there was of it. For one thread at a time.
 *
 * <p>An entry's id, in a store that has ids, is its part's name and its number in that part,
 * counted from 0 in the order in which entries are added. Who hands out a part in the same order
 * each time gives the same entries the same ids.
 */
public interface IndexBuilder extends AutoCloseable {

  /** Begins a part; what was added to another one that is not complete is forgotten. */
  void beginPart(String name) throws IOException;

  /** Keeps an entry of the part that was begun. */
  void add(Entry entry) throws IOException;

  /**
   * The part that was begun is kept for good.
   *
   * @param warnings what is to be said of it
   */
  void completePart(List<String> warnings) throws IOException;

  /** The parts that are complete, from this run and from an interrupted one. */
  Set<String> completeParts() throws IOException;

  /** What was to be said of the complete parts, from this run and from an interrupted one. */
  List<String> warnings() throws IOException;

  /** The index is whole; nothing may be added any more. */
  void finish() throws IOException;

  /** Lets go; what was added since the last complete part is forgotten. */
  @Override
  void close() throws IOException;
}
