package io.nestwalk.linux.btf;

import io.nestwalk.linux.ArrayMemory;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes BTF, type by type; ids count from 1 or from where the base ends. */
final class BtfBuilder {

  static final long ADDRESS = 0xffff_ffff_8200_0000L;

  private final List<Integer> words = new ArrayList<>();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final int firstString;
  private int nextId;

  BtfBuilder() {
    this(1, 0);
    strings.write(0);
  }

  /** Types on top of others. */
  BtfBuilder(int firstId, int firstString) {
    nextId = firstId;
    this.firstString = firstString;
  }

  int nextId() {
    return nextId;
  }

  int stringsLength() {
    return strings.size();
  }

  private int name(String name) {
    if (name.isEmpty()) {
      return 0;
    }
    int at = firstString + strings.size();
    strings.writeBytes((name + "\0").getBytes(StandardCharsets.UTF_8));
    return at;
  }

  private int type(String name, int kind, int count, boolean flag, int size, int... more) {
    words.add(name(name));
    words.add(kind << 24 | count | (flag ? 1 << 31 : 0));
    words.add(size);
    for (int word : more) {
      words.add(word);
    }
    return nextId++;
  }

  int integer(String name, int size) {
    return type(name, 1, 0, false, size, size * 8);
  }

  /** An integer of fewer bits than its size, as old BTF has bit fields. */
  int narrow(int size, int bits) {
    return type("", 1, 0, false, size, bits);
  }

  int pointer(int target) {
    return type("", 2, 0, false, target);
  }

  int array(int element, int count) {
    return type("", 3, 0, false, 0, element, 1, count);
  }

  int typedef(String name, int target) {
    return type(name, 8, 0, false, target);
  }

  int constant(int target) {
    return type("", 10, 0, false, target);
  }

  int enumeration(String name, Object... namesAndValues) {
    int[] more = new int[namesAndValues.length];
    for (int i = 0; i < more.length; i += 2) {
      more[i] = name((String) namesAndValues[i]);
      more[i + 1] = (Integer) namesAndValues[i + 1];
    }
    return type(name, 6, more.length / 2, false, 4, more);
  }

  /**
   * A structure; members are name, type, bit offset and, if {@code fields}, width of a bit field.
   */
  int struct(String name, boolean union, boolean fields, int size, Object... members) {
    int stride = fields ? 4 : 3;
    int count = members.length / stride;
    int[] more = new int[3 * count];
    for (int i = 0; i < count; i++) {
      more[3 * i] = name((String) members[stride * i]);
      more[3 * i + 1] = (Integer) members[stride * i + 1];
      more[3 * i + 2] = (Integer) members[stride * i + 2];
      if (fields) {
        more[3 * i + 2] |= (Integer) members[stride * i + 3] << 24;
      }
    }
    return type(name, union ? 5 : 4, count, fields, size, more);
  }

  int struct(String name, int size, Object... members) {
    return struct(name, false, false, size, members);
  }

  /** Words as they are. */
  void raw(int... more) {
    for (int word : more) {
      words.add(word);
    }
    nextId++;
  }

  byte[] bytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate(24 + 4 * words.size() + strings.size()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(BtfHeader.START).putInt(24).putInt(0).putInt(4 * words.size());
    bytes.putInt(4 * words.size()).putInt(strings.size());
    words.forEach(bytes::putInt);
    return bytes.put(strings.toByteArray()).array();
  }

  ArrayMemory memory() {
    byte[] bytes = bytes();
    return new ArrayMemory(ADDRESS, bytes.length).put(ADDRESS, bytes);
  }

  Btf read() throws BtfException {
    return read(null);
  }

  Btf read(Btf base) throws BtfException {
    ArrayMemory memory = memory();
    return Btf.read(memory, BtfHeader.at(memory, ADDRESS).orElseThrow(), base);
  }
}
