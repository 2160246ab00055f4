package io.nestwalk.windows.process;

import io.nestwalk.image.Memory;
import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The numbers of sessions. What describes a session may stand in session space, which is not the
 * same in every process, so that it is read through the process's own tables. A process that has
 * ended has none any more: its session is that of the others with the same description.
 */
final class Sessions {

  private static final int SEVERAL = -1;
  private static final int MAX_SESSION = 1 << 20;

  private final Kernel kernel;
  private final ProcessFields fields;
  private final ProcessSpaces spaces;
  private final Optional<Field> id;
  private final Map<Long, Integer> byDescription = new HashMap<>();

  Sessions(Kernel kernel, ProcessFields fields, ProcessSpaces spaces, Set<Long> processes) {
    this.kernel = kernel;
    this.fields = fields;
    this.spaces = spaces;
    id = kernel.layout().findField("_MM_SESSION_SPACE", "SessionId");
    for (long process : processes) {
      OptionalInt session = read(process);
      if (session.isPresent()) {
        byDescription.merge(
            kernel.value(fields.session, process),
            session.getAsInt(),
            (one, other) -> one.equals(other) ? one : Integer.valueOf(SEVERAL));
      }
    }
  }

  /** The number of a process's session; empty for one that has none or where it is not there. */
  OptionalInt of(long process) {
    OptionalInt own = read(process);
    int others = byDescription.getOrDefault(kernel.value(fields.session, process), SEVERAL);
    return own.isPresent() || others == SEVERAL ? own : OptionalInt.of(others);
  }

  private OptionalInt read(long process) {
    long session = kernel.value(fields.session, process);
    if (session == 0 || id.isEmpty() || kernel.value(fields.exitTime, process) != 0) {
      return OptionalInt.empty();
    }
    OptionalLong root = spaces.rootOf(kernel.value(fields.directoryTableBase, process));
    if (root.isEmpty()) {
      return OptionalInt.empty();
    }
    Memory memory = spaces.memory(root.getAsLong());
    long number = id.get().get(memory, session, -1);
    return number >= 0 && number < MAX_SESSION ? OptionalInt.of((int) number) : OptionalInt.empty();
  }
}
