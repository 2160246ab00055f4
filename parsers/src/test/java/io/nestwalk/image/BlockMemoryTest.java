package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Every second page stands plainly in the file, the others with all bits inverted. */
class BlockMemoryTest extends PhysicalMemoryContractTest {

  private static final int INVERTED = StoredBlock.FIRST_OWN;
  private static final int LEAD = 13;

  private byte[] file = new byte[LEAD];
  private final AtomicInteger decoded = new AtomicInteger();

  @Override
  protected PhysicalMemory memoryOf(SortedMap<Long, byte[]> pages) {
    file = new byte[LEAD + pages.size() * PAGE];
    PageIndex.Builder index = PageIndex.builder("test", PAGE);
    int at = LEAD;
    try {
      for (long address : pages.sequencedKeySet().reversed()) {
        boolean inverted = at / PAGE % 2 == 1;
        for (int i = 0; i < PAGE; i++) {
          file[at + i] = (byte) (pages.get(address)[i] ^ (inverted ? -1 : 0));
        }
        if (inverted) {
          index.add(address, INVERTED, at, PAGE);
        } else {
          index.addRaw(address, at);
        }
        at += PAGE;
      }
    } catch (ImageException e) {
      throw new AssertionError(e);
    }
    // A cache of four pages, so that reading drops some.
    return new BlockMemory(imageFile(), index.build(), this::invert, 4 * PAGE);
  }

  @Override
  protected byte storedByte(long location) {
    return file[(int) location];
  }

  @Test
  void aBlockIsDecodedOnceWhileItIsInTheCache() {
    SortedMap<Long, byte[]> pages = new TreeMap<>();
    pages.put(0L, new byte[PAGE]);
    pages.put(0x1000L, new byte[PAGE]);
    PhysicalMemory memory = memoryOf(pages);
    for (int i = 0; i < PAGE; i++) {
      assertThat(memory.getByte(i)).isZero();
    }
    assertThat(decoded).hasValue(1);
  }

  @Test
  void zerosThatWereLeftOutArePresentAndWhatIsAbsentIsNot() throws ImageException {
    PageIndex.Builder index = PageIndex.builder("test", PAGE);
    index.addFilled(0x1000, (byte) 0).addFilled(0x2000, (byte) 0xa5).addFilled(0x4000, (byte) 0);
    BlockMemory memory = new BlockMemory(imageFile(), index.build(), BlockDecoder.NONE);
    assertThat(memory.ranges())
        .containsExactly(new AddressRange(0x1000, 2 * PAGE), new AddressRange(0x4000, PAGE));
    assertThat(memory.getLong(0x1800, 1)).isZero();
    assertThat(memory.getLong(0x2000, 1)).isEqualTo(0xa5a5a5a5a5a5a5a5L);
    assertThat(memory.getLong(0x1ffc, 1)).isEqualTo(0xa5a5a5a500000000L);
    assertThat(memory.getLong(0x3000, 1)).isEqualTo(1);
    assertThat(memory.isPresent(0x3000)).isFalse();
    assertThat(memory.locate(0x1000)).isEqualTo(Memory.NOWHERE);
  }

  @Test
  void aDamagedBlockIsMissingAndCounted() throws ImageException {
    PageIndex.Builder index = PageIndex.builder("test", PAGE);
    index.add(0x1000, INVERTED + 1, 0, 1).addFilled(0x2000, (byte) 1);
    BlockMemory memory = new BlockMemory(imageFile(), index.build(), this::invert);
    assertThat(memory.unreadableBytes()).isZero();
    assertThat(memory.getByte(0x1000)).isEqualTo(-1);
    assertThat(memory.isPresent(0x1fff)).isFalse();
    assertThat(memory.getLong(0x1ffc, 7)).isEqualTo(7);
    assertThat(memory.view(0x1000, 8).byteSize()).isZero();
    assertThat(memory.readBytes(0x1000, 4)).isEmpty();
    assertThat(memory.getByte(0x2000)).isEqualTo(1);
    assertThat(memory.unreadableBytes()).isEqualTo(PAGE);
  }

  @Test
  void aRawBlockThatReachesBeyondTheFileEndsWithIt() throws ImageException {
    file = new byte[] {1, 2, 3, 4};
    PageIndex.Builder index = PageIndex.builder("test", PAGE);
    index.addRaw(0x1000, 1).addRaw(0x2000, 4);
    BlockMemory memory = new BlockMemory(imageFile(), index.build(), BlockDecoder.NONE);
    assertThat(memory.readBytes(0x1000, 8)).containsExactly(2, 3, 4);
    assertThat(memory.getByte(0x1003)).isEqualTo(-1);
    assertThat(memory.getByte(0x2000)).isEqualTo(-1);
    assertThat(memory.locate(0x1002)).isEqualTo(3);
    assertThat(memory.locate(0x1003)).isEqualTo(Memory.NOWHERE);
  }

  /** What is looked at must not change when the cache drops the block. */
  @Test
  void viewsOutliveTheCache() {
    SortedMap<Long, byte[]> pages = new TreeMap<>();
    for (int i = 0; i < 64; i++) {
      byte[] page = new byte[PAGE];
      java.util.Arrays.fill(page, (byte) i);
      pages.put((long) i * PAGE, page);
    }
    PhysicalMemory memory = memoryOf(pages);
    MemorySegment first = memory.view(0, PAGE);
    MemorySegment second = memory.view(PAGE, PAGE);
    for (int i = 0; i < 64; i++) {
      assertThat(memory.getByte((long) i * PAGE)).isEqualTo(i);
    }
    assertThat(decoded.get()).isEqualTo(32);
    assertThat(first.get(ValueLayout.JAVA_BYTE, 5)).isZero();
    assertThat(second.get(ValueLayout.JAVA_BYTE, 5)).isEqualTo((byte) 1);
  }

  @Test
  void whatIsInTheCacheIsReadWithoutAllocation() {
    SortedMap<Long, byte[]> pages = new TreeMap<>();
    pages.put(0L, new byte[PAGE]);
    pages.put(0x1000L, new byte[PAGE]);
    PhysicalMemory memory = memoryOf(pages);
    sum(memory, 100_000); // the first reads fill the cache and the interpreter's own tables
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    long sum = sum(memory, 1_000_000);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(sum).isZero();
    // Far less than one object per read; what the compiler leaves behind is no matter.
    assertThat(allocated).isLessThan(1_000_000);
  }

  private static long sum(PhysicalMemory memory, int reads) {
    long sum = 0;
    for (int i = 0; i < reads; i++) {
      sum += memory.getLong((i * 8L) & 0x1ff8, 1);
    }
    return sum;
  }

  private void invert(StoredBlock block, MemorySegment target) throws ImageException {
    if (block.encoding() != INVERTED) {
      throw new ImageException("test", "damaged");
    }
    decoded.incrementAndGet();
    for (int i = 0; i < block.storedSize(); i++) {
      target.set(ValueLayout.JAVA_BYTE, i, (byte) ~file[(int) block.offset() + i]);
    }
  }

  private ImageFile imageFile() {
    return ImageFile.over(MemorySegment.ofArray(file), Path.of("test"), "test", "");
  }
}
