package io.nestwalk.image.hyperv;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The keys of a HyperVStorage file, by their paths. Object tables, of which each may name a further
 * one, name the key tables; each key names its parent by table and offset. A large value stands
 * apart, and its key tells where.
 *
 * @param entries the keys by where they stand
 * @param byName where the keys with a value stand, by their names
 * @param warnings what was not read
 */
record HyperVStorage(
    Map<Place, Entry> entries, Map<String, List<Place>> byName, List<String> warnings) {

  private static final byte[] MAGIC = {0x14, 0x20, 0x28, 0x01};

  private static final long OBJECTS = 0x2000;
  private static final long OBJECTS_MAGIC = 0x01110001L;
  private static final int OBJECTS_HEADER = 8;
  private static final int OBJECT_SIZE = 18;
  private static final int TYPE_OBJECTS = 1;
  private static final int TYPE_KEYS = 2;

  /** A saved machine has an object for each MiB of its memory. */
  private static final int MAX_OBJECTS = 1 << 22;

  private static final int TABLE_HEADER = 10;
  private static final int TABLE_MARK = 2;
  private static final int KEY_HEADER = 21;
  private static final int TYPE_FREE = 1;
  private static final int TYPE_NODE = 9;
  private static final int TYPE_TEXT = 6;
  private static final int TYPE_BYTES = 7;
  private static final int FLAG_APART = 1;
  private static final int MAX_KEYS = 1 << 22;
  private static final int MAX_NAME = 255;
  private static final int MAX_TEXT = 512;
  private static final int MAX_DEPTH = 32;

  /** Where a key stands: the index of its table and the offset in that. */
  record Place(int table, long offset) {}

  /**
   * A key.
   *
   * @param name its own, without its parents'
   * @param parent where the key above stands
   * @param type of its value
   * @param isApart whether the value stands apart and only its place is here
   * @param value file offset of the value, or of what tells its place
   */
  record Entry(String name, Place parent, int type, boolean isApart, long value) {}

  /** Bytes of a value: where in the file, and how many. */
  record Bytes(long offset, long length) {}

  private record Table(int sequence, long offset, long end) {}

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, MAGIC);
  }

  static HyperVStorage read(ImageFile file) throws ImageException {
    List<String> warnings = new ArrayList<>();
    Map<Place, Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<Integer, Table> table : tables(file, warnings).entrySet()) {
      readTable(file, table.getKey(), table.getValue(), entries);
    }
    if (entries.size() >= MAX_KEYS) {
      warnings.add("more than %d keys; the rest is not read".formatted(MAX_KEYS));
    }
    Map<String, List<Place>> byName = new HashMap<>();
    entries.forEach(
        (place, entry) -> {
          if (entry.type != TYPE_NODE) {
            byName.computeIfAbsent(entry.name, name -> new ArrayList<>(1)).add(place);
          }
        });
    return new HyperVStorage(entries, byName, List.copyOf(warnings));
  }

  /** The names of keys with a value that are of that form. */
  List<String> names(Pattern form) {
    return byName.keySet().stream().filter(name -> form.matcher(name).matches()).toList();
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
    Optional<Entry> entry = find(path).filter(found -> found.type == TYPE_TEXT && !found.isApart);
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

  /**
   * The bytes at that path, wherever they stand; cut to the file. Empty when there is no such key,
   * or it is of another type.
   */
  Optional<Bytes> bytes(ImageFile file, String path) throws ImageException {
    Optional<Entry> entry = find(path).filter(found -> found.type == TYPE_BYTES);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    long value = entry.get().value;
    if (!file.holds(value, entry.get().isApart ? Integer.BYTES + Long.BYTES : Integer.BYTES)) {
      return Optional.empty();
    }
    long length = file.intAt(value);
    long offset = entry.get().isApart ? file.longAt(value + Integer.BYTES) : value + Integer.BYTES;
    return file.holds(offset, 1) && length > 0
        ? Optional.of(new Bytes(offset, Math.min(length, file.length() - offset)))
        : Optional.empty();
  }

  /** The key with a value at a path: the names from the root on, each behind a "/". */
  private Optional<Entry> find(String path) {
    String leaf = path.substring(path.lastIndexOf('/') + 1);
    return byName.getOrDefault(leaf, List.of()).stream()
        .filter(place -> path(place).equals(path))
        .map(entries::get)
        .findFirst();
  }

  /** The key tables by their index; of several with one index the newest counts. */
  private static Map<Integer, Table> tables(ImageFile file, List<String> warnings)
      throws ImageException {
    if (file.intAt(OBJECTS) != OBJECTS_MAGIC) {
      throw new ImageException(file.name(), OBJECTS, "no object table");
    }
    Map<Integer, Table> tables = new HashMap<>();
    Deque<Long> waiting = new ArrayDeque<>(List.of(OBJECTS));
    Set<Long> seen = new HashSet<>(waiting);
    int objects = 0;
    while (!waiting.isEmpty()) {
      long start = waiting.poll();
      if (!file.holds(start, OBJECTS_HEADER) || file.intAt(start) != OBJECTS_MAGIC) {
        warnings.add("no object table where one is named, at 0x%x".formatted(start));
        continue;
      }
      long count = file.intAt(start + 4);
      long at = start + OBJECTS_HEADER;
      for (long i = 0; i < count && file.holds(at, OBJECT_SIZE); i++, at += OBJECT_SIZE) {
        if (++objects > MAX_OBJECTS) {
          warnings.add("more than %d objects; the rest is not read".formatted(MAX_OBJECTS));
          return tables;
        }
        long offset = file.longAt(at + 5);
        int type = file.byteAt(at);
        if (type == TYPE_KEYS) {
          keyTable(file, offset, file.intAt(at + 13), tables);
        } else if (type == TYPE_OBJECTS && seen.add(offset)) {
          waiting.add(offset);
        }
      }
    }
    return tables;
  }

  private static void keyTable(ImageFile file, long offset, long size, Map<Integer, Table> tables)
      throws ImageException {
    if (!file.holds(offset, size) || size < TABLE_HEADER || file.shortAt(offset) != TABLE_MARK) {
      return;
    }
    Table table = new Table(file.shortAt(offset + 4), offset, offset + size);
    tables.merge(file.shortAt(offset + 2), table, (a, b) -> b.sequence > a.sequence ? b : a);
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
      int type = file.byteAt(at);
      if (type != TYPE_FREE) {
        entries.put(
            new Place(index, at - table.offset),
            new Entry(
                file.textAt(at + KEY_HEADER, nameSize),
                new Place(file.shortAt(at + 6), file.intAt(at + 8)),
                type,
                (file.byteAt(at + 1) & FLAG_APART) != 0,
                at + KEY_HEADER + dataOffset));
      }
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
