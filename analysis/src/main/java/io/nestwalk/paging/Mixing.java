package io.nestwalk.paging;

/** Mixes the bits of a value, so that two words of a cache entry can vouch for each other. */
public final class Mixing {

  private Mixing() {}

  /** A value that depends on every bit of {@code value}; one for each (MurmurHash3's finalizer). */
  public static long mixed(long value) {
    long mixed = (value ^ value >>> 33) * 0xff51_afd7_ed55_8ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ce_b9fe_1a85_ec53L;
    return mixed ^ mixed >>> 33;
  }
}
