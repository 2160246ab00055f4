package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where registers stand in a structure that a dump's writer has for a CPU: little-endian fields at
 * fixed offsets.
 */
public final class RegisterLayout {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private record Field(String name, int offset, int width) {
    int end() {
      return offset + width;
    }
  }

  private final List<Field> fields;

  private RegisterLayout(List<Field> fields) {
    this.fields = List.copyOf(fields);
  }

  /** A layout without fields. */
  public static RegisterLayout empty() {
    return new RegisterLayout(List.of());
  }

  /** This layout and 64-bit registers that follow one another from {@code offset} on. */
  public RegisterLayout longs(int offset, String... names) {
    return with(offset, Long.BYTES, names);
  }

  /** This layout and 32-bit registers that follow one another from {@code offset} on. */
  public RegisterLayout ints(int offset, String... names) {
    return with(offset, Integer.BYTES, names);
  }

  /** This layout and 16-bit registers that follow one another from {@code offset} on. */
  public RegisterLayout shorts(int offset, String... names) {
    return with(offset, Short.BYTES, names);
  }

  /** How long a structure must be to hold every field. */
  public int length() {
    return fields.stream().mapToInt(Field::end).max().orElse(0);
  }

  /**
   * Reads the registers; narrow ones are zero-extended, those beyond the structure's end left out.
   */
  public void read(MemorySegment structure, Map<String, Long> into) {
    for (Field field : fields) {
      if (field.end() <= structure.byteSize()) {
        into.put(field.name, value(structure, field));
      }
    }
  }

  private static long value(MemorySegment structure, Field field) {
    return switch (field.width) {
      case Long.BYTES -> structure.get(Memory.LONG, field.offset);
      case Integer.BYTES -> Integer.toUnsignedLong(structure.get(Memory.INT, field.offset));
      default -> Short.toUnsignedLong(structure.get(SHORT, field.offset));
    };
  }

  private RegisterLayout with(int offset, int width, String... names) {
    List<Field> more = new ArrayList<>(fields);
    for (int i = 0; i < names.length; i++) {
      more.add(new Field(names[i], offset + i * width, width));
    }
    return new RegisterLayout(more);
  }
}
