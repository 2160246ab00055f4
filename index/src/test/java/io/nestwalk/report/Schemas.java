package io.nestwalk.report;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The published schemas, with a validator that knows nothing of the program. */
final class Schemas {

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private Schemas() {}

  static Schema get(String name) throws IOException {
    try (InputStream in = Reports.class.getResourceAsStream("schema/" + name + ".schema.json")) {
      return REGISTRY.getSchema(in);
    }
  }

  /** What is wrong with a document, a line each. */
  static List<String> faults(String schema, String json) throws IOException {
    return get(schema).validate(json, InputFormat.JSON).stream().map(Object::toString).toList();
  }
}
