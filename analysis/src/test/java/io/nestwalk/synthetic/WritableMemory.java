package io.nestwalk.synthetic;

/** Memory that tests write into: a host's, or a guest's that lies in its host's. */
public interface WritableMemory {

  /** Stores eight bytes; they must not cross a page's end. */
  void putLong(long address, long value);

  /** Stores four bytes; they must not cross a page's end. */
  void putInt(long address, int value);

  /** Makes the pages of a range present; those that are new hold zeros. */
  void touch(long address, long length);
}
