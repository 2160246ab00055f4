package io.nestwalk.windows.pe;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.types.PdbId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A loaded image of the Portable Executable format ("PE Format", learn.microsoft.com/windows),
 * whose headers are there. Any page may be missing: what stands on it is then not known.
 */
public final class PeImage {

  private static final int DOS_MAGIC = 0x5a4d;
  private static final int PE_MAGIC = 0x4550;
  private static final int PE32 = 0x10b;
  private static final int PE32_PLUS = 0x20b;
  private static final int HEADER_AT = 0x3c;

  /** Linkers put the PE header at most here; further on is a lie. */
  private static final int MAX_HEADER_OFFSET = 0xfc0;

  private static final int MAX_SECTIONS = 96;
  private static final int MAX_EXPORTS = 1 << 16;
  private static final int MAX_NAME = 256;
  private static final int MAX_DEBUG_ENTRIES = 32;
  private static final int CODE_VIEW = 2;
  private static final int RSDS = 0x53445352;
  private static final int EXPORT_DIRECTORY = 0;
  private static final int DEBUG_DIRECTORY = 6;
  private static final int RESOURCE_DIRECTORY = 2;
  private static final int VERSION_RESOURCE = 16;
  private static final int MAX_RESOURCES = 4096;

  /** A resource's type, name and language lead to its data. */
  private static final int RESOURCE_LEVELS = 3;

  private static final int SUBDIRECTORY = 0x8000_0000;

  /** In {@code VS_VERSIONINFO}, behind three numbers and its name: {@code VS_FIXEDFILEINFO}. */
  private static final int FIXED_INFO_AT = 40;

  private static final int FIXED_INFO_MAGIC = 0xfeef04bd;

  private final Memory memory;
  private final long base;
  private final Architecture architecture;
  private final long optional;
  private final boolean wide;
  private final int sectionCount;
  private final long sectionTable;
  private final long size;

  private PeImage(
      Memory memory,
      long base,
      Architecture architecture,
      long optional,
      boolean wide,
      int sectionCount,
      long sectionTable,
      long size) {
    this.memory = memory;
    this.base = base;
    this.architecture = architecture;
    this.optional = optional;
    this.wide = wide;
    this.sectionCount = sectionCount;
    this.sectionTable = sectionTable;
    this.size = size;
  }

  /**
   * A part of the image.
   *
   * @param name at most 8 characters
   * @param address of its first byte
   * @param size in memory, in bytes
   * @param flags IMAGE_SCN_...
   */
  public record Section(String name, long address, long size, int flags) {

    private static final int WRITE = 0x8000_0000;

    /** Whether it holds variables. */
    public boolean isWritable() {
      return (flags & WRITE) != 0;
    }
  }

  /** The image whose first byte is at {@code base}; empty when its headers are not there. */
  public static Optional<PeImage> at(Memory memory, long base) {
    if (memory.getShort(base) != DOS_MAGIC) {
      return Optional.empty();
    }
    int offset = memory.getInt(base + HEADER_AT, -1);
    if (offset < HEADER_AT || offset > MAX_HEADER_OFFSET) {
      return Optional.empty();
    }
    long header = base + offset;
    if (memory.getInt(header, 0) != PE_MAGIC) {
      return Optional.empty();
    }
    Architecture architecture =
        switch (memory.getShort(header + 4)) {
          case 0x8664 -> Architecture.X86_64;
          case 0xaa64 -> Architecture.AARCH64;
          case 0x14c -> Architecture.X86;
          default -> null;
        };
    int magic = memory.getShort(header + 24);
    long size = memory.getInt(header + 24 + 56, 0) & 0xffff_ffffL;
    if (architecture == null || (magic != PE32 && magic != PE32_PLUS) || size == 0) {
      return Optional.empty();
    }
    int sections = Math.max(0, Math.min(memory.getShort(header + 6), MAX_SECTIONS));
    int optionalSize = Math.max(0, memory.getShort(header + 20));
    return Optional.of(
        new PeImage(
            memory,
            base,
            architecture,
            header + 24,
            magic == PE32_PLUS,
            sections,
            header + 24 + optionalSize,
            size));
  }

  /** The address of its first byte. */
  public long base() {
    return base;
  }

  /** Its size in memory, in bytes. */
  public long size() {
    return size;
  }

  /** What it runs on. */
  public Architecture architecture() {
    return architecture;
  }

  /** Whether an address is in it. */
  public boolean contains(long address) {
    return Long.compareUnsigned(address - base, size) < 0;
  }

