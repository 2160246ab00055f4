package io.nestwalk.linux.btf;

import io.nestwalk.types.TypeDescription;
import io.nestwalk.types.TypeDescription.BaseKind;
import io.nestwalk.types.TypeTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** All types of a kernel's BTF, described. */
final class BtfTable implements TypeTable {

  /** How deep pointers and arrays may be nested; what lies deeper is told as void. */
  private static final int MAX_DEPTH = 16;

  // BTF_INT_ENCODING
  private static final int SIGNED = 1;
  private static final int CHARACTER = 2;
  private static final int BOOLEAN = 4;

  private final Btf types;

  BtfTable(Btf types) {
    this.types = types;
  }

  @Override
  public int pointerSize() {
    return types.pointerSize();
  }

  @Override
  public void forEachStruct(Consumer<? super Structure> visitor) {
    for (int id = 1; id <= types.typeCount(); id++) {
      int kind = kind(id);
      if (kind == BtfKind.STRUCT || kind == BtfKind.UNION) {
        visitor.accept(
            new Structure(
                nameOf(id), kind == BtfKind.UNION, Math.max(0, types.word(id, 2)), members(id)));
      } else if (kind == BtfKind.FORWARD) {
        visitor.accept(new Structure(nameOf(id), types.word(id, 1) < 0, 0, List.of()));
      }
    }
  }

  @Override
  public void forEachEnumeration(Consumer<? super Constants> visitor) {
    for (int id = 1; id <= types.typeCount(); id++) {
      int kind = kind(id);
      if (kind == BtfKind.ENUM || kind == BtfKind.ENUM64) {
        visitor.accept(constants(id, kind == BtfKind.ENUM ? 2 : 3));
      }
    }
  }

  @Override
  public Map<String, TypeDescription> variables() {
    Map<String, TypeDescription> variables = new HashMap<>();
    for (int id = 1; id <= types.typeCount(); id++) {
      if (kind(id) == BtfKind.VARIABLE) {
        variables.put(nameOf(id), describe(types.word(id, 2), MAX_DEPTH));
      }
    }
    return variables;
  }

  private int kind(int id) {
    return BtfKind.of(types.word(id, 1));
  }

  private String nameOf(int id) {
    String name = types.text(types.word(id, 0));
    return name.isEmpty() ? "unnamed_%08x".formatted(id) : name;
  }

  private List<Member> members(int id) {
    int info = types.word(id, 1);
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < BtfKind.count(info); i++) {
      int at = BtfKind.COMMON_WORDS + i * BtfKind.MEMBER_WORDS;
      int type = types.word(id, at + 1);
      int place = types.word(id, at + 2);
      int bit = BtfKind.hasBitFields(info) ? place & 0xff_ffff : place;
      int bits = BtfKind.hasBitFields(info) ? place >>> 24 : 0;
      String name = types.text(types.word(id, at));
      members.add(
          bits == 0
              ? new Member(name, bit / Byte.SIZE, describe(type, MAX_DEPTH))
              : bitField(name, bit, bits, type));
    }
    return members;
  }

  /** At the unit of its type that it lies in. */
  private Member bitField(String name, int bit, int bits, int type) {
    long size = Math.clamp(types.sizeOf(type), 1, Long.BYTES);
    int unit = (int) size * Byte.SIZE;
    int first = bit / unit * unit;
    return new Member(
        name,
        first / Byte.SIZE,
        new TypeDescription.Bits(bit - first, bits, describe(type, MAX_DEPTH)));
  }

  private Constants constants(int id, int stride) {
    int info = types.word(id, 1);
    Map<String, Long> values = new LinkedHashMap<>();
    for (int i = 0; i < BtfKind.count(info); i++) {
      int at = BtfKind.COMMON_WORDS + i * stride;
      long low = types.word(id, at + 1);
      values.put(
          types.text(types.word(id, at)),
          stride == 2 ? low : (low & 0xffff_ffffL) | (long) types.word(id, at + 2) << Integer.SIZE);
    }
    return new Constants(nameOf(id), types.word(id, 2), info < 0, values);
  }

  private TypeDescription describe(int id, int depth) {
    int type = types.resolve(id);
    if (type <= 0 || type > types.typeCount() || depth == 0) {
      return TypeDescription.VOID;
    }
    return switch (kind(type)) {
      case BtfKind.INT -> number(type);
      case BtfKind.FLOAT ->
          new TypeDescription.Base(nameOf(type), types.word(type, 2), true, BaseKind.FLOAT);
      case BtfKind.POINTER -> new TypeDescription.Pointer(describe(types.word(type, 2), depth - 1));
      case BtfKind.ARRAY ->
          new TypeDescription.Array(
              types.word(type, 5) & 0xffff_ffffL, describe(types.word(type, 3), depth - 1));
      case BtfKind.STRUCT -> new TypeDescription.Struct(nameOf(type), false);
      case BtfKind.UNION -> new TypeDescription.Struct(nameOf(type), true);
      case BtfKind.FORWARD -> new TypeDescription.Struct(nameOf(type), types.word(type, 1) < 0);
      case BtfKind.ENUM, BtfKind.ENUM64 -> new TypeDescription.Enumeration(nameOf(type));
      case BtfKind.FUNCTION, BtfKind.FUNCTION_PROTOTYPE -> TypeDescription.FUNCTION;
      default -> TypeDescription.VOID;
    };
  }

  private TypeDescription number(int type) {
    int encoding = types.word(type, 3) >>> 24;
    String name = nameOf(type);
    BaseKind kind = BaseKind.INTEGER;
    if ((encoding & BOOLEAN) != 0) {
      kind = BaseKind.BOOLEAN;
    } else if ((encoding & CHARACTER) != 0 || name.endsWith("char")) {
      kind = BaseKind.CHARACTER;
    }
    return new TypeDescription.Base(name, types.word(type, 2), (encoding & SIGNED) != 0, kind);
  }
}
