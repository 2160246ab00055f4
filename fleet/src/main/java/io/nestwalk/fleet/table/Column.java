package io.nestwalk.fleet.table;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** What a value of an answer is in a table. Every column may be absent, as every key may. */
sealed interface Column {

  /** A whole number. */
  record Whole() implements Column {}

  /** A number with a fraction. */
  record Real() implements Column {}

  /** True or false. */
  record Truth() implements Column {}

  /** A text, see {@link LosslessText}. */
  record Text() implements Column {}

  /** What has no one form: its JSON as a text. */
  record Free() implements Column {}

  /**
   * Several of a kind.
   *
   * @param item what each is
   */
  record Several(Column item) implements Column {}

  /**
   * Values under names that no schema lists.
   *
   * @param value what each is
   */
  record Named(Column value) implements Column {}

  /**
   * Values under names that the schema lists.
   *
   * @param columns by name, in the schema's order
   */
  record Parts(Map<String, Column> columns) implements Column {
    /** Copies the map and keeps its order. */
    public Parts {
      columns = new LinkedHashMap<>(columns);
    }
  }

  /**
   * The column of what a JSON Schema describes. A text that is always the same (what a row is
   * about) is no column.
   *
   * @param schema a schema, or a part of one
   * @param definitions what its references name
   */
  static Column of(JsonNode schema, JsonNode definitions) {
    String reference = schema.path("$ref").asText("");
    if (!reference.isEmpty()) {
      return of(definitions.path(reference.substring(reference.lastIndexOf('/') + 1)), definitions);
    }
    if (schema.path("const").isBoolean()) {
      return new Truth();
    }
    return switch (schema.path("type").asText(schema.has("anyOf") ? "any" : "string")) {
      case "integer" -> new Whole();
      case "number" -> new Real();
      case "boolean" -> new Truth();
      case "string" -> new Text();
      case "array" -> new Several(of(schema.path("items"), definitions));
      case "object" -> object(schema, definitions);
      default -> new Free();
    };
  }

  private static Column object(JsonNode schema, JsonNode definitions) {
    if (schema.path("properties").isEmpty()) {
      return schema.path("additionalProperties").isObject()
          ? new Named(of(schema.path("additionalProperties"), definitions))
          : new Free();
    }
    Map<String, Column> columns = new LinkedHashMap<>();
    schema.path("properties").properties().stream()
        .filter(each -> !each.getValue().path("const").isTextual())
        .forEach(each -> columns.put(each.getKey(), of(each.getValue(), definitions)));
    return new Parts(columns);
  }

  /** The type of the column in a Parquet file. */
  default Type type(String name) {
    return switch (this) {
      case Whole _ -> Types.optional(PrimitiveTypeName.INT64).named(name);
      case Real _ -> Types.optional(PrimitiveTypeName.DOUBLE).named(name);
      case Truth _ -> Types.optional(PrimitiveTypeName.BOOLEAN).named(name);
      case Text _, Free _ ->
          Types.optional(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .named(name);
      case Several several ->
          Types.optionalList().element(several.item().type("element")).named(name);
      case Named named ->
          Types.optionalMap()
              .key(
                  Types.required(PrimitiveTypeName.BINARY)
                      .as(LogicalTypeAnnotation.stringType())
                      .named("key"))
              .value(named.value().type("value"))
              .named(name);
      case Parts parts -> {
        Types.GroupBuilder<org.apache.parquet.schema.GroupType> group = Types.optionalGroup();
        parts.columns().forEach((key, column) -> group.addField(column.type(key)));
        yield group.named(name);
      }
    };
  }
}
