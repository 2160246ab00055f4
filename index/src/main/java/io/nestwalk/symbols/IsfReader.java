package io.nestwalk.symbols;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.nestwalk.types.PdbId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the intermediate symbol format, version 6 (Volatility 3, schema-6.x.json), as a stream: the
 * sections may stand in any order, and keys that are not known are skipped.
 */
final class IsfReader {

  // Debian's kernels have 10,000 structures with 100,000 members, and 200,000 symbols.
  private static final int MAX_STRUCTS = 1 << 18;
  private static final int MAX_MEMBERS = 1 << 21;
  private static final int MAX_SYMBOLS = 1 << 21;
  private static final int MAX_CONSTANTS = 1 << 20;

  private static final String BANNER = "linux_banner";
  private static final Pattern GUID = Pattern.compile("[0-9A-Fa-f]{32}");

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(64)
                  .maxNameLength(4096)
                  .maxStringLength(1 << 16)
                  .maxNumberLength(32)
                  .build())
          .build();

  private final String source;
  private final Map<String, Integer> baseSizes = new HashMap<>();
  private final Map<String, Integer> enumSizes = new HashMap<>();
  private final Map<String, Long> constants = new HashMap<>();
  private final Map<String, IsfStruct> structs = new HashMap<>();
  private final Map<String, Long> symbols = new HashMap<>();
  private final Map<IsfType.Named, IsfType.Named> named = new HashMap<>();
  private JsonParser in;
  private int members;
  private Optional<String> banner = Optional.empty();
  private Optional<PdbId> pdb = Optional.empty();

  IsfReader(String source) {
    this.source = source;
  }

  /** What happens with the value of one key; the parser stands at its first token. */
  @FunctionalInterface
  private interface ValueReader {
    void read(String key) throws IOException;
  }

  SymbolFile read(InputStream stream) throws IOException {
    try (JsonParser parser = JSON.createParser(stream)) {
      in = parser;
      in.nextToken();
      forEach("the file", this::section);
      if (structs.isEmpty()) {
        throw refused("it has no user_types");
      }
      return new SymbolFile(
          source,
          banner,
          pdb,
          new IsfTypes(baseSizes, enumSizes, structs, constants),
          new IsfSymbols(symbols));
    }
  }

  private void section(String name) throws IOException {
    switch (name) {
      case "metadata" -> forEach(name, this::metadata);
      case "base_types" -> forEach(name, this::baseType);
      case "user_types" -> forEach(name, this::struct);
      case "enums" -> forEach(name, this::enumeration);
      case "symbols" -> forEach(name, this::symbol);
      default -> in.skipChildren();
    }
  }

  /** Shows the values of an object one by one; what is left of each is skipped. */
  private void forEach(String what, ValueReader reader) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      throw refused(what + " is no object");
    }
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String key = in.currentName();
      in.nextToken();
      reader.read(key);
    }
  }

  private void metadata(String key) throws IOException {
    switch (key) {
      case "windows" ->
          forEach(
              key,
              part -> {
                if (part.equals("pdb")) {
                  windowsPdb();
                } else {
                  in.skipChildren();
                }
              });
      case "mac" -> throw refused("its symbols are of mac, not of Linux or Windows");
      default -> in.skipChildren();
    }
  }

  /** {@code metadata.windows.pdb}: which build of the kernel the file is for. */
  private void windowsPdb() throws IOException {
    String[] name = {""};
    String[] guid = {""};
    int[] age = {0};
    forEach(
        "pdb",
        key -> {
          switch (key) {
            case "GUID" -> guid[0] = in.getText();
            case "age" -> age[0] = size();
            case "database" -> name[0] = in.getText();
            default -> in.skipChildren();
          }
        });
    if (!GUID.matcher(guid[0]).matches()) {
      throw refused("its GUID is not 32 hexadecimal digits");
    }
    pdb = Optional.of(new PdbId(name[0], guid[0].toUpperCase(Locale.ROOT), age[0]));
  }

  private void baseType(String name) throws IOException {
    int[] size = {0};
    forEach(name, key -> size[0] = key.equals("size") ? size() : skipped(size[0]));
    limited(baseSizes, name, size[0], MAX_STRUCTS);
  }

  private void enumeration(String name) throws IOException {
    int[] size = {0};
    forEach(
        name,
        key -> {
          switch (key) {
            case "size" -> size[0] = size();
            case "constants" ->
                forEach(key, constant -> limited(constants, constant, integer(), MAX_CONSTANTS));
            default -> in.skipChildren();
          }
        });
    limited(enumSizes, name, size[0], MAX_STRUCTS);
  }

  private void struct(String name) throws IOException {
    int[] size = {0};
    Map<String, IsfStruct.Member> own = new HashMap<>();
    List<IsfStruct.Member> anonymous = new ArrayList<>(0);
    forEach(
        name,
        key -> {
          switch (key) {
            case "size" -> size[0] = size();
            case "fields" -> forEach(key, member -> member(member, own, anonymous));
            default -> in.skipChildren();
          }
        });
    limited(
        structs,
        name,
        new IsfStruct(size[0], Map.copyOf(own), List.copyOf(anonymous)),
        MAX_STRUCTS);
  }

  private void member(
      String name, Map<String, IsfStruct.Member> own, List<IsfStruct.Member> anonymous)
      throws IOException {
    if (++members > MAX_MEMBERS) {
      throw refused("more than %d members".formatted(MAX_MEMBERS));
    }
    int[] offset = {0};
    boolean[] nameless = {false};
    IsfType[] type = {IsfType.OTHER};
    forEach(
        name,
        key -> {
          switch (key) {
            case "offset" -> offset[0] = size();
            case "anonymous" -> nameless[0] = in.currentToken() == JsonToken.VALUE_TRUE;
            case "type" -> type[0] = type();
            default -> in.skipChildren();
          }
        });
    IsfStruct.Member member = new IsfStruct.Member(offset[0], type[0]);
    if (nameless[0]) {
      anonymous.add(member);
    } else {
      own.put(name, member);
    }
  }

  /** A type descriptor; its depth is bounded by that of the JSON. */
  private IsfType type() throws IOException {
    String[] kind = {""};
    String[] name = {""};
    int[] count = {0};
    int[] position = {0};
    int[] length = {0};
    IsfType[] element = {IsfType.OTHER};
    forEach(
        "a type",
        key -> {
          switch (key) {
            case "kind" -> kind[0] = in.getText();
            case "name" -> name[0] = in.getText();
            case "count" -> count[0] = size();
            case "bit_position" -> position[0] = size();
            case "bit_length" -> length[0] = size();
            case "subtype" -> element[0] = type();
            default -> in.skipChildren();
          }
        });
    return switch (kind[0]) {
      case "pointer" -> IsfType.POINTER;
      case "array" -> new IsfType.Array(count[0], element[0]);
      case "base" -> named(IsfType.Table.BASE, name[0]);
      case "enum" -> named(IsfType.Table.ENUM, name[0]);
      case "struct", "union", "class" -> named(IsfType.Table.STRUCT, name[0]);
      case "bitfield" -> {
        if (length[0] == 0 || length[0] > Long.SIZE || position[0] > Long.SIZE) {
          throw refused("a bit field of %d bits at bit %d".formatted(length[0], position[0]));
        }
        yield new IsfType.Bits(position[0], length[0]);
      }
      default -> IsfType.OTHER;
    };
  }

  /** One object for all members of one type. */
  private IsfType.Named named(IsfType.Table table, String name) {
    return named.computeIfAbsent(new IsfType.Named(table, name), key -> key);
  }

  private void symbol(String name) throws IOException {
    long[] address = {0};
    forEach(
        name,
        key -> {
          switch (key) {
            case "address" -> address[0] = integer();
            case "constant_data" -> {
              if (name.equals(BANNER)) {
                banner = bannerOf(in.getBinaryValue());
              }
            }
            default -> in.skipChildren();
          }
        });
    // What has a type but no known place has the address 0.
    if (address[0] != 0) {
      limited(symbols, name, address[0], MAX_SYMBOLS);
    }
  }

  /** The text up to its line end or zero. */
  private static Optional<String> bannerOf(byte[] data) {
    int end = 0;
    while (end < data.length && data[end] != 0 && data[end] != '\n') {
      end++;
    }
    String text = new String(data, 0, end, StandardCharsets.US_ASCII);
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private <T> void limited(Map<String, T> map, String name, T value, int limit)
      throws JsonParseException {
    if (map.size() >= limit) {
      throw refused("more than %d entries like '%s'".formatted(limit, name));
    }
    map.putIfAbsent(name, value);
  }

  private int skipped(int value) throws IOException {
    in.skipChildren();
    return value;
  }

  /** A size, offset or count. */
  private int size() throws IOException {
    long value = integer();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw refused("%s is %d".formatted(in.currentName(), value));
    }
    return (int) value;
  }

  /** A number of up to 64 bits, signed or not. */
  private long integer() throws IOException {
    if (in.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw refused("%s is no whole number".formatted(in.currentName()));
    }
    if (in.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        && in.getBigIntegerValue().bitLength() > Long.SIZE) {
      throw refused("%s is larger than 64 bits".formatted(in.currentName()));
    }
    return in.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? in.getBigIntegerValue().longValue()
        : in.getLongValue();
  }

  private JsonParseException refused(String rule) {
    return new JsonParseException(in, rule);
  }
}
