package io.nestwalk.image.qemu;

import io.nestwalk.image.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * A field of a device's state.
 *
 * @param name such as "env.cr[3]"
 * @param type such as "uint64", "struct", "buffer"
 * @param size of one element in bytes
 * @param count how many elements follow one another; 1 for a field that is no array
 * @param index the number of the first element where an array is described in parts; -1 otherwise
 * @param members what each element consists of, empty when it is a plain value
 * @param subsections what follows the members within each element
 */
record Field(
    String name,
    String type,
    long size,
    long count,
    long index,
    List<Field> members,
    List<Section> subsections) {

  static Field value(String name, int size, long count) {
    return new Field(name, "uint" + size * 8, size, count, -1, List.of(), List.of());
  }

  /** The fields of a description, or of a structure in it. */
  static List<Field> allOf(JsonObject structure) {
    List<Field> fields = new ArrayList<>();
    for (JsonObject field : structure.objects("fields")) {
      JsonObject inner = field.object("struct");
      fields.add(
          new Field(
              field.text("name"),
              field.text("type"),
              field.number("size", -1),
              field.number("array_len", 1),
              field.number("index", -1),
              inner == null ? List.of() : allOf(inner),
              inner == null ? List.of() : Section.allOf(inner)));
    }
    return fields;
  }
}
