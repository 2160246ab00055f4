package io.nestwalk.synthetic;

/** A guest's physical memory, written through the tables below it. */
public final class GuestMemory implements WritableMemory {

  private final WritableMemory host;
  private final TableBuilder secondLevel;

  /** The memory behind {@code secondLevel}, whose tables lie in {@code host}. */
  public GuestMemory(WritableMemory host, TableBuilder secondLevel) {
    this.host = host;
    this.secondLevel = secondLevel;
  }

  @Override
  public void putLong(long address, long value) {
    host.putLong(in(address), value);
  }

  @Override
  public void putInt(long address, int value) {
    host.putInt(in(address), value);
  }

  @Override
  public void touch(long address, long length) {
    for (long page = address & -SparseMemory.PAGE;
        page < address + length;
        page += SparseMemory.PAGE) {
      host.touch(in(page), SparseMemory.PAGE);
    }
  }

  private long in(long address) {
    Lookup lookup = secondLevel.lookup(address);
    if (lookup.fault().isPresent()) {
      throw new IllegalArgumentException("0x%x: the guest has no such memory".formatted(address));
    }
    return lookup.target();
  }
}
