package io.nestwalk.linux.kallsyms;

import io.nestwalk.linux.ArrayMemory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Writes symbol tables in the layouts that kernels of different versions have. */
final class KallsymsBuilder {

  /** The order of the tables. */
  enum Order {
    /** Addresses, number, names, markers, tokens. */
    BEFORE_6_2,
    /** The same with the order by name between markers and tokens. */
    FROM_6_2,
    /** Number, names, markers, tokens, addresses. */
    FROM_6_4,
    /** The same, all tables aligned to 4 bytes whatever the pointers' size. */
    FROM_7_2
  }

  /** What stands for an address. */
  enum Form {
    ABSOLUTE,
    RELATIVE,
    PER_CPU_ABSOLUTE,
    SELF_RELATIVE
  }

  static final long ADDRESS = 0xffff_ffff_8260_0000L;

  private final int pointerSize;
  private final long start;
  private final long base;
  private final List<String> names = new ArrayList<>();
  private final List<Long> addresses = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long digits;
  private int markerWidth = Integer.BYTES;
  private int alignment;
  private int shift;
  private boolean withOrder = true;

  KallsymsBuilder(int pointerSize) {
    this.pointerSize = pointerSize;
    alignment = pointerSize;
    start = pointerSize == 8 ? ADDRESS : ADDRESS & 0xffff_ffffL;
    base = start - 0x160_0000;
  }

  long base() {
    return base;
  }

  KallsymsBuilder wideMarkers() {
    markerWidth = Long.BYTES;
    return this;
  }

  /** Lets the tables begin some bytes later. */
  KallsymsBuilder shiftedBy(int bytes) {
    shift = bytes;
    return this;
  }

  /** Has the names in no order where kernels have it. */
  KallsymsBuilder withoutOrder() {
    withOrder = false;
    return this;
  }

  KallsymsBuilder add(String typeAndName, long address) {
    names.add(typeAndName);
    addresses.add(address);
    return this;
  }

  /** Compresses: tokens 0 to 0x1f are "sys_", any other character stands for itself. */
  private byte[] compress(String name) {
    ByteArrayOutputStream tokens = new ByteArrayOutputStream();
    for (int i = 0; i < name.length(); i++) {
      if (name.startsWith("sys_", i)) {
        tokens.write(5);
        i += 3;
      } else {
        tokens.write(name.charAt(i));
      }
    }
    return tokens.toByteArray();
  }

  private void align() {
    while (out.size() % alignment != 0) {
      out.write(0);
    }
  }

  private void number(long value, int width) {
    for (int i = 0; i < width; i++) {
      out.write((int) (value >>> (8 * i)));
    }
  }

  private void addresses(Form form) {
    for (int i = 0; i < addresses.size(); i++) {
      long address = addresses.get(i);
      switch (form) {
        case ABSOLUTE -> number(address, pointerSize);
        case RELATIVE -> number(address - base, 4);
        case PER_CPU_ABSOLUTE -> number(address >= 0 ? address : base - 1 - address, 4);
        case SELF_RELATIVE -> number(address - (start + out.size()), 4);
      }
    }
    align();
    if (form == Form.RELATIVE || form == Form.PER_CPU_ABSOLUTE) {
      number(base, pointerSize);
    }
  }

  /** The symbols' numbers in the order of their names. */
  private void order() {
    List<Integer> symbols = new ArrayList<>(IntStream.range(0, names.size()).boxed().toList());
    if (withOrder) {
      symbols.sort(Comparator.comparing(i -> names.get(i).substring(1)));
    } else {
      Collections.shuffle(symbols, new Random(1));
    }
    for (int symbol : symbols) {
      out.write(symbol >>> 16);
      out.write(symbol >>> 8);
      out.write(symbol);
    }
    align();
  }

  ArrayMemory write(Order order, Form form) {
    // Other constants before, so that nothing is found at the very start.
    out.writeBytes(
        "other constants of the kernel, of no concern here".getBytes(StandardCharsets.UTF_8));
    align();
    if (order == Order.FROM_7_2) {
      alignment = Integer.BYTES;
    }
    out.writeBytes(new byte[shift]);
    boolean addressesLast = order == Order.FROM_6_4 || order == Order.FROM_7_2;
    if (!addressesLast) {
      addresses(form);
    }
    number(names.size(), 4);
    align();
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    List<Integer> markers = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (i % 256 == 0) {
        markers.add(compressed.size());
      }
      byte[] name = compress(names.get(i));
      if (name.length > 0x7f) {
        compressed.write((name.length & 0x7f) | 0x80);
        compressed.write(name.length >>> 7);
      } else {
        compressed.write(name.length);
      }
      compressed.writeBytes(name);
    }
    out.writeBytes(compressed.toByteArray());
    align();
    markers.forEach(marker -> number(marker, markerWidth));
    align();
    if (order == Order.FROM_6_2) {
      order();
    }
    ByteArrayOutputStream index = new ByteArrayOutputStream();
    int tokens = out.size();
    for (int i = 0; i < 256; i++) {
      index.write(out.size() - tokens);
      index.write((out.size() - tokens) >>> 8);
      if (i == '0') {
        digits = start + out.size();
      }
      String token = i < 0x20 ? "sys_" : Character.toString((char) i);
      out.writeBytes(token.getBytes(StandardCharsets.ISO_8859_1));
      out.write(0);
    }
    align();
    out.writeBytes(index.toByteArray());
    align();
    if (addressesLast) {
      addresses(form);
      align();
      order();
    }
    out.writeBytes(new byte[1 << 16]);
    return new ArrayMemory(start, out.size()).put(start, out.toByteArray());
  }

  Optional<Kallsyms> locate(ArrayMemory memory) {
    return Kallsyms.locate(memory, digits, pointerSize);
  }

  Optional<Kallsyms> again(ArrayMemory memory, long[] places) {
    return Kallsyms.again(memory, places, pointerSize);
  }
}
