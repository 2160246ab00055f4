package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.LogLine;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A line of a kernel's log as every answer shows it. */
public final class LogAnswer {

  /** The levels by number, as dmesg names them. */
  private static final List<String> LEVELS =
      List.of("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug");

  private LogAnswer() {}

  /**
   * The node of a line.
   *
   * @param machine the id of the machine
   * @param boot when its system was started, where that is known
   */
  public static ObjectNode of(String machine, Optional<Instant> boot, LogLine line) {
    ObjectNode row = Json.object();
    row.put("machine", machine);
    row.put("microseconds", line.time().toNanos() / 1000);
    boot.ifPresent(start -> row.put("time", start.plus(line.time()).toString()));
    row.put("level", line.level());
    row.put("levelName", levelName(line.level()));
    row.put("text", line.text());
    return row;
  }

  /** The level's name; its number where it has none. */
  public static String levelName(int level) {
    return level >= 0 && level < LEVELS.size() ? LEVELS.get(level) : Integer.toString(level);
  }
}
