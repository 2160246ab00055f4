package io.nestwalk.bench;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Memory that counts what is read of it: single numbers, and bytes in pieces. */
final class CountedMemory implements PhysicalMemory {

  private final PhysicalMemory memory;
  private final LongAdder numbers = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  CountedMemory(PhysicalMemory memory) {
    this.memory = memory;
  }

  /** How many numbers were read since that was asked last, entries of tables among them. */
  long numbers() {
    return numbers.sumThenReset();
  }

  /** How many bytes were read in pieces since that was asked last. */
  long bytes() {
    return bytes.sumThenReset();
  }

  @Override
  public long getLong(long address, long ifMissing) {
    numbers.increment();
    return memory.getLong(address, ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    numbers.increment();
    return memory.getInt(address, ifMissing);
  }

  @Override
  public void getLongs(long address, long[] target, int from, int count, long ifMissing) {
    bytes.add((long) count * Long.BYTES);
    memory.getLongs(address, target, from, count, ifMissing);
  }

  @Override
  public int getByte(long address) {
    numbers.increment();
    return memory.getByte(address);
  }

  @Override
  public boolean isPresent(long address) {
    return memory.isPresent(address);
  }

  @Override
  public long read(long address, MemorySegment target) {
    long count = memory.read(address, target);
    bytes.add(count);
    return count;
  }

  @Override
  public MemorySegment view(long address, long maxBytes) {
    return counted(memory.view(address, maxBytes));
  }

  @Override
  public MemorySegment sequentialView(long address, MemorySegment scratch) {
    return counted(memory.sequentialView(address, scratch));
  }

  private MemorySegment counted(MemorySegment piece) {
    bytes.add(piece.byteSize());
    return piece;
  }

  @Override
  public long locate(long address) {
    return memory.locate(address);
  }

  @Override
  public List<AddressRange> ranges() {
    return memory.ranges();
  }

  @Override
  public List<AddressRange> populatedRanges() {
    return memory.populatedRanges();
  }
}
