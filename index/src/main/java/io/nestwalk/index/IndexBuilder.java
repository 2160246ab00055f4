package io.nestwalk.index;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Takes documents. For one thread. */
public interface IndexBuilder extends AutoCloseable {

  /** Keeps an entry. */
  void add(Entry entry) throws IOException;

  /** The parts that are complete, from this run and from an interrupted one. */
  Set<String> completeParts();

  /** What was to be said of the complete parts, from this run and from an interrupted one. */
  List<String> warnings();

  /**
   * Everything added since the last call is kept for good, as that part.
   *
   * @param warnings what is to be said of it
   */
  void completePart(String name, List<String> warnings) throws IOException;

  /** The index is whole; nothing may be added any more. */
  void finish() throws IOException;

  /** Lets go; what was added since the last complete part is forgotten. */
  @Override
  void close() throws IOException;
}
