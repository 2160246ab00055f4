package io.nestwalk.control;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.nestwalk.image.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Where a control structure keeps its fields.
 *
 * @param places of the fields, in ascending order
 */
record FieldLayout(List<Place> places) {

  /** A VMCB: AMD APM volume 2, appendix B. */
  static final FieldLayout VMCB = read("vmcb");

  /** A host-save area in the form of a VMCB's state. */
  static final FieldLayout HOST_SAVE = read("host-save");

  /** The VMCS that KVM has for a guest's guest. */
  static final FieldLayout VMCS12 = read("vmcs12");

  /** Hyper-V's enlightened VMCS. */
  static final FieldLayout ENLIGHTENED = read("evmcs");

  /**
   * A field's place.
   *
   * @param name of the field
   * @param offset in the structure
   * @param bytes 1, 2, 4 or 8
   */
  record Place(String name, int offset, int bytes) {}

  FieldLayout {
    places = List.copyOf(places);
  }

  /** Fields whose places were inferred; each is eight bytes wide. */
  static FieldLayout of(Map<String, Integer> inferred) {
    List<Place> places = new ArrayList<>();
    // SDM volume 3C, 25.2: these two have their places on every processor.
    places.add(new Place("hdr", 0, Integer.BYTES));
    places.add(new Place("abort", Integer.BYTES, Integer.BYTES));
    inferred.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(each -> places.add(new Place(each.getKey(), each.getValue(), Long.BYTES)));
    return new FieldLayout(places);
  }

  private static FieldLayout read(String name) {
    try (InputStream in = FieldLayout.class.getResourceAsStream(name + ".fields")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new FieldLayout(
          text.lines()
              .filter(line -> !line.startsWith("#"))
              .map(line -> line.split(" "))
              .map(
                  parts ->
                      new Place(parts[0], Integer.decode(parts[1]), Integer.parseInt(parts[2])))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("the program holds its layouts", e);
    }
  }

  /** The fields of a structure, with what {@code meanings} makes of name and value. */
  List<ControlField> fields(MemorySegment page, BiFunction<String, Long, String> meanings) {
    List<ControlField> fields = new ArrayList<>();
    for (Place place : places) {
      long value =
          switch (place.bytes()) {
            case 1 -> page.get(JAVA_BYTE, place.offset()) & 0xffL;
            case 2 ->
                (page.get(JAVA_BYTE, place.offset()) & 0xffL)
                    | (page.get(JAVA_BYTE, place.offset() + 1L) & 0xffL) << Byte.SIZE;
            case 4 -> page.get(Memory.INT, place.offset()) & 0xffff_ffffL;
            default -> page.get(Memory.LONG, place.offset());
          };
      fields.add(
          new ControlField(
              place.name(),
              place.offset(),
              place.bytes(),
              value,
              meanings.apply(place.name(), value)));
    }
    return fields;
  }

  /** How many bytes of a structure are not 0 and belong to no field. */
  int undecoded(MemorySegment page) {
    boolean[] known = new boolean[(int) page.byteSize()];
    for (Place place : places) {
      for (int i = 0; i < place.bytes(); i++) {
        known[place.offset() + i] = true;
      }
    }
    int count = 0;
    for (int i = 0; i < known.length; i++) {
      boolean zero = page.get(JAVA_BYTE, i) == 0;
      count += known[i] || zero ? 0 : 1;
    }
    return count;
  }
}
