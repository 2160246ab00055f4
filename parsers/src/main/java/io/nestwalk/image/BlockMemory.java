package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Physical memory that a dump stores in blocks: pages at places of their own, compressed, or left
 * out because they are all zeros. Random access through a {@link BlockIndex}; what was decoded last
 * stays in a bounded cache.
 *
 * <p>A block whose stored bytes are damaged is missing when it is read, though {@link #ranges} has
 * it: the dump claims it. {@link #unreadableBytes} tells of those met so far.
 */
public final class BlockMemory implements PhysicalMemory {

  /** Holds 16,384 pages of 4 KiB: more than the page tables and kernel structures of a session. */
  private static final long DEFAULT_CACHE_BYTES = 64L << 20;

  /** Of more damaged blocks it is not known which were met. */
  private static final int MOST_DAMAGED = 1 << 16;

  private final ImageFile file;
  private final BlockIndex index;
  private final BlockDecoder decoder;
  private final BlockCache cache;
  private final List<AddressRange> ranges;
  private final AtomicLong unreadableBytes = new AtomicLong();

  /** The numbers of damaged blocks that were met, up to {@link #MOST_DAMAGED}. */
  private final Set<Long> damaged = ConcurrentHashMap.newKeySet();

  /**
   * Memory with a cache of the usual size.
   *
   * @param file where the blocks are stored
   * @param index where which block is stored
   * @param decoder for the encodings of the format's own
   */
  public BlockMemory(ImageFile file, BlockIndex index, BlockDecoder decoder) {
    this(file, index, decoder, Math.min(DEFAULT_CACHE_BYTES, Runtime.getRuntime().maxMemory() / 8));
  }

  /**
   * Memory with a cache of that size.
   *
   * @param cacheBytes how many bytes of decoded blocks to keep, at least those of a few blocks
   */
  public BlockMemory(ImageFile file, BlockIndex index, BlockDecoder decoder, long cacheBytes) {
    this.file = file;
    this.index = index;
    this.decoder = decoder;
    ranges = index.ranges();
    cache = new BlockCache(Math.min(cacheBytes, presentBytes()));
  }

  @Override
  public List<AddressRange> ranges() {
    return ranges;
  }

  @Override
  public List<AddressRange> populatedRanges() {
    return index.populatedRanges();
  }

  /**
   * {@inheritDoc} Each block counts once; where more than {@link #MOST_DAMAGED} are damaged, one
   * that the cache has dropped meanwhile counts again.
   */
  @Override
  public long unreadableBytes() {
    return unreadableBytes.get();
  }

  @Override
  public long getLong(long address, long ifMissing) {
    DecodedBlock block = blockAt(address);
    if (block == null) {
      return ifMissing;
    }
    long offset = address - block.start();
    if (offset > block.length() - Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    return block.bytes().get(LONG, offset);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    DecodedBlock block = blockAt(address);
    if (block == null) {
      return ifMissing;
    }
    long offset = address - block.start();
    if (offset > block.length() - Integer.BYTES) {
      return Memory.assembleInt(this, address, ifMissing);
    }
    return block.bytes().get(INT, offset);
  }

  @Override
  public int getByte(long address) {
    DecodedBlock block = blockAt(address);
    return block == null
        ? -1
        : Byte.toUnsignedInt(block.bytes().get(ValueLayout.JAVA_BYTE, address - block.start()));
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      long from = address + copied;
      DecodedBlock block = blockAt(from);
      if (block == null) {
        break;
      }
      long offset = from - block.start();
      long count = Math.min(block.length() - offset, target.byteSize() - copied);
      MemorySegment.copy(block.bytes(), offset, target, copied, count);
      copied += count;
    }
    return copied;
  }

  @Override
  public MemorySegment view(long address, long maxBytes) {
    DecodedBlock block = blockAt(address);
    if (block == null) {
      return MemorySegment.NULL;
    }
    long offset = address - block.start();
    return block.bytes().asSlice(offset, Math.min(maxBytes, block.length() - offset));
  }

  @Override
  public long locate(long address) {
    if (index.blockAt(address) == BlockIndex.ABSENT) {
      return NOWHERE;
    }
    StoredBlock stored = index.storedAt(address);
    long offset = stored.offset() + (address - stored.start());
    return stored.encoding() == StoredBlock.RAW && file.holds(offset, 1) ? offset : NOWHERE;
  }

  /** The block that holds the byte at {@code address}, null when that byte is missing. */
  private DecodedBlock blockAt(long address) {
    long number = index.blockAt(address);
    if (number == BlockIndex.ABSENT) {
      return null;
    }
    DecodedBlock block = cache.get(number);
    if (block == null) {
      block = load(number, address);
    } else if (block.place() != NOWHERE) {
      file.reading(block.place(), block.length());
    }
    return address - block.start() < block.length() ? block : null;
  }

  private DecodedBlock load(long number, long address) {
    StoredBlock stored = index.storedAt(address);
    MemorySegment bytes = decode(stored);
    DecodedBlock block =
        new DecodedBlock(number, stored.start(), bytes, bytes.byteSize(), placeOf(stored));
    if (cache.put(block, stored.size())
        && bytes.byteSize() < stored.size()
        && (damaged.size() < MOST_DAMAGED ? damaged.add(number) : !damaged.contains(number))) {
      unreadableBytes.addAndGet(stored.size() - bytes.byteSize());
    }
    return block;
  }

  private long placeOf(StoredBlock stored) {
    return stored.encoding() == StoredBlock.RAW && file.isMapped() ? stored.offset() : NOWHERE;
  }

  /** The block's bytes; fewer than its size, or none, where they can't be had. */
  private MemorySegment decode(StoredBlock stored) {
    return switch (stored.encoding()) {
      case StoredBlock.RAW -> {
        long there = Math.clamp(file.length() - stored.offset(), 0, stored.size());
        yield there == 0 ? MemorySegment.NULL : file.slice(stored.offset(), there);
      }
      case StoredBlock.FILL -> Filled.with((byte) stored.offset(), stored.size());
      default -> {
        MemorySegment target = MemorySegment.ofArray(new byte[stored.size()]);
        try {
          decoder.decode(stored, target);
          yield target.asReadOnly();
        } catch (ImageException e) {
          yield MemorySegment.NULL;
        }
      }
    };
  }
}
