package io.nestwalk.cli;

import io.nestwalk.image.Memory;
import io.nestwalk.wording.Count;
import java.io.PrintWriter;

/** Prints memory as hexadecimal bytes and text, 16 a line. */
final class HexDump {

  private static final int PER_LINE = 16;
  private static final int ABSENT = -1;

  private final Memory memory;

  HexDump(Memory memory) {
    this.memory = memory;
  }

  /**
   * Prints {@code length} bytes. A missing byte is "??"; a whole missing page takes one line.
   *
   * @return how many bytes were missing
   */
  long print(long address, long length, PrintWriter out) {
    long missing = 0;
    for (long done = 0; done < length; ) {
      long position = address + done;
      if (memory.getByte(position) < 0) {
        long hole = missingFrom(position, length - done);
        if (hole >= PER_LINE) {
          out.println("%016x  -- %s missing --".formatted(position, Count.of(hole, "byte")));
          missing += hole;
          done += hole;
          continue;
        }
      }
      int count = (int) Math.min(PER_LINE, length - done);
      missing += line(position, count, out);
      done += count;
    }
    return missing;
  }

  /** How many bytes are missing from here on, page by page. */
  private long missingFrom(long address, long limit) {
    long hole = 0;
    while (hole < limit && memory.getByte(address + hole) < 0) {
      hole += Math.min(limit - hole, Pages.toNext(address + hole));
    }
    return hole;
  }

  private int line(long address, int count, PrintWriter out) {
    StringBuilder hex = new StringBuilder();
    StringBuilder text = new StringBuilder();
    int missing = 0;
    for (int i = 0; i < PER_LINE; i++) {
      int b = i < count ? memory.getByte(address + i) : ABSENT;
      if (i == PER_LINE / 2) {
        hex.append(' ');
      }
      if (i >= count) {
        hex.append("   ");
      } else if (b < 0) {
        hex.append(" ??");
        text.append('?');
        missing++;
      } else {
        hex.append(' ').append(Character.forDigit(b >>> 4, 16));
        hex.append(Character.forDigit(b & 15, 16));
        text.append(b >= 0x20 && b < 0x7f ? (char) b : '.');
      }
    }
    out.println("%016x %s  |%s|".formatted(address, hex, text));
    return missing;
  }
}
