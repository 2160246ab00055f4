package io.nestwalk.windows.kernel;

import io.nestwalk.windows.layout.Layout;

/**
 * Tests where processes have the root of the tree of their mappings: its top has no node above it
 * (up to Windows 8 the table in the process itself), and its children lead back to it.
 */
final class VadRootProbe {

  private static final String PROCESS = "_EPROCESS";
  private static final String ROOT = "VadRoot";
  private static final int FIRST = 0x100;
  private static final int LAST = 0xc00;

  /** The low bits of a node's address of its parent tell how balanced the tree is. */
  private static final long BALANCE = 7;

  /** What fewer processes show may be chance. */
  private static final int FEWEST = 2;

  private final ProcessSamples samples;
  private final int pointer;
  private final int size;
  private final boolean table;

  /**
   * A test in some processes.
   *
   * @param layout tells whether a tree is in a table or hangs at a pointer, which does not change
   *     between updates
   */
  VadRootProbe(ProcessSamples samples, Layout layout) {
    this.samples = samples;
    pointer = samples.pointerSize();
    size = layout.findField(PROCESS, ROOT).map(field -> field.size()).orElse(pointer);
    table = size > pointer;
  }

  Probe root() {
    return new Probe(PROCESS, ROOT, size, FIRST, LAST, pointer, this::mayBe, this::isShown);
  }

  /** How many nodes a tree has: behind its root and the node that was used last. */
  static Probe count(Layout layout, int pointer) {
    int place =
        layout
            .findField(PROCESS, ROOT)
            .filter(field -> field.size() == pointer)
            .map(field -> field.offset() + 2 * pointer)
            .orElse(-1);
    return new Probe(
        PROCESS,
        "VadCount",
        pointer,
        FIRST,
        LAST,
        pointer,
        offset -> offset == place,
        offset -> true);
  }

  private boolean mayBe(int offset) {
    return samples.all(process -> top(process, offset) == 0 || isTop(process, offset));
  }

  private boolean isShown(int offset) {
    int trees = samples.count(process -> isTop(process, offset));
    return trees >= FEWEST && trees * 4 >= samples.count();
  }

  private long top(long process, int offset) {
    return samples.pointer(process + offset + (table ? 2L * pointer : 0));
  }

  private boolean isTop(long process, int offset) {
    long node = top(process, offset);
    if (!samples.isObject(node) || parent(node) != (table ? process + offset : 0)) {
      return false;
    }
    int left = table ? pointer : 0;
    return isChild(node, left) && isChild(node, left + pointer) && isRange(node);
  }

  private boolean isChild(long node, int place) {
    long child = samples.pointer(node + place);
    return child == 0 || (samples.isObject(child) && parent(child) == node);
  }

  private long parent(long node) {
    return samples.pointer(node + (table ? 0 : 2L * pointer)) & ~BALANCE;
  }

  /** Page numbers follow the node: the first, and the last, which is not before it. */
  private boolean isRange(long node) {
    long at = node + 3L * pointer;
    int width = table && pointer == Long.BYTES && isWideRange(at) ? Long.BYTES : Integer.BYTES;
    long start = samples.memory().getInt(at, -1) & 0xffff_ffffL;
    long end = samples.memory().getInt(at + width, -1) & 0xffff_ffffL;
    return end != 0 && start <= end;
  }

  /** Windows 7's page numbers have eight bytes, of which the upper four are 0 or small. */
  private boolean isWideRange(long at) {
    return samples.memory().getInt(at + Integer.BYTES, -1) >>> 4 == 0;
  }
}
