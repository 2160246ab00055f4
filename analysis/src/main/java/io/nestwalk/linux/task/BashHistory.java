package io.nestwalk.linux.task;

import io.nestwalk.image.Memory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestText;
import io.nestwalk.system.ShellCommand;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The history that a bash keeps: {@code HIST_ENTRY} of readline (history.h), a pointer to the line,
 * one to a text of # and the seconds, and one for data. The texts are looked for first, then who
 * points to them.
 */
public final class BashHistory {

  private static final int BLOCK = 1 << 20;
  private static final long MOST_MEMORY = 1L << 28;
  private static final int MOST_ENTRIES = 1 << 16;
  private static final int MAX_LINE = 1 << 14;

  /** Seconds since 1970 of the years 2001 to 2286. */
  private static final int DIGITS = 10;

  private final Memory memory;
  private final List<GuestMapping> mappings;
  private final Map<Long, Long> times = new HashMap<>();
  private final Set<Long> entries = new HashSet<>();

  private BashHistory(Memory memory, List<GuestMapping> mappings) {
    this.memory = memory;
    this.mappings = mappings;
  }

  /**
   * The commands of a process that runs bash, 64 bits wide, the oldest first.
   *
   * @param memory the process's
   * @param mappings of the process, of which those that it allocates from are looked through
   */
  public static List<ShellCommand> of(Memory memory, List<GuestMapping> mappings) {
    List<GuestMapping> own =
        mappings.stream()
            .filter(
                each ->
                    (each.kind() == GuestMapping.Kind.HEAP
                            || each.kind() == GuestMapping.Kind.ANONYMOUS)
                        && each.permissions().startsWith("rw"))
            .toList();
    return new BashHistory(memory, own).read();
  }

  private List<ShellCommand> read() {
    forEachBlock(this::timesIn);
    List<ShellCommand> commands = new ArrayList<>();
    if (!times.isEmpty()) {
      forEachBlock((start, bytes) -> entriesIn(start, bytes, commands));
    }
    commands.sort(
        Comparator.comparing(ShellCommand::time).thenComparingLong(ShellCommand::address));
    return commands;
  }

  /** Is shown a part of the memory. */
  @FunctionalInterface
  private interface BlockVisitor {
    void block(long start, byte[] bytes);
  }

  /** Blocks overlap, so that nothing is cut at their borders. */
  private void forEachBlock(BlockVisitor visitor) {
    long left = MOST_MEMORY;
    for (GuestMapping mapping : mappings) {
      for (long at = mapping.start(); at < mapping.end() && left > 0; at += BLOCK) {
        int length = (int) Math.min(BLOCK + 2 * Long.BYTES, mapping.end() - at);
        page(at, length, visitor);
        left -= length;
      }
    }
  }

  /** Pages that are missing split a block. */
  private void page(long start, int length, BlockVisitor visitor) {
    int done = 0;
    while (done < length) {
      byte[] bytes = memory.readBytes(start + done, length - done);
      if (bytes.length > 0) {
        visitor.block(start + done, bytes);
      }
      done += bytes.length;
      // On to the next page.
      done += (int) (4096 - (start + done & 4095));
    }
  }

  /** Texts of # and seconds, which begin where malloc gives memory: at multiples of 16. */
  private void timesIn(long start, byte[] bytes) {
    for (int i = (int) (-start & 7); i + DIGITS + 1 < bytes.length; i += 8) {
      if (bytes[i] == '#' && bytes[i + DIGITS + 1] == 0 && times.size() < MOST_ENTRIES) {
        long seconds = 0;
        int digits = 0;
        while (digits < DIGITS && Character.isDigit(bytes[i + 1 + digits])) {
          seconds = 10 * seconds + bytes[i + 1 + digits] - '0';
          digits++;
        }
        if (digits == DIGITS) {
          times.put(start + i, seconds);
        }
      }
    }
  }

  private void entriesIn(long start, byte[] bytes, List<ShellCommand> commands) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = (int) (-start & 7); i + 2 * Long.BYTES <= bytes.length; i += Long.BYTES) {
      Long seconds = times.get(words.getLong(i + Long.BYTES));
      long line = words.getLong(i);
      if (seconds != null && isOurs(line) && commands.size() < MOST_ENTRIES) {
        String text = GuestText.upToZero(memory.readBytes(line, MAX_LINE));
        long entry = start + i;
        if (!text.isEmpty() && entries.add(entry)) {
          commands.add(new ShellCommand(Instant.ofEpochSecond(seconds), text, entry));
        }
      }
    }
  }

  private boolean isOurs(long address) {
    return mappings.stream().anyMatch(each -> address >= each.start() && address < each.end());
  }
}
