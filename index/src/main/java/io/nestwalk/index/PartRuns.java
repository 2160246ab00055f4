package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.output.PendingFile;
import java.io.IOException;
import java.nio.file.Path;

/** The file with the runs of a part, in the making; at most one block of it is in memory. */
final class PartRuns implements AutoCloseable {

  private final PendingFile pending;
  private final RunFile.Writer file;
  private final RunBlockWriter block = new RunBlockWriter();

  /** Begins the file. */
  PartRuns(Path place) throws IOException {
    pending = PendingFile.of(place);
    try {
      file = new RunFile.Writer(pending.stream());
    } catch (IOException | RuntimeException e) {
      pending.close();
      throw e;
    }
  }

  void add(RunEntry run) throws IOException {
    block.add(run);
    if (block.isFull()) {
      flush();
    }
  }

  private void flush() throws IOException {
    int count = block.count();
    file.block(block.take(), count);
  }

  /** The file is whole and gets its name. */
  void complete() throws IOException {
    if (block.count() > 0) {
      flush();
    }
    file.end();
    pending.complete(true);
  }

  /** A file that is not complete goes away. */
  @Override
  public void close() throws IOException {
    pending.close();
  }
}
