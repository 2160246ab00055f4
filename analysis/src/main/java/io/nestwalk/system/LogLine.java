package io.nestwalk.system;

import java.time.Duration;

/**
 * A record of the kernel's log.
 *
 * @param time since the system was started, by the log's clock
 * @param level how urgent, 0 (emergency) to 7 (debug)
 * @param text without line end
 */
public record LogLine(Duration time, int level, String text) {}
