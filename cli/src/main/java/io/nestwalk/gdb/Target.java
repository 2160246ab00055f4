package io.nestwalk.gdb;

import io.nestwalk.image.Architecture;
import java.util.List;
import java.util.Optional;

/**
 * What GDB looks at.
 *
 * @param architecture whose registers and instructions it has
 * @param threads at least one
 */
public record Target(Architecture architecture, List<TargetThread> threads) {

  /** Copies the list. */
  public Target {
    threads = List.copyOf(threads);
    if (threads.isEmpty()) {
      throw new IllegalArgumentException("a target has a thread");
    }
  }

  /** What of the registers that GDB can't do without is not known, a line for each thread. */
  public List<String> warnings() {
    RegisterSet set = RegisterSet.of(architecture);
    return threads.stream()
        .filter(thread -> !set.lacking(thread.registers()).isEmpty())
        .map(
            thread ->
                "thread %d (%s): %s not known; GDB, which needs them, is shown 0"
                    .formatted(
                        thread.id(),
                        thread.name(),
                        String.join(" and ", set.lacking(thread.registers()))))
        .toList();
  }

  /** The thread of that number. */
  Optional<TargetThread> thread(long id) {
    return threads.stream().filter(thread -> thread.id() == id).findFirst();
  }
}
