package io.nestwalk.symbols;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The types of an ISF file. Not for use by several threads at once. */
final class IsfTypes implements KernelTypes {

  /** The base type that tells the size of pointers. */
  private static final String POINTER = "pointer";

  /** How deep anonymous structures and arrays may nest. */
  private static final int MAX_NESTING = 16;

  /** How many members one lookup looks at: anonymous structures that hold each other are a lie. */
  private static final int MAX_MEMBERS = 1 << 16;

  private final Map<String, Integer> baseSizes;
  private final Map<String, Integer> enumSizes;
  private final Map<String, IsfStruct> structs;
  private final Map<String, Long> constants;
  private final int pointerSize;
  private final Map<String, Optional<StructLayout>> found = new HashMap<>();

  /**
   * Takes the file's tables.
   *
   * @param baseSizes base types' sizes by name
   * @param enumSizes enumerations' sizes by name
   * @param constants enumerations' constants by name
   */
  IsfTypes(
      Map<String, Integer> baseSizes,
      Map<String, Integer> enumSizes,
      Map<String, IsfStruct> structs,
      Map<String, Long> constants) {
    this.baseSizes = baseSizes;
    this.enumSizes = enumSizes;
    this.structs = structs;
    this.constants = constants;
    pointerSize =
        baseSizes.getOrDefault(POINTER, Long.BYTES) == Integer.BYTES ? Integer.BYTES : Long.BYTES;
  }

  @Override
  public int pointerSize() {
    return pointerSize;
  }

  @Override
  public Optional<StructLayout> find(String name) {
    return found.computeIfAbsent(
        name, key -> Optional.ofNullable(structs.get(key)).map(struct -> new Layout(key, struct)));
  }

  @Override
  public OptionalLong constant(String name) {
    Long value = constants.get(name);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** The size of a type in bytes; 0 for one that has none. */
  private long sizeOf(IsfType type) {
    long factor = 1;
    IsfType current = type;
    for (int i = 0; i < MAX_NESTING && current instanceof IsfType.Array array; i++) {
      factor = Math.min(factor * array.count(), Integer.MAX_VALUE);
      current = array.element();
    }
    return factor
        * switch (current) {
          case IsfType.Named named -> sizeOf(named);
          case IsfType.Plain plain -> plain == IsfType.POINTER ? pointerSize : 0;
          case IsfType.Array _, IsfType.Bits _ -> 0;
        };
  }

  private int sizeOf(IsfType.Named named) {
    return switch (named.table()) {
      case BASE -> baseSizes.getOrDefault(named.name(), 0);
      case ENUM -> enumSizes.getOrDefault(named.name(), 0);
      case STRUCT -> {
        IsfStruct struct = structs.get(named.name());
        yield struct == null ? 0 : struct.size();
      }
    };
  }

  private Optional<IsfStruct> structOf(IsfType type) {
    return type instanceof IsfType.Named named && named.table() == IsfType.Table.STRUCT
        ? Optional.ofNullable(structs.get(named.name()))
        : Optional.empty();
  }

  /** Where members of one structure stand. */
  private final class Layout implements StructLayout {

    private final String name;
    private final IsfStruct struct;
    private final Map<String, Optional<Field>> fields = new HashMap<>();

    Layout(String name, IsfStruct struct) {
      this.name = name;
      this.struct = struct;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int size() {
      return struct.size();
    }

    @Override
    public Optional<Field> find(String path) {
      return fields.computeIfAbsent(path, this::follow);
    }

    private Optional<Field> follow(String path) {
      long offset = 0;
      Optional<IsfStruct> in = Optional.of(struct);
      IsfType type = IsfType.OTHER;
      for (String part : path.split("\\.", -1)) {
        int[] budget = {MAX_MEMBERS};
        IsfStruct.Member member = in.isEmpty() ? null : member(in.get(), part, 0, budget);
        if (member == null) {
          return Optional.empty();
        }
        offset += member.offset();
        type = member.type();
        in = structOf(type);
      }
      return field(offset, type);
    }

    private Optional<Field> field(long offset, IsfType type) {
      long size = sizeOf(type);
      if (offset > Integer.MAX_VALUE / 2 || size > Integer.MAX_VALUE / 2) {
        return Optional.empty();
      }
      if (type instanceof IsfType.Bits bits) {
        int shift = bits.position() % Byte.SIZE;
        return Optional.of(
            new Field(
                (int) offset + bits.position() / Byte.SIZE,
                (shift + bits.length() + Byte.SIZE - 1) / Byte.SIZE,
                shift,
                bits.length(),
                1));
      }
      int count = type instanceof IsfType.Array array ? Math.max(1, array.count()) : 1;
      return Optional.of(new Field((int) offset, (int) size, 0, 0, count));
    }

    /** A member of a structure or of the anonymous ones within it. */
    private IsfStruct.Member member(IsfStruct in, String wanted, int depth, int[] budget) {
      IsfStruct.Member own = in.members().get(wanted);
      if (own != null || depth > MAX_NESTING) {
        return own;
      }
      for (IsfStruct.Member nested : in.anonymous()) {
        Optional<IsfStruct> inner = structOf(nested.type());
        if (--budget[0] < 0) {
          return null;
        }
        IsfStruct.Member member =
            inner.isEmpty() ? null : member(inner.get(), wanted, depth + 1, budget);
        if (member != null && (long) nested.offset() + member.offset() <= Integer.MAX_VALUE) {
          return new IsfStruct.Member(nested.offset() + member.offset(), member.type());
        }
      }
      return null;
    }
  }
}
