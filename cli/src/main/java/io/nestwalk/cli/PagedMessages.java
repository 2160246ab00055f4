package io.nestwalk.cli;

import java.io.IOException;
import java.io.Writer;

/**
 * Messages on a terminal on which a pager may run: then they stand in the pager's text, for what is
 * written beside it is overwritten.
 */
final class PagedMessages extends Writer {

  private final Writer err;
  private final Pager pager;

  PagedMessages(Writer err, Pager pager) {
    this.err = err;
    this.pager = pager;
  }

  @Override
  public void write(char[] text, int offset, int length) throws IOException {
    if (!pager.isRunning()) {
      err.write(text, offset, length);
    } else if (length > 0 && text[offset] != '\r') { // A progress bar has no place in a text.
      pager.write(text, offset, length);
    }
  }

  @Override
  public void flush() throws IOException {
    err.flush();
  }

  @Override
  public void close() throws IOException {
    err.close();
  }
}
