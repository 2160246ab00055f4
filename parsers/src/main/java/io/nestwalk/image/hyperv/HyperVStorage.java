package io.nestwalk.image.hyperv;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The keys of a HyperVStorage file, by their paths. An object table names the key tables; each key
 * names its parent by table and offset.
 *
 * @param entries the keys by where they stand
 */
record HyperVStorage(Map<Place, Entry> entries) {

  private static final byte[] MAGIC = {0x14, 0x20, 0x28, 0x01};

  private static final int OBJECTS = 0x2000;
  private static final long OBJECTS_MAGIC = 0x01110001L;
  private static final int OBJECT_SIZE = 18;
  private static final int TYPE_KEYS = 2;
  private static final int MAX_OBJECTS = 1 << 16;

  private static final int TABLE_HEADER = 10;
  private static final int TABLE_MARK = 2;
  private static final int KEY_HEADER = 21;
  private static final int TYPE_NODE = 9;
  private static final int TYPE_TEXT = 6;
  private static final int MAX_KEYS = 1 << 18;
  private static final int MAX_NAME = 255;
  private static final int MAX_TEXT = 512;
  private static final int MAX_DEPTH = 32;

  /** Where a key stands: the index of its table and the offset in that. */
  record Place(int table, long offset) {}

  /** A key: its name, where its parent stands, the type of its value and where that stands. */
  record Entry(String name, Place parent, int type, long value) {}

  private record Table(int sequence, long offset, long end) {}

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, MAGIC);
  }

  static HyperVStorage read(ImageFile file) throws ImageException {
    Map<Place, Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<Integer, Table> table : tables(file).entrySet()) {
      readTable(file, table.getKey(), table.getValue(), entries);
    }
    return new HyperVStorage(entries);
  }

  /** How many keys with a value have a name of that form. */
  long count(Pattern name) {
    return entries.values().stream()
        .filter(entry -> entry.type != TYPE_NODE && name.matcher(entry.name).matches())
        .count();
  }

  /** The number at that path. */
  OptionalLong number(ImageFile file, String path) throws ImageException {
    Optional<Entry> entry = find(path).filter(found -> file.holds(found.value, Long.BYTES));
    return entry.isPresent()
        ? OptionalLong.of(file.longAt(entry.get().value))
        : OptionalLong.empty();
  }

  /** The text at that path, with what can't be printed made visible. */
  Optional<String> text(ImageFile file, String path) throws ImageException {
    Optional<Entry> entry = find(path).filter(found -> found.type == TYPE_TEXT);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    long value = entry.get().value;
    long bytes = Math.min(file.intAt(value), MAX_TEXT);
    StringBuilder text = new StringBuilder();
    for (long at = 0; at + 1 < bytes; at += 2) {
      char c = (char) file.shortAt(value + Integer.BYTES + at);
      if (c == 0) {
        break;
      }
      text.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return Optional.of(text.toString());
  }

  /** The key with a value at a path: the names from the root on, each behind a "/". */
  private Optional<Entry> find(String path) {
    String leaf = path.substring(path.lastIndexOf('/') + 1);
    return entries.entrySet().stream()
        .filter(e -> e.getValue().type != TYPE_NODE && e.getValue().name.equals(leaf))
        .filter(e -> path(e.getKey()).equals(path))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** The key tables by their index; of several with one index the newest counts. */
  private static Map<Integer, Table> tables(ImageFile file) throws ImageException {
    if (file.intAt(OBJECTS) != OBJECTS_MAGIC) {
      throw new ImageException(file.name(), OBJECTS, "no object table");
    }
    Map<Integer, Table> tables = new HashMap<>();
    long count = Math.min(file.intAt(OBJECTS + 4), MAX_OBJECTS);
    for (int i = 0; i < count; i++) {
      long at = OBJECTS + 8L + (long) i * OBJECT_SIZE;
      if (!file.holds(at, OBJECT_SIZE)) {
        break;
      }
      long offset = file.longAt(at + 5);
      long size = file.intAt(at + 13);
      if (file.byteAt(at) != TYPE_KEYS
          || !file.holds(offset, size)
          || size < TABLE_HEADER
          || file.shortAt(offset) != TABLE_MARK) {
        continue;
      }
      Table table = new Table(file.shortAt(offset + 4), offset, offset + size);
      tables.merge(file.shortAt(offset + 2), table, (a, b) -> b.sequence > a.sequence ? b : a);
    }
    return tables;
  }

  private static void readTable(ImageFile file, int index, Table table, Map<Place, Entry> entries)
      throws ImageException {
    long at = table.offset + TABLE_HEADER;
    while (table.end - at >= KEY_HEADER && entries.size() < MAX_KEYS) {
      long size = file.intAt(at + 2);
      int dataOffset = file.byteAt(at + 20);
      if (size < KEY_HEADER || size > table.end - at) {
        return; // the rest of the table is free
      }
      int nameSize = (int) Math.min(Math.min(size - KEY_HEADER, dataOffset), MAX_NAME);
      Place place = new Place(index, at - table.offset);
      entries.put(
          place,
          new Entry(
              file.textAt(at + KEY_HEADER, nameSize),
              new Place(file.shortAt(at + 6), file.intAt(at + 8)),
              file.byteAt(at),
              at + KEY_HEADER + dataOffset));
      at += size;
    }
  }

  private String path(Place leaf) {
    StringBuilder path = new StringBuilder();
    Place place = leaf;
    for (int depth = 0; depth < MAX_DEPTH && entries.containsKey(place); depth++) {
      Entry entry = entries.get(place);
      path.insert(0, "/" + entry.name);
      place = entry.parent;
    }
    return path.toString();
  }
}
