package io.nestwalk.report;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.nestwalk.answer.AnswerSchemas;
import java.util.List;

/** The published schemas, with a validator that knows nothing of the program. */
final class Schemas {

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private Schemas() {}

  static Schema get(String name) {
    return REGISTRY.getSchema(AnswerSchemas.named(name).orElseThrow().toString());
  }

  /** What is wrong with a document, a line each. */
  static List<String> faults(String schema, String json) {
    return get(schema).validate(json, InputFormat.JSON).stream().map(Object::toString).toList();
  }
}
