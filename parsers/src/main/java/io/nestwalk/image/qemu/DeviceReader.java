package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import java.util.HashMap;
import java.util.Map;

/** Walks over a device's state by its description, and collects values on the way. */
final class DeviceReader {

  /** A subsection within a device: this byte, a name, a version. */
  private static final int SUBSECTION = 5;

  /** Arrays of plain values with more elements are noted by their place only. */
  private static final int MAX_ELEMENTS = 64;

  /** A CPU has about a thousand values. */
  private static final int MAX_COLLECTED = 1 << 14;

  private final StreamReader reader;
  private final boolean collects;
  private final Map<String, Long> values = new HashMap<>();
  private final Map<String, Long> places = new HashMap<>();

  private DeviceReader(StreamReader reader, boolean collects) {
    this.reader = reader;
    this.collects = collects;
  }

  /** Moves the reader behind the device's state. */
  static void skip(StreamReader reader, Section device) throws ImageException {
    new DeviceReader(reader, false).section("", device);
  }

  /** Reads the device's state; the reader is behind it then. */
  static DeviceState read(StreamReader reader, Section device) throws ImageException {
    DeviceReader walk = new DeviceReader(reader, true);
    walk.section("", device);
    return new DeviceState(walk.values, walk.places);
  }

  private void section(String prefix, Section section) throws ImageException {
    for (Field field : section.fields()) {
      field(prefix, field);
    }
    subsections(prefix, section.subsections());
  }

  private void subsections(String prefix, Iterable<Section> subsections) throws ImageException {
    for (Section subsection : subsections) {
      if (reader.readByte() != SUBSECTION || !reader.readName().equals(subsection.name())) {
        throw reader.fault("subsection %s is described here".formatted(subsection.name()));
      }
      reader.skip(Integer.BYTES); // its version
      section(prefix, subsection);
    }
  }

  private void field(String prefix, Field field) throws ImageException {
    reader.step();
    long size = field.size();
    long count = field.count();
    if (size < 0 || count < 0 || (size > 0 && count > Long.MAX_VALUE / size)) {
      throw reader.fault("field %s has the size %d".formatted(field.name(), size));
    }
    long start = reader.position();
    if (collects && field.members().isEmpty()) {
      plain(prefix + field.name(), field);
      reader.seek(start);
    } else if (collects) {
      for (long i = 0; i < count; i++) {
        String element = prefix + element(field, i) + ".";
        long from = reader.position();
        reader.step();
        for (Field member : field.members()) {
          field(element, member);
        }
        subsections(element, field.subsections());
        if (reader.position() - from != size) {
          throw reader.fault("%s is not %d bytes long".formatted(field.name(), size));
        }
      }
      return;
    }
    reader.skip(size * count);
  }

  private void plain(String name, Field field) throws ImageException {
    if (places.size() >= MAX_COLLECTED) {
      throw reader.fault("a device with more than %d fields".formatted(MAX_COLLECTED));
    }
    places.put(name, reader.position());
    int size = (int) field.size();
    if (field.count() > MAX_ELEMENTS || (size != 1 && size != 2 && size != 4 && size != 8)) {
      return;
    }
    for (int i = 0; i < field.count(); i++) {
      long value = reader.readValue(size);
      values.put(
          field.count() == 1 && field.index() < 0 ? name : name + "[" + number(field, i) + "]",
          value);
    }
  }

  private static String element(Field field, long i) {
    return field.count() == 1 && field.index() < 0
        ? field.name()
        : field.name() + "[" + number(field, i) + "]";
  }

  private static long number(Field field, long i) {
    return Math.max(0, field.index()) + i;
  }
}
