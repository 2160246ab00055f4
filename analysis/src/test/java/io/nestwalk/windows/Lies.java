package io.nestwalk.windows;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Step;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.PatchedMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Pages of a memory in any words of which a fuzzer may lie: a page, a word, a kind and a value. */
final class Lies {

  private static final int PAGE = 4096;
  private static final int SIZE = 2 + 2 + 1 + 8;

  private record Place(long address, long physical) {}

  private final Memory memory;
  private final List<Place> places = new ArrayList<>();

  Lies(Memory memory) {
    this.memory = memory;
  }

  /** Eight inputs from a few lies to some hundred. */
  static Stream<byte[]> seeds() {
    return Stream.of(1, 2, 3, 4, 5, 6, 7, 8)
        .map(
            seed -> {
              byte[] lies = new byte[seed * 12 * SIZE];
              new Random(seed).nextBytes(lies);
              return lies;
            });
  }

  /** Lets the page around an address that {@code tables} map be lied in. */
  void in(Walker tables, long address) {
    long page = address & -PAGE;
    long translation = tables.translate(page);
    if (!Translation.isFault(translation)) {
      places.add(new Place(page, Translation.address(translation)));
    }
  }

  /** Lets the tables through which an address is found be lied in. */
  void tables(Walker tables, long address) {
    for (Step step : tables.tell(address).steps()) {
      Place place = new Place(step.table(), step.table());
      if (!places.contains(place)) {
        places.add(place);
      }
    }
  }

  /** The memory with these lies in it. */
  PatchedMemory told(byte[] lies) {
    PatchedMemory patched = new PatchedMemory(memory);
    ByteBuffer bytes = ByteBuffer.wrap(lies).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.remaining() >= SIZE) {
      Place place = place(bytes.getShort());
      int word = 8 * Math.floorMod(bytes.getShort(), PAGE / 8);
      int kind = bytes.get() & 3;
      long value = bytes.getLong();
      patched.putLong(
          place.physical() + word,
          switch (kind) {
            case 0 -> place((short) value).address() + 8L * Math.floorMod(value >> 16, PAGE / 8);
            case 1 -> place.address() + word + (byte) value;
            case 2 -> value & 0xffff;
            default -> value;
          });
    }
    return patched;
  }

  private Place place(short number) {
    return places.get(Math.floorMod(number, places.size()));
  }
}