  /** Its sections, as far as the table can be read. */
  public List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < sectionCount; i++) {
      long entry = sectionTable + 40L * i;
      byte[] name = memory.readBytes(entry, 8);
      long length = memory.getInt(entry + 8, 0) & 0xffff_ffffL;
      long start = memory.getInt(entry + 12, 0) & 0xffff_ffffL;
      if (name.length == 8 && start < size && length <= size - start) {
        sections.add(new Section(text(name), base + start, length, memory.getInt(entry + 36, 0)));
      }
    }
    return sections;
  }

  /** The name that it was linked under: "ntoskrnl.exe"; empty when it exports nothing. */
  public Optional<String> exportName() {
    long directory = directory(EXPORT_DIRECTORY, 40);
    return directory == 0 ? Optional.empty() : name(memory.getInt(directory + 12, 0));
  }

  /** The address of what it exports under a name. */
  public OptionalLong export(String name) {
    long directory = directory(EXPORT_DIRECTORY, 40);
    if (directory == 0) {
      return OptionalLong.empty();
    }
    int count = memory.getInt(directory + 24, 0);
    long functions = inside(memory.getInt(directory + 28, 0));
    long names = inside(memory.getInt(directory + 32, 0));
    long ordinals = inside(memory.getInt(directory + 36, 0));
    int functionCount = memory.getInt(directory + 20, 0);
    if (functions == 0 || names == 0 || ordinals == 0 || count < 0 || count > MAX_EXPORTS) {
      return OptionalLong.empty();
    }
    byte[] wanted = name.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < count; i++) {
      long text = inside(memory.getInt(names + 4L * i, 0));
      if (text != 0 && stands(wanted, text)) {
        int ordinal = memory.getShort(ordinals + 2L * i);
        long target =
            ordinal < 0 || ordinal >= functionCount
                ? 0
                : inside(memory.getInt(functions + 4L * ordinal, 0));
        return target == 0 ? OptionalLong.empty() : OptionalLong.of(target);
      }
    }
    return OptionalLong.empty();
  }

  private boolean stands(byte[] wanted, long address) {
    for (int i = 0; i < wanted.length; i++) {
      if (memory.getByte(address + i) != wanted[i]) {
        return false;
      }
    }
    return memory.getByte(address + wanted.length) == 0;
  }

  /** Which PDB belongs to it, by its CodeView record. */
  public Optional<PdbId> pdb() {
    long directory = directory(DEBUG_DIRECTORY, 28);
    for (int i = 0; directory != 0 && i < MAX_DEBUG_ENTRIES; i++) {
      long entry = directory + 28L * i;
      if (memory.getInt(entry + 12, 0) == CODE_VIEW) {
        long record = inside(memory.getInt(entry + 20, 0));
        return record == 0 ? Optional.empty() : codeView(memory, record);
      }
    }
    return Optional.empty();
  }

  /** The CodeView record at {@code address}: "RSDS", GUID, age, name. */
  public static Optional<PdbId> codeView(Memory memory, long address) {
    if (memory.getInt(address, 0) != RSDS) {
      return Optional.empty();
    }
    byte[] guid = memory.readBytes(address + 4, 16);
    int age = memory.getInt(address + 20, -1);
    String name = text(memory.readBytes(address + 24, MAX_NAME));
    if (guid.length < 16 || age < 0 || name.isEmpty()) {
      return Optional.empty();
    }
    byte[] printed = {
      guid[3], guid[2], guid[1], guid[0], guid[5], guid[4], guid[7], guid[6], guid[8], guid[9],
      guid[10], guid[11], guid[12], guid[13], guid[14], guid[15]
    };
    String file = name.substring(Math.max(name.lastIndexOf('\\'), name.lastIndexOf('/')) + 1);
    return Optional.of(
        new PdbId(file, HexFormat.of().formatHex(printed).toUpperCase(Locale.ROOT), age));
  }

  /**
   * The version of its file, "10.0.19041.804", by the version resource; empty when it has none or
   * the pages that hold it are not there.
   */
  public Optional<String> fileVersion() {
    long resources = directory(RESOURCE_DIRECTORY, 16);
    if (resources == 0) {
      return Optional.empty();
    }
    long at = resources;
    for (int level = 0; level < RESOURCE_LEVELS; level++) {
      int next = resource(at, level == 0 ? VERSION_RESOURCE : -1);
      boolean directory = (next & SUBDIRECTORY) != 0;
      if (next == 0 || directory != level < RESOURCE_LEVELS - 1) {
        return Optional.empty();
      }
      at = resources + (next & ~SUBDIRECTORY);
    }
    long data = inside(memory.getInt(at, 0));
    if (data == 0 || memory.getInt(data + FIXED_INFO_AT, 0) != FIXED_INFO_MAGIC) {
      return Optional.empty();
    }
    int high = memory.getInt(data + FIXED_INFO_AT + 8, 0);
    int low = memory.getInt(data + FIXED_INFO_AT + 12, 0);
    return Optional.of(
        "%d.%d.%d.%d".formatted(high >>> 16, high & 0xffff, low >>> 16, low & 0xffff));
  }

  /**
   * Where an entry of a resource directory leads, from the first directory on.
   *
   * @param id of the entry, -1 for the first one
   * @return 0 for none
   */
  private int resource(long directory, int id) {
    int named = memory.getShort(directory + 12);
    int count = named + memory.getShort(directory + 14);
    if (!contains(directory) || named < 0 || count > MAX_RESOURCES) {
      return 0;
    }
    for (int i = 0; i < count; i++) {
      long entry = directory + 16 + 8L * i;
      if (id < 0 || memory.getInt(entry, 0) == id) {
        return memory.getInt(entry + 4, 0);
      }
    }
    return 0;
  }

  /** The address of a data directory of at least {@code least} bytes, 0 for none. */
  private long directory(int index, int least) {
    long count = memory.getInt(optional + (wide ? 108 : 92), 0) & 0xffff_ffffL;
    long entry = optional + (wide ? 112 : 96) + 8L * index;
    int length = memory.getInt(entry + 4, 0);
    return index < count && length >= least ? inside(memory.getInt(entry, 0)) : 0;
  }

  /** The address of an offset, 0 for one that is 0 or outside. */
  private long inside(int offset) {
    long unsigned = offset & 0xffff_ffffL;
    return unsigned == 0 || unsigned >= size ? 0 : base + unsigned;
  }

  private Optional<String> name(int offset) {
    long address = inside(offset);
    String text = address == 0 ? "" : text(memory.readBytes(address, MAX_NAME));
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  /** The bytes up to the first zero; empty when they are no printable ASCII. */
  private static String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      if (bytes[end] < ' ' || bytes[end] > '~') {
        return "";
      }
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.US_ASCII);
  }
}
