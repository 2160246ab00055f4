package io.nestwalk.image.qemu;

import io.nestwalk.image.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What the stream holds of a device, or a subsection of that.
 *
 * @param name the device's, such as "cpu"; the name in the description for a subsection
 * @param instance tells devices of one name apart: the CPU's number
 * @param fields in the order in which they stand in the stream
 * @param subsections in their order behind the fields; only those that were written
 */
record Section(String name, long instance, List<Field> fields, List<Section> subsections) {

  /** The subsections of a device or structure. */
  static List<Section> allOf(JsonObject parent) {
    List<Section> sections = new ArrayList<>();
    for (JsonObject section : parent.objects("subsections")) {
      sections.add(of(section, section.text("vmsd_name")));
    }
    return sections;
  }

  /** A device or subsection. */
  static Section of(JsonObject section, String name) {
    return new Section(
        name, section.number("instance_id", 0), Field.allOf(section), allOf(section));
  }
}
