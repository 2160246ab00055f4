package io.nestwalk.index;

import java.io.IOException;
import java.util.Set;

/** Takes documents. For one thread. */
public interface IndexBuilder extends AutoCloseable {

  /** Keeps an entry. */
  void add(Entry entry) throws IOException;

  /** The parts that are complete, from this run and from an interrupted one. */
  Set<String> completeParts();

  /** Everything added since the last call is kept for good, as that part. */
  void completePart(String name) throws IOException;

  /** The index is whole; nothing may be added any more. */
  void finish() throws IOException;

  /** Lets go; what was added since the last complete part is forgotten. */
  @Override
  void close() throws IOException;
}
