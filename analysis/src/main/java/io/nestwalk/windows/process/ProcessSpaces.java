package io.nestwalk.windows.process;

import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.windows.kernel.Kernel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/** The virtual memories of processes, by their roots. For one thread at a time. */
public final class ProcessSpaces {

  /** Each keeps tables and translations; more processes than this are seldom read in turns. */
  private static final int KEPT = 16;

  private final Kernel kernel;
  private final Map<Long, TranslatedMemory> kept =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, TranslatedMemory> eldest) {
          return size() > KEPT;
        }
      };

  /** The spaces of that kernel's processes. */
  public ProcessSpaces(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * The root in a member that holds a root register's value; empty where that names none that is
   * there (0 and 1 stand for "none").
   */
  OptionalLong rootOf(long register) {
    long root = kernel.tables().mode().rootOf(register);
    return root != 0 && kernel.physical().isPresent(root)
        ? OptionalLong.of(root)
        : OptionalLong.empty();
  }

  /** The virtual memory under a root table, the kernel's part included. */
  public TranslatedMemory memory(long root) {
    return root == kernel.tables().root()
        ? kernel.memory()
        : kept.computeIfAbsent(root, key -> TranslatedMemory.of(kernel.physical(), tables(key)));
  }

  /** The tables under a root. */
  public Walker tables(long root) {
    return new Walker(kernel.tables().mode(), root, kernel.physical());
  }
}
