package io.nestwalk.linux.btf;

import io.nestwalk.image.Memory;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import io.nestwalk.types.TypeTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The types of one kernel, or of one module on top of its kernel's.
 *
 * <p>Opening copies the two sections, notes where each type begins and hashes the names of
 * structures, nothing else. Not for use by several threads at once.
 */
public final class Btf implements KernelTypes {

  /** How many names of one type may follow another (const, typedef ...) before it is a cycle. */
  private static final int MAX_CHAIN = 32;

  /** How deep anonymous structures may nest. */
  private static final int MAX_NESTING = 16;

  /** How many members one lookup looks at: anonymous structures that hold each other are a lie. */
  private static final int MAX_MEMBERS = 1 << 20;

  private static final int NAME_LIMIT = 512;

  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Words that are copied at once. */
  private static final int PIECE_WORDS = 1 << 14;

  private final Btf base;
  private final int firstId;
  private final int firstString;
  private final int[] words;
  private final byte[] strings;

  /** The index in {@link #words} of each type, from {@link #firstId} on. */
  private final int[] starts;

  private final int typeCount;

  /** The index in {@link #words} of each enumeration, which are few among the types. */
  private final int[] enumerations;

  /** Open addressing: ids of named structures and unions by the hash of their names; 0 is free. */
  private final int[] byName;

  private final int pointerSize;
  private final Map<String, Optional<StructLayout>> found = new HashMap<>();

  private Btf(Btf base, int[] words, byte[] strings) throws BtfException {
    this.base = base;
    this.words = words;
    this.strings = strings;
    firstId = base == null ? 1 : base.firstId + base.typeCount;
    firstString = base == null ? 0 : base.firstString + base.strings.length;
    int[] begin = new int[Math.max(16, words.length / 4)];
    int[] named = new int[Math.max(16, words.length / 32)];
    int[] enums = new int[16];
    int namedCount = 0;
    int enumCount = 0;
    int count = 0;
    for (int at = 0; at < words.length; count++) {
      if (words.length - at < BtfKind.COMMON_WORDS) {
        throw new BtfException("a type is cut at byte 0x%x".formatted(at * 4L));
      }
      int info = words[at + 1];
      int extra = BtfKind.extraWords(info);
      if (extra < 0 || words.length - at - BtfKind.COMMON_WORDS < extra) {
        throw new BtfException(
            "type %d at byte 0x%x has an unknown kind or too many members"
                .formatted(firstId + count, at * 4L));
      }
      int kind = BtfKind.of(info);
      if (kind == BtfKind.STRUCT || kind == BtfKind.UNION) {
        if (words[at] != 0) {
          named = namedCount < named.length ? named : Arrays.copyOf(named, 2 * namedCount);
          named[namedCount++] = count;
        }
      } else if (kind == BtfKind.ENUM || kind == BtfKind.ENUM64) {
        enums = enumCount < enums.length ? enums : Arrays.copyOf(enums, 2 * enumCount);
        enums[enumCount++] = at;
      }
      if (count == begin.length) {
        begin = Arrays.copyOf(begin, 2 * count);
      }
      begin[count] = at;
      at += BtfKind.COMMON_WORDS + extra;
    }
    starts = begin;
    typeCount = count;
    enumerations = Arrays.copyOf(enums, enumCount);
    byName = indexNames(Arrays.copyOf(named, namedCount));
    pointerSize = base == null ? sizeOfLong() : base.pointerSize;
  }

  /**
   * The types of a kernel.
   *
   * @throws BtfException when memory lacks a part of them or they contradict themselves
   */
  public static Btf read(Memory memory, BtfHeader header) throws BtfException {
    return read(memory, header, null);
  }

