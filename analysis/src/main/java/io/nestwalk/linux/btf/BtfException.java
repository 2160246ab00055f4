package io.nestwalk.linux.btf;

/** Bytes that begin like BTF but are none, or that contradict themselves. */
public final class BtfException extends Exception {

  private static final long serialVersionUID = 1;

  BtfException(String rule) {
    super("BTF: " + rule);
  }
}
