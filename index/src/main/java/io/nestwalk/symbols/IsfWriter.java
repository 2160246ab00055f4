package io.nestwalk.symbols;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nestwalk.image.AddressRange;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import io.nestwalk.types.TypeDescription;
import io.nestwalk.types.TypeDescription.BaseKind;
import io.nestwalk.types.TypeTable;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes what is known of a Linux kernel in the intermediate symbol format (schema 6.2.0) that
 * Volatility 3 reads. Addresses are those that the kernel was linked for, so that one file serves
 * every start of that build.
 */
public final class IsfWriter {

  private static final String FORMAT = "6.2.0";
  private static final String BANNER = "linux_banner";
  private static final String CHARACTER = "char";
  private static final String VOID = "void";

  private final TypeTable types;
  private final Map<String, TypeDescription.Base> bases = new TreeMap<>();
  private JsonGenerator out;

  /**
   * A writer of one kernel's file.
   *
   * @param types the kernel's
   */
  public IsfWriter(TypeTable types) {
    this.types = types;
  }

  /**
   * Which kernel it is and how it lies.
   *
   * @param banner its line about itself, with its line end, by which Volatility knows it
   * @param image where the kernel's image lies: what is outside of it does not move
   * @param slide how far it was moved from where it was linked for
   */
  public record Identity(String banner, AddressRange image, long slide) {}

  /**
   * Writes the file.
   *
   * @param version of the program that writes it, three numbers with dots
   * @return how many symbols it has
   */
  public int write(OutputStream stream, KernelSymbols symbols, Identity identity, String version)
      throws IOException {
    try (JsonGenerator generator = new JsonFactory().createGenerator(stream)) {
      out = generator;
      out.writeStartObject();
      metadata(version);
      structures();
      enumerations();
      int count = symbols(symbols, identity);
      baseTypes();
      out.writeEndObject();
      return count;
    }
  }

  private void metadata(String version) throws IOException {
    out.writeObjectFieldStart("metadata");
    out.writeObjectFieldStart("linux");
    out.writeArrayFieldStart("symbols");
    out.writeStartObject();
    out.writeStringField("kind", "symtab");
    out.writeStringField("name", "kallsyms");
    out.writeEndObject();
    out.writeEndArray();
    // The format has no word for BTF.
    out.writeArrayFieldStart("types");
    out.writeEndArray();
    out.writeEndObject();
    out.writeObjectFieldStart("producer");
    out.writeStringField("name", "nestwalk");
    out.writeStringField("version", version);
    out.writeEndObject();
    out.writeStringField("format", FORMAT);
    out.writeEndObject();
  }

  private void structures() throws IOException {
    List<TypeTable.Structure> announced = new ArrayList<>();
    Set<String> written = new HashSet<>();
    out.writeObjectFieldStart("user_types");
    List<TypeTable.Structure> all = new ArrayList<>();
    types.forEachStruct(all::add);
    for (TypeTable.Structure each : all) {
      if (each.size() == 0 && each.members().isEmpty()) {
        announced.add(each);
      } else if (written.add(each.name())) {
        structure(each);
      }
    }
    for (TypeTable.Structure each : announced) {
      if (written.add(each.name())) {
        structure(each);
      }
    }
    out.writeEndObject();
  }

