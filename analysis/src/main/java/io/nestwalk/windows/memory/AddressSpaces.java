package io.nestwalk.windows.memory;

import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.windows.kernel.Kernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The memories of a kernel's processes. For one thread at a time. */
public final class AddressSpaces {

  /** More processes than this are seldom looked at in turns. */
  private static final int KEPT = 16;

  private final VadTree tree;
  private final Sections sections;
  private final Map<Long, List<Vad>> kept =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, List<Vad>> eldest) {
          return size() > KEPT;
        }
      };

  /** The memories of that kernel's processes. */
  public AddressSpaces(Kernel kernel) {
    tree = new VadTree(kernel);
    sections = new Sections(kernel, kernel.memory(), kernel.tables().mode().entry().bytes());
  }

  /** Whether it is known how this kernel describes mappings. */
  public boolean areKnown() {
    return tree.isKnown();
  }

  /**
   * The mappings of a process, in ascending order.
   *
   * @param process address of its {@code _EPROCESS}
   * @param hardware its memory as its tables have it
   */
  public List<GuestMapping> mappings(long process, TranslatedMemory hardware) {
    return Mappings.of(vads(process), sections, hardware);
  }

  private List<Vad> vads(long process) {
    return kept.computeIfAbsent(process, tree::of);
  }
}
