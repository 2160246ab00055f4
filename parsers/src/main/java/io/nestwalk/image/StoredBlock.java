package io.nestwalk.image;

/**
 * A block of physical memory and how the file holds it.
 *
 * @param start physical address of its first byte
 * @param size how many bytes of memory it is; positive
 * @param encoding how it is stored: {@link #RAW}, {@link #FILL}, or a number of the format's own
 *     from {@link #FIRST_OWN} on
 * @param offset where in the file it is stored; for {@link #FILL} the byte that it is full of; what
 *     the format's decoder takes it for otherwise
 * @param storedSize how many bytes the file holds of it, or what the format's decoder takes it for
 */
public record StoredBlock(long start, int size, int encoding, long offset, int storedSize) {

  /** The bytes stand in the file as they are. */
  public static final int RAW = 0;

  /**
   * All bytes are the same, and the file holds no more than that: a page of zeros that was left
   * out.
   */
  public static final int FILL = 1;

  /** The first encoding that a format gives its own meaning. */
  public static final int FIRST_OWN = 2;
}
