package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Collects runs until a block is full. A block is laid out as {@link RunBlock} says; little-endian.
 */
final class RunBlockWriter {

  private final long[] labels = new long[RunBlock.MOST_RUNS];
  private final long[] start = new long[RunBlock.MOST_RUNS];
  private final long[] gpa = new long[RunBlock.MOST_RUNS];
  private final long[] hpa = new long[RunBlock.MOST_RUNS];
  private final long[] fileOffset = new long[RunBlock.MOST_RUNS];
  private final long[] length = new long[RunBlock.MOST_RUNS];
  private final long[] permissions = new long[RunBlock.MOST_RUNS];
  private final long[] pageShift = new long[RunBlock.MOST_RUNS];
  private final Map<RunLabel, Integer> numbers = new LinkedHashMap<>();
  private final Map<String, Integer> strings = new LinkedHashMap<>();
  private RunLabel lastLabel;
  private int count;
  private long characters;

  /** Whether nothing more fits. */
  boolean isFull() {
    return count == RunBlock.MOST_RUNS || characters >= RunBlock.MOST_CHARACTERS;
  }

  /** How many runs it has. */
  int count() {
    return count;
  }

  /** Takes a run; there is room. */
  void add(RunEntry run) {
    // Runs of one mapping follow one another.
    if (lastLabel == null || !lastLabel.isOf(run)) {
      lastLabel = RunLabel.of(run);
    }
    labels[count] = number(lastLabel);
    start[count] = run.start();
    gpa[count] = run.gpa();
    hpa[count] = run.hpa();
    fileOffset[count] = run.fileOffset();
    length[count] = run.length();
    permissions[count] = run.permissions();
    pageShift[count] = run.pageShift();
    count++;
  }

  private int number(RunLabel label) {
    Integer number = numbers.get(label);
    if (number == null) {
      number = numbers.size();
      numbers.put(label, number);
      string(label.machineId());
      string(label.space().toString());
      string(label.name());
      label.path().ifPresent(this::string);
    }
    return number;
  }

  private void string(String text) {
    if (strings.putIfAbsent(text, strings.size()) == null) {
      characters += text.length();
    }
  }

  /** The block's bytes; it is empty afterwards. */
  byte[] take() {
    BlockBytes out = new BlockBytes(count * Long.BYTES * 4);
    out.add(count, Integer.BYTES);
    PackedColumn.write(labels, count, out);
    PackedColumn.write(start, count, out);
    present(gpa, out);
    present(hpa, out);
    present(fileOffset, out);
    PackedColumn.write(length, count, out);
    PackedColumn.write(permissions, count, out);
    PackedColumn.write(pageShift, count, out);
    RunLabel[] byNumber = numbers.keySet().toArray(RunLabel[]::new);
    order(start, row -> byNumber[(int) labels[row]].space() != Space.PHYSICAL, out);
    order(gpa, row -> gpa[row] != RunEntry.NONE, out);
    order(hpa, row -> hpa[row] != RunEntry.NONE, out);
    order(fileOffset, row -> fileOffset[row] != RunEntry.NONE, out);
    out.add(strings.size(), Integer.BYTES);
    for (String text : strings.keySet()) {
      out.add(text.length(), Integer.BYTES);
      for (int i = 0; i < text.length(); i++) {
        out.add(text.charAt(i), Character.BYTES);
      }
    }
    out.add(byNumber.length, Integer.BYTES);
    for (RunLabel label : byNumber) {
      label(label, out);
    }
    numbers.clear();
    strings.clear();
    lastLabel = null;
    count = 0;
    characters = 0;
    return out.toArray();
  }

  /** Which runs have an address, and the addresses, with any other in place of those not there. */
  private void present(long[] addresses, BlockBytes out) {
    long[] there = new long[count];
    long[] known = new long[count];
    long any = 0;
    for (int i = 0; i < count; i++) {
      if (addresses[i] != RunEntry.NONE) {
        there[i] = 1;
        any = addresses[i];
      }
    }
    for (int i = 0; i < count; i++) {
      known[i] = there[i] == 0 ? any : addresses[i];
    }
    PackedColumn.write(there, count, out);
    PackedColumn.write(known, count, out);
  }

  private void order(long[] addresses, IntPredicate wanted, BlockBytes out) {
    char[] rows = new char[count];
    int found = 0;
    for (int row = 0; row < count; row++) {
      if (wanted.test(row)) {
        rows[found++] = (char) row;
      }
    }
    AddressOrder.write(rows, found, addresses, length, out);
  }

  private void label(RunLabel label, BlockBytes out) {
    out.add(strings.get(label.machineId()), Integer.BYTES);
    out.add(strings.get(label.space().toString()), Integer.BYTES);
    out.add(label.pid().isPresent() ? 1 : 0, 1);
    out.add(label.pid().orElse(0), Integer.BYTES);
    out.add(strings.get(label.name()), Integer.BYTES);
    out.add(label.path().map(strings::get).orElse(RunBlock.NO_STRING), Integer.BYTES);
  }
}
