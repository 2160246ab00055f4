package io.nestwalk.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the symbol file of a kernel from the bytes of its BTF, as dwarf2json writes one from
 * debugging information: a reader of BTF of its own, which shares nothing with the program's.
 */
final class SymbolFileWriter {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ByteBuffer btf;
  private final int strings;
  private final List<Integer> types = new ArrayList<>(List.of(0));
  private final ObjectNode file = JSON.createObjectNode();
  private final ObjectNode symbols = JSON.createObjectNode();

  SymbolFileWriter(byte[] bytes) {
    btf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int header = btf.getInt(4);
    int at = header + btf.getInt(8);
    int end = at + btf.getInt(12);
    strings = header + btf.getInt(16);
    while (at < end) {
      types.add(at);
      at += 12 + tail(at);
    }
    ObjectNode metadata = file.putObject("metadata");
    metadata
        .put("format", "6.2.0")
        .putObject("producer")
        .put("name", "test")
        .put("version", "1.0.0");
    metadata.putObject("linux");
    writeTypes();
    file.set("symbols", symbols);
  }

  /** The bytes after a type's first three words. */
  private int tail(int at) {
    int count = btf.getInt(at + 4) & 0xffff;
    return switch (kind(at)) {
      case 1, 14, 17 -> 4;
      case 3 -> 12;
      case 4, 5, 15, 19 -> 12 * count;
      case 6, 13 -> 8 * count;
      default -> 0;
    };
  }

  private int kind(int at) {
    return btf.getInt(at + 4) >>> 24 & 0x1f;
  }

  private String text(int offset) {
    int at = strings + offset;
    int end = at;
    while (btf.get(end) != 0) {
      end++;
    }
    return new String(btf.array(), at, end - at, StandardCharsets.UTF_8);
  }

  private String name(int id) {
    String name = text(btf.getInt(types.get(id)));
    return name.isEmpty() ? "unnamed_%08x".formatted(id) : name;
  }

  private void writeTypes() {
    ObjectNode bases = file.putObject("base_types");
    base(bases, "pointer", 8);
    ObjectNode users = file.putObject("user_types");
    ObjectNode enums = file.putObject("enums");
    for (int id = 1; id < types.size(); id++) {
      int at = types.get(id);
      switch (kind(at)) {
        case 1, 16 -> base(bases, name(id), btf.getInt(at + 8));
        case 4, 5 -> {
          if (!users.has(name(id))) {
            struct(users.putObject(name(id)), at);
          }
        }
        case 6, 19 -> {
          ObjectNode constants =
              enums
                  .putObject(name(id))
                  .put("size", btf.getInt(at + 8))
                  .put("base", "int")
                  .putObject("constants");
          int stride = kind(at) == 6 ? 8 : 12;
          for (int i = 0; i < (btf.getInt(at + 4) & 0xffff); i++) {
            int constant = at + 12 + i * stride;
            constants.put(text(btf.getInt(constant)), btf.getInt(constant + 4));
          }
        }
        default -> {
          // Has no table of its own.
        }
      }
    }
  }

  private static void base(ObjectNode bases, String name, int size) {
    bases
        .putObject(name)
        .put("size", size)
        .put("signed", false)
        .put("kind", "int")
        .put("endian", "little");
  }

  private void struct(ObjectNode node, int at) {
    node.put("size", btf.getInt(at + 8)).put("kind", kind(at) == 4 ? "struct" : "union");
    ObjectNode fields = node.putObject("fields");
    boolean withWidth = btf.getInt(at + 4) < 0;
    for (int i = 0; i < (btf.getInt(at + 4) & 0xffff); i++) {
      int member = at + 12 + 12 * i;
      String name = text(btf.getInt(member));
      int place = btf.getInt(member + 8);
      int bit = withWidth ? place & 0xff_ffff : place;
      int width = withWidth ? place >>> 24 : 0;
      ObjectNode field = fields.putObject(name.isEmpty() ? "unnamed_field_" + i : name);
      ObjectNode type = type(btf.getInt(member + 4), 0);
      if (width > 0) {
        field.put("offset", bit / 32 * 4);
        field
            .putObject("type")
            .put("kind", "bitfield")
            .put("bit_position", bit % 32)
            .put("bit_length", width)
            .set("type", type);
      } else {
        field.put("offset", bit / 8).set("type", type);
      }
      if (name.isEmpty()) {
        field.put("anonymous", true);
      }
    }
  }

  private ObjectNode type(int id, int depth) {
    ObjectNode node = JSON.createObjectNode();
    if (id == 0 || depth > 20) {
      return node.put("kind", "base").put("name", "void");
    }
    int at = types.get(id);
    switch (kind(at)) {
      case 1, 16 -> node.put("kind", "base").put("name", name(id));
      case 2 ->
          node.put("kind", "pointer")
              .set("subtype", JSON.createObjectNode().put("kind", "base").put("name", "void"));
      case 3 ->
          node.put("kind", "array")
              .put("count", btf.getInt(at + 20))
              .set("subtype", type(btf.getInt(at + 12), depth + 1));
      case 4, 7 -> node.put("kind", "struct").put("name", name(id));
      case 5 -> node.put("kind", "union").put("name", name(id));
      case 6, 19 -> node.put("kind", "enum").put("name", name(id));
      case 8, 9, 10, 11, 18 -> {
        return type(btf.getInt(at + 8), depth + 1);
      }
      default -> node.put("kind", "function");
    }
    return node;
  }

  SymbolFileWriter banner(String text) {
    symbols
        .withObject("linux_banner")
        .put("constant_data", (text + "\n\0").getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  SymbolFileWriter symbol(String name, long address) {
    symbols
        .withObject(name)
        .put("address", new java.math.BigInteger(Long.toUnsignedString(address)));
    return this;
  }

  byte[] json() {
    return file.toString().getBytes(StandardCharsets.UTF_8);
  }
}
