package io.nestwalk.image.virtualbox;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.PageIndex;

/**
 * The units "pgm": the pages of the machine's memory, by their physical addresses. A live save has
 * several, of which the later replace pages of the earlier (PGMSavedState.cpp).
 */
final class PgmUnit {

  static final int PAGE = 4096;

  private static final int FIRST_VERSION = 10;
  private static final int LAST_VERSION = 14;

  private static final int VERSION_WITH_RAM_CONFIG = 11;
  private static final int VERSION_WITH_BALLOON_COUNT = 12;
  private static final int VERSION_WITH_PAE_POINTERS = 14;

  private static final long STRUCT_BEGIN = 0x19200102L;
  private static final long STRUCT_END = 0x19920406L;

  private static final int END_OF_LIST = 0xff;
  private static final long MAPPINGS_END = 0xffff_ffffL;
  private static final int MAX_CPUS = 4096;
  private static final int MAX_TEXT = 1 << 20;

  private static final int HAS_ADDRESS = 0x80;
  private static final long MAX_ADDRESS = 1L << 52;

  private final ImageFile file;
  private final PageIndex.Builder index;
  private int passes;
  private long ballooned;

  PgmUnit(ImageFile file) {
    this.file = file;
    index = PageIndex.builder(file.name(), PAGE);
  }

  PageIndex index() {
    return index.build();
  }

  int pages() {
    return index.count();
  }

  /** How many pages the guest had given back. */
  long ballooned() {
    return ballooned;
  }

  /** Reads a unit; what it held before a fault is in the index all the same. */
  void read(UnitHeader header, UnitStream stream) throws ImageException {
    long version = header.version();
    if (version < FIRST_VERSION || version > LAST_VERSION) {
      throw new ImageException(
          file.name(),
          header.data(),
          "memory (\"pgm\") of version %d; versions %d to %d are read"
              .formatted(version, FIRST_VERSION, LAST_VERSION));
    }
    if (header.isFinalPass()) {
      skipState(version, stream);
    }
    // Whichever pass comes first begins with the layout.
    if (passes == 0) {
      skipConfiguration(version, stream);
    }
    passes++;
    readPages(stream);
  }

  private void skipState(long version, UnitStream stream) throws ImageException {
    skipStruct(stream, version >= VERSION_WITH_BALLOON_COUNT ? 17 : 13);
    for (int cpu = 0; stream.peekInt() == STRUCT_BEGIN; cpu++) {
      if (cpu == MAX_CPUS) {
        throw fault(stream, "the memory unit names more than %d CPUs".formatted(MAX_CPUS));
      }
      skipStruct(stream, version >= VERSION_WITH_PAE_POINTERS ? 45 : 13);
    }
    if (version < VERSION_WITH_PAE_POINTERS) {
      while (stream.readInt() != MAPPINGS_END) {
        skipText(stream);
        stream.skip(2 * Long.BYTES);
      }
    }
  }

  private void skipConfiguration(long version, UnitStream stream) throws ImageException {
    if (version >= VERSION_WITH_RAM_CONFIG) {
      stream.skip(Integer.BYTES + Long.BYTES);
    }
    // Ranges of ROM have an address and a size, ranges of devices' memory a size alone.
    for (int addresses = 1; addresses >= 0; addresses--) {
      while (stream.readByte() != END_OF_LIST) {
        skipText(stream);
        stream.skip(Integer.BYTES + 1);
        skipText(stream);
        stream.skip((long) (addresses + 1) * Long.BYTES);
      }
    }
  }

  private void readPages(UnitStream stream) throws ImageException {
    long next = -1;
    while (true) {
      int head = stream.readByte();
      if (head == END_OF_LIST) {
        return;
      }
      boolean hasAddress = (head & HAS_ADDRESS) != 0;
      int type = head & ~HAS_ADDRESS;
      switch (type) {
        case 0, 1, 8 -> {
          long address = hasAddress ? stream.readLong() : next;
          if (address < 0 || address >= MAX_ADDRESS || address % PAGE != 0) {
            throw fault(stream, "a page at the address 0x%x".formatted(address));
          }
          switch (type) {
            case 0 -> index.addFilled(address, (byte) 0);
            case 1 -> addPage(address, stream);
            default -> ballooned++;
          }
          next = address + PAGE;
        }
        case 2, 3, 4, 5, 6, 7 -> {
          skipDevicePage(type, hasAddress, stream);
          next = -1;
        }
        default -> throw fault(stream, "a page of the unknown kind %d".formatted(type));
      }
    }
  }

  /** Pages of ROM and of devices' memory, which are not RAM. */
  private static void skipDevicePage(int type, boolean hasAddress, UnitStream stream)
      throws ImageException {
    stream.skip(hasAddress ? 1 + Integer.BYTES : 0);
    switch (type) {
      case 2 -> stream.skip(PAGE);
      case 4, 5 -> stream.skip(1 + PAGE);
      case 6, 7 -> stream.skip(1);
      default -> {}
    }
  }

  private void addPage(long address, UnitStream stream) throws ImageException {
    if (stream.atEnd()) {
      throw fault(stream, "the unit ends before the page at 0x%x".formatted(address));
    }
    StreamRecord record = stream.record();
    int consumed = stream.consumed();
    if (record.length() - consumed >= PAGE && record.kind() != StreamRecord.Kind.LZF) {
      if (record.kind() == StreamRecord.Kind.RAW) {
        index.addRaw(address, record.data() + consumed);
      } else {
        index.addFilled(address, (byte) 0);
      }
      stream.skip(PAGE);
      return;
    }
    stream.skip(PAGE); // before it is entered: a unit that is cut has only part of it
    if (consumed >= PageIndex.STORED_SIZE_LIMIT) {
      throw new ImageException(
          file.name(), record.start(), "a page begins %d bytes into a record".formatted(consumed));
    }
    index.add(address, PageRecords.IN_RECORDS, record.start(), consumed);
  }

  private void skipStruct(UnitStream stream, int length) throws ImageException {
    if (stream.readInt() != STRUCT_BEGIN) {
      throw fault(stream, "a structure of the memory unit does not begin where it should");
    }
    stream.skip(length);
    if (stream.readInt() != STRUCT_END) {
      throw fault(stream, "a structure of the memory unit does not end where it should");
    }
  }

  private void skipText(UnitStream stream) throws ImageException {
    long length = stream.readInt();
    if (length > MAX_TEXT) {
      throw fault(stream, "a text of %d bytes".formatted(length));
    }
    stream.skip(length);
  }

  private ImageException fault(UnitStream stream, String rule) {
    return new ImageException(file.name(), stream.record().start(), rule);
  }
}