  /**
   * The types of a module; what it does not have is looked up in {@code base}.
   *
   * @param base the kernel's types, null when {@code header} is that of a kernel
   */
  public static Btf read(Memory memory, BtfHeader header, Btf base) throws BtfException {
    int[] words = words(memory, header.typesAt(), header.typesLength() / Integer.BYTES);
    byte[] strings = section(memory, header.stringsAt(), header.stringsLength());
    if (strings[strings.length - 1] != 0) {
      throw new BtfException("the names at 0x%x do not end".formatted(header.stringsAt()));
    }
    return new Btf(base, words, strings);
  }

  /** In pieces: megabytes that are needed for a moment cost more than the copying. */
  private static int[] words(Memory memory, long address, int count) throws BtfException {
    int[] words = new int[count];
    byte[] piece = new byte[Math.min(count, PIECE_WORDS) * Integer.BYTES];
    for (int done = 0; done < count; done += PIECE_WORDS) {
      int length = Math.min(PIECE_WORDS, count - done);
      long at = address + (long) done * Integer.BYTES;
      MemorySegment target = MemorySegment.ofArray(piece).asSlice(0, (long) length * Integer.BYTES);
      long read = memory.read(at, target);
      if (read < target.byteSize()) {
        throw lacking(at + read, count * Integer.BYTES, address);
      }
      MemorySegment.copy(target, WORD, 0, words, done, length);
    }
    return words;
  }

  private static BtfException lacking(long missing, int length, long address) {
    return new BtfException(
        "memory lacks 0x%x, needed for 0x%x bytes at 0x%x".formatted(missing, length, address));
  }

  private static byte[] section(Memory memory, long address, int length) throws BtfException {
    byte[] bytes = memory.readBytes(address, length);
    if (bytes.length < length) {
      throw lacking(address + bytes.length, length, address);
    }
    return bytes;
  }

  @Override
  public int pointerSize() {
    return pointerSize;
  }

  /** How many types there are, without those of the base. */
  public int typeCount() {
    return typeCount;
  }

  @Override
  public Optional<StructLayout> find(String name) {
    return found.computeIfAbsent(name, this::lookUp);
  }

  private Optional<StructLayout> lookUp(String name) {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    Btf owner = this;
    int id = structNamed(wanted);
    if (id == 0 && base != null) {
      owner = base;
      id = base.structNamed(wanted);
    }
    return id == 0 ? Optional.empty() : Optional.of(owner.new Struct(name, id));
  }

  @Override
  public OptionalLong constant(String name) {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    if (wanted.length == 0) {
      return OptionalLong.empty();
    }
    for (int at : enumerations) {
      int info = words[at + 1];
      int kind = BtfKind.of(info);
      int stride = kind == BtfKind.ENUM ? 2 : 3;
      for (int j = 0; j < BtfKind.count(info); j++) {
        int member = at + BtfKind.COMMON_WORDS + j * stride;
        if (begins(words[member], wanted[0]) && isNamed(words[member], wanted)) {
          long low = words[member + 1];
          return OptionalLong.of(
              kind == BtfKind.ENUM
                  ? low
                  : (low & 0xffff_ffffL) | (long) words[member + 2] << Integer.SIZE);
        }
      }
    }
    return base == null ? OptionalLong.empty() : base.constant(name);
  }

  /**
   * Indexes structures by their names.
   *
   * @param named which types have one, from 0 on
   */
  private int[] indexNames(int[] named) {
    int[] table = new int[Math.max(16, Integer.highestOneBit(named.length) << 2)];
    for (int type : named) {
      int name = words[starts[type]] - firstString;
      if (name >= 0 && name < strings.length) {
        int slot = hashAt(name) & table.length - 1;
        while (table[slot] != 0) {
          slot = slot + 1 & table.length - 1;
        }
        table[slot] = firstId + type;
      }
    }
    return table;
  }

  private int hashAt(int position) {
    int hash = 0;
    // The names end with a zero, which opening made sure of; a hostile one is cut off.
    for (int i = position; strings[i] != 0 && i - position < NAME_LIMIT; i++) {
      hash = 31 * hash + strings[i];
    }
    return mix(hash);
  }

  private static int mix(int hash) {
    return hash ^ hash >>> 15;
  }

