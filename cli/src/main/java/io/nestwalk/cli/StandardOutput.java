package io.nestwalk.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Where answers go. The writers around it keep faults to themselves, and a command would go on for
 * nobody and end as if all were well; so a fault is thrown as an exception that they let pass.
 */
final class StandardOutput extends OutputStream {

  private final OutputStream out;

  StandardOutput(OutputStream out) {
    this.out = out;
  }

  /** The answer can't be delivered. */
  static final class LostException extends UncheckedIOException {

    private static final long serialVersionUID = 1L;

    private LostException(IOException cause) {
      super("stdout: " + cause.getMessage(), cause);
    }

    /** Whether the reader has left, such as head(1) that has seen enough. */
    boolean isReaderGone() {
      return getMessage().endsWith("Broken pipe");
    }
  }

  @Override
  public void write(int b) {
    try {
      out.write(b);
    } catch (IOException e) {
      throw new LostException(e);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw new LostException(e);
    }
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new LostException(e);
    }
  }
}
