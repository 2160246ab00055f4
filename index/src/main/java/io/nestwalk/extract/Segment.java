package io.nestwalk.extract;

/**
 * A PT_LOAD segment to be written.
 *
 * @param virtual p_vaddr; {@link #NO_ADDRESS} where it has none
 * @param physical p_paddr; {@link #NO_ADDRESS} where it has none
 * @param stored how many of its bytes stand in the file, from its first on
 * @param size how many bytes it stands for; at least {@code stored}
 * @param flags p_flags: {@link #READ} and so on
 * @param source the address to read its bytes from
 */
record Segment(long virtual, long physical, long stored, long size, int flags, long source) {

  static final int EXECUTE = 1;
  static final int WRITE = 2;
  static final int READ = 4;

  /** What stands for no address: of /proc/kcore's vmalloc segments, of kexec's highmem. */
  static final long NO_ADDRESS = -1;
}