  private int structNamed(byte[] name) {
    int hash = 0;
    for (byte b : name) {
      hash = 31 * hash + b;
    }
    int slot = mix(hash) & byName.length - 1;
    // Types with one name are rare; the first is the one that the kernel's own code means.
    while (byName[slot] != 0) {
      if (isNamed(words[starts[byName[slot] - firstId]], name)) {
        return byName[slot];
      }
      slot = slot + 1 & byName.length - 1;
    }
    return 0;
  }

  /** Whether a name begins with a byte: what most of tens of thousands that are compared do not. */
  private boolean begins(int nameOffset, byte first) {
    int at = nameOffset - firstString;
    return at < 0 || (at < strings.length && strings[at] == first);
  }

  private boolean isNamed(int nameOffset, byte[] name) {
    if (nameOffset < firstString) {
      return base != null && base.isNamed(nameOffset, name);
    }
    int at = nameOffset - firstString;
    if (at < 0 || strings.length - at <= name.length || strings[at + name.length] != 0) {
      return false;
    }
    return Arrays.equals(strings, at, at + name.length, name, 0, name.length);
  }

  /** A kernel's {@code long} is as wide as its pointers. */
  private int sizeOfLong() {
    byte[] name = "long unsigned int".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < typeCount; i++) {
      int at = starts[i];
      if (BtfKind.of(words[at + 1]) == BtfKind.INT && isNamed(words[at], name)) {
        return words[at + 2] == Integer.BYTES ? Integer.BYTES : Long.BYTES;
      }
    }
    return Long.BYTES;
  }

  /** The types that hold {@code id}: these or the base's; null when nobody has it. */
  private Btf ownerOf(int id) {
    if (id >= firstId && id - firstId < typeCount) {
      return this;
    }
    return base != null && id < firstId ? base.ownerOf(id) : null;
  }

  /** A word of a type of these, not of the base's. */
  int word(int id, int index) {
    return words[starts[id - firstId] + index];
  }

  /** The name at an offset into the strings; empty when there is none. */
  String text(int offset) {
    int at = offset - firstString;
    if (at < 0 || at >= strings.length) {
      return base != null && offset >= 0 && at < 0 ? base.text(offset) : "";
    }
    int end = at;
    while (strings[end] != 0 && end - at < NAME_LIMIT) {
      end++;
    }
    return new String(strings, at, end - at, StandardCharsets.UTF_8);
  }

  /** All of a kernel's own types. */
  public TypeTable table() {
    return new BtfTable(this);
  }

  /** Strips typedefs and qualifiers; 0 when the chain leads nowhere. */
  int resolve(int id) {
    int current = id;
    for (int i = 0; i < MAX_CHAIN; i++) {
      Btf owner = ownerOf(current);
      if (owner == null) {
        return 0;
      }
      switch (BtfKind.of(owner.word(current, 1))) {
        case BtfKind.TYPEDEF, BtfKind.VOLATILE, BtfKind.CONST, BtfKind.RESTRICT, BtfKind.TYPE_TAG ->
            current = owner.word(current, 2);
        default -> {
          return current;
        }
      }
    }
    return 0;
  }

  /** The size of a type in bytes; 0 for one that has none. */
  long sizeOf(int id) {
    long factor = 1;
    int current = resolve(id);
    for (int i = 0; i < MAX_CHAIN; i++) {
      Btf owner = ownerOf(current);
      if (owner == null) {
        return 0;
      }
      switch (BtfKind.of(owner.word(current, 1))) {
        case BtfKind.INT,
            BtfKind.STRUCT,
            BtfKind.UNION,
            BtfKind.ENUM,
            BtfKind.ENUM64,
            BtfKind.FLOAT -> {
          return factor * (owner.word(current, 2) & 0xffff_ffffL);
        }
        case BtfKind.POINTER -> {
          return factor * pointerSize;
        }
        case BtfKind.ARRAY -> {
          factor = Math.min(factor * (owner.word(current, 5) & 0xffff_ffffL), Integer.MAX_VALUE);
          current = resolve(owner.word(current, 3));
        }
        default -> {
          return 0;
        }
      }
    }
    return 0;
  }

  /** A member found: where it begins, in bits, and what it is. */
  private record Member(long bit, int bits, int type) {}

  /** A structure or union of this BTF, whose types may stand in the base. */
  private final class Struct implements StructLayout {

    private final String name;
    private final int id;
    private final Map<String, Optional<Field>> fields = new HashMap<>();

    Struct(String name, int id) {
      this.name = name;
      this.id = id;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int size() {
      return (int) Math.min(Integer.MAX_VALUE, sizeOf(id));
    }

    @Override
    public Optional<Field> find(String path) {
      return fields.computeIfAbsent(path, this::follow);
    }

    private Optional<Field> follow(String path) {
      long bit = 0;
      int type = id;
      int bits = 0;
      for (String part : path.split("\\.", -1)) {
        int[] budget = {MAX_MEMBERS};
        Member member = member(type, part.getBytes(StandardCharsets.UTF_8), 0, budget);
        if (member == null) {
          return Optional.empty();
        }
        bit += member.bit;
        bits = member.bits;
        type = resolve(member.type);
      }
      return Optional.ofNullable(field(bit, bits, type));
    }

    private Field field(long bit, int bits, int type) {
      long size = sizeOf(type);
      if (bit < 0 || bit / Byte.SIZE > Integer.MAX_VALUE / 2 || size > Integer.MAX_VALUE / 2) {
        return null;
      }
      int offset = (int) (bit / Byte.SIZE);
      int shift = (int) (bit % Byte.SIZE);
      if (bits > 0) {
        return new Field(offset, (shift + bits + Byte.SIZE - 1) / Byte.SIZE, shift, bits, 1);
      }
      Btf owner = ownerOf(type);
      boolean array = owner != null && BtfKind.of(owner.word(type, 1)) == BtfKind.ARRAY;
      return new Field(offset, (int) size, 0, 0, array ? Math.max(1, owner.word(type, 5)) : 1);
    }

    /** Looks for a member in a structure and in the anonymous ones within it, breadth unbounded. */
    private Member member(int struct, byte[] wanted, int depth, int[] budget) {
      Btf owner = ownerOf(struct);
      if (owner == null || depth > MAX_NESTING) {
        return null;
      }
      int info = owner.word(struct, 1);
      int kind = BtfKind.of(info);
      if (kind != BtfKind.STRUCT && kind != BtfKind.UNION) {
        return null;
      }
      int count = BtfKind.count(info);
      for (int i = 0; i < count; i++) {
        if (--budget[0] < 0) {
          return null;
        }
        int at = BtfKind.COMMON_WORDS + i * BtfKind.MEMBER_WORDS;
        int memberName = owner.word(struct, at);
        int place = owner.word(struct, at + 2);
        int type = owner.word(struct, at + 1);
        int bit = BtfKind.hasBitFields(info) ? place & 0xff_ffff : place;
        if (memberName == 0) {
          Member inner = member(resolve(type), wanted, depth + 1, budget);
          if (inner != null) {
            return new Member(bit + inner.bit, inner.bits, inner.type);
          }
        } else if (isNamed(memberName, wanted)) {
          int bits = BtfKind.hasBitFields(info) ? place >>> 24 : oldBitField(type);
          return new Member(bit, bits, type);
        }
      }
      return null;
    }

    /** Before the width stood with the offset, a bit field's type was an integer of that width. */
    private int oldBitField(int type) {
      int resolved = resolve(type);
      Btf owner = ownerOf(resolved);
      if (owner == null || BtfKind.of(owner.word(resolved, 1)) != BtfKind.INT) {
        return 0;
      }
      int bits = owner.word(resolved, 3) & 0xff;
      return bits < owner.word(resolved, 2) * Byte.SIZE ? bits : 0;
    }
  }
}
