package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.MissingTypeException;
import io.nestwalk.types.StructLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The system's clocks: {@code struct timekeeper} (include/linux/timekeeper_internal.h).
 *
 * <p>It is recognised by what it says twice: the distance between the clock of the wall and the
 * monotonic one stands in it both as seconds and nanoseconds and, negated, as nanoseconds. So it
 * needs no symbol.
 *
 * @param bootTime when the system was started, by its own clock
 * @param uptime how long ago that was at the last tick
 */
record Timekeeping(Instant bootTime, Duration uptime) {

  private static final long SECOND = 1_000_000_000L;

  /** 2001; a clock that was never set says 1970 and is recognised by its symbol alone. */
  private static final long EARLIEST = 1_000_000_000L;

  private static final long LATEST = 8_000_000_000L;
  private static final long MAX_UPTIME = 100L * 366 * 86_400;

  /** The lock before the timekeeper, with whatever debugging adds to it. */
  private static final int MAX_LOCK = 256;

  /** The clocks, empty when they are not found. */
  static Optional<Timekeeping> find(Kernel kernel, KernelImage image) {
    try {
      Members members = new Members(kernel.types());
      OptionalLong symbol = kernel.symbols().address("tk_core");
      if (symbol.isPresent()) {
        for (int offset = 0; offset < MAX_LOCK; offset += Long.BYTES) {
          Optional<Timekeeping> clocks =
              members.at(kernel, symbol.getAsLong() + offset, Long.MIN_VALUE);
          if (clocks.isPresent()) {
            return clocks;
          }
        }
      }
      return scan(kernel, image, members);
    } catch (MissingTypeException e) {
      kernel.warnings().add("clocks: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Timekeeping> scan(Kernel kernel, KernelImage image, Members members) {
    return ImageScan.firstVariable(
        kernel.memory(),
        image,
        (address, word, next) ->
            next == 0 && Integer.compareUnsigned(word, (int) EARLIEST) > 0
                ? members.at(kernel, address - members.seconds.offset(), EARLIEST).orElse(null)
                : null);
  }

  private record Members(
      Field seconds,
      Field nanoseconds,
      Field shift,
      Field toMonotonicSeconds,
      Field toMonotonicNanoseconds,
      Field offsetReal,
      Field offsetBoot) {

    Members(KernelTypes types) {
      this(types.struct("timekeeper"));
    }

    private Members(StructLayout keeper) {
      this(
          keeper.field("xtime_sec"),
          keeper.field("tkr_mono.xtime_nsec"),
          keeper.field("tkr_mono.shift"),
          keeper.field("wall_to_monotonic.tv_sec"),
          keeper.field("wall_to_monotonic.tv_nsec"),
          keeper.field("offs_real"),
          keeper.field("offs_boot"));
    }

    Optional<Timekeeping> at(Kernel kernel, long keeper, long earliest) {
      long now = kernel.value(seconds, keeper);
      long wallToMonotonic =
          kernel.value(toMonotonicSeconds, keeper) * SECOND
              + (int) kernel.value(toMonotonicNanoseconds, keeper);
      long real = kernel.value(offsetReal, keeper);
      long boot = kernel.value(offsetBoot, keeper);
      if (now < earliest || now > LATEST || real == 0 || real != -wallToMonotonic) {
        return Optional.empty();
      }
      long fraction =
          kernel.value(nanoseconds, keeper) >>> Math.min(63, kernel.value(shift, keeper));
      long started = real - boot;
      long running = now * SECOND + fraction - started;
      return running < 0 || running > MAX_UPTIME * SECOND
          ? Optional.empty()
          : Optional.of(
              new Timekeeping(Instant.ofEpochSecond(0, started), Duration.ofNanos(running)));
    }
  }
}