  private void structure(TypeTable.Structure struct) throws IOException {
    out.writeObjectFieldStart(struct.name());
    out.writeNumberField("size", struct.size());
    out.writeStringField("kind", struct.union() ? "union" : "struct");
    out.writeObjectFieldStart("fields");
    Set<String> names = new HashSet<>();
    for (TypeTable.Member member : struct.members()) {
      boolean anonymous = member.name().isEmpty();
      String name = anonymous ? "unnamed_field_%x".formatted(member.offset()) : member.name();
      while (!names.add(name)) {
        name += "_";
      }
      out.writeObjectFieldStart(name);
      out.writeFieldName("type");
      type(member.type());
      out.writeNumberField("offset", member.offset());
      if (anonymous) {
        out.writeBooleanField("anonymous", true);
      }
      out.writeEndObject();
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  private void enumerations() throws IOException {
    Set<String> written = new HashSet<>();
    List<TypeTable.Constants> all = new ArrayList<>();
    types.forEachEnumeration(all::add);
    out.writeObjectFieldStart("enums");
    for (TypeTable.Constants each : all) {
      if (written.add(each.name())) {
        TypeDescription.Base base = numberOf(each.size(), each.signed());
        bases.putIfAbsent(base.name(), base);
        out.writeObjectFieldStart(each.name());
        out.writeNumberField("size", each.size());
        out.writeStringField("base", base.name());
        out.writeObjectFieldStart("constants");
        for (Map.Entry<String, Long> value : each.values().entrySet()) {
          boolean whole = each.size() == Long.BYTES && !each.signed();
          out.writeNumberField(
              value.getKey(),
              whole ? unsigned(value.getValue()) : BigInteger.valueOf(value.getValue()));
        }
        out.writeEndObject();
        out.writeEndObject();
      }
    }
    out.writeEndObject();
  }

  private static TypeDescription.Base numberOf(int size, boolean signed) {
    return switch (size) {
      case 1 -> new TypeDescription.Base("unsigned char", 1, false, BaseKind.CHARACTER);
      case 2 -> new TypeDescription.Base("short unsigned int", 2, false, BaseKind.INTEGER);
      case 8 -> new TypeDescription.Base("long unsigned int", 8, false, BaseKind.INTEGER);
      default ->
          signed
              ? new TypeDescription.Base("int", 4, true, BaseKind.INTEGER)
              : new TypeDescription.Base("unsigned int", 4, false, BaseKind.INTEGER);
    };
  }

  /** The first of several symbols of one name is the one that is looked up by it. */
  private int symbols(KernelSymbols symbols, Identity identity) throws IOException {
    Map<String, Symbol> first = new TreeMap<>();
    symbols.forEach(
        symbol -> {
          if (symbol.module().isEmpty() && !symbol.name().isEmpty()) {
            first.putIfAbsent(symbol.name(), symbol);
          }
        });
    Map<String, TypeDescription> variables = types.variables();
    out.writeObjectFieldStart("symbols");
    for (Symbol symbol : first.values()) {
      long address = symbol.address();
      out.writeObjectFieldStart(symbol.name());
      out.writeNumberField(
          "address",
          unsigned(identity.image().contains(address) ? address - identity.slide() : address));
      if (symbol.name().equals(BANNER)) {
        banner(identity.banner());
      } else {
        TypeDescription type = variables.get(symbol.name());
        if (type != null || symbol.isCode()) {
          out.writeFieldName("type");
          type(type == null ? TypeDescription.FUNCTION : type);
        }
      }
      out.writeEndObject();
    }
    out.writeEndObject();
    return first.size();
  }

  private static BigInteger unsigned(long address) {
    return new BigInteger(Long.toUnsignedString(address));
  }

  /** Volatility compares the bytes, with the zero at their end. */
  private void banner(String text) throws IOException {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
    TypeDescription.Base character =
        new TypeDescription.Base(CHARACTER, 1, true, BaseKind.CHARACTER);
    out.writeFieldName("type");
    type(new TypeDescription.Array(bytes.length, character));
    out.writeFieldName("constant_data");
    out.writeBinary(bytes);
  }

  private void type(TypeDescription type) throws IOException {
    out.writeStartObject();
    switch (type) {
      case TypeDescription.Plain plain -> {
        boolean nothing = plain.equals(TypeDescription.VOID);
        out.writeStringField("kind", nothing ? "base" : "function");
        if (nothing) {
          out.writeStringField("name", VOID);
        }
      }
      case TypeDescription.Base base -> {
        bases.putIfAbsent(base.name(), base);
        out.writeStringField("kind", "base");
        out.writeStringField("name", base.name());
      }
      case TypeDescription.Pointer(TypeDescription target) -> {
        out.writeStringField("kind", "pointer");
        out.writeFieldName("subtype");
        type(target);
      }
      case TypeDescription.Array(long count, TypeDescription element) -> {
        out.writeStringField("kind", "array");
        out.writeNumberField("count", count);
        out.writeFieldName("subtype");
        type(element);
      }
      case TypeDescription.Struct(String name, boolean union) -> {
        out.writeStringField("kind", union ? "union" : "struct");
        out.writeStringField("name", name);
      }
      case TypeDescription.Enumeration(String name) -> {
        out.writeStringField("kind", "enum");
        out.writeStringField("name", name);
      }
      case TypeDescription.Bits(int position, int length, TypeDescription value) -> {
        out.writeStringField("kind", "bitfield");
        out.writeNumberField("bit_position", position);
        out.writeNumberField("bit_length", length);
        out.writeFieldName("type");
        type(value);
      }
    }
    out.writeEndObject();
  }

  private void baseTypes() throws IOException {
    bases.putIfAbsent(
        "pointer",
        new TypeDescription.Base("pointer", types.pointerSize(), false, BaseKind.INTEGER));
    out.writeObjectFieldStart("base_types");
    for (TypeDescription.Base base : bases.values()) {
      baseType(base.name(), base.size(), base.signed(), nameOf(base.kind()));
    }
    baseType(VOID, 0, false, VOID);
    out.writeEndObject();
  }

  private static String nameOf(BaseKind kind) {
    return switch (kind) {
      case INTEGER -> "int";
      case CHARACTER -> CHARACTER;
      case BOOLEAN -> "bool";
      case FLOAT -> kind.name().toLowerCase(Locale.ROOT);
    };
  }

  private void baseType(String name, int size, boolean signed, String kind) throws IOException {
    out.writeObjectFieldStart(name);
    out.writeNumberField("size", size);
    out.writeBooleanField("signed", signed);
    out.writeStringField("kind", kind);
    out.writeStringField("endian", "little");
    out.writeEndObject();
  }
}
