package io.nestwalk.linux.kernel;

import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The path of a control group in its hierarchy: {@code struct cgroup}
 * (include/linux/cgroup-defs.h), {@code struct kernfs_node} (include/linux/kernfs.h).
 */
public final class ControlGroupPath {

  private static final int MAX_DEPTH = 64;
  private static final int MAX_NAME = 255;

  private final Kernel kernel;
  private final Field node;
  private final Field parent;
  private final Field name;

  public ControlGroupPath(Kernel kernel) {
    this.kernel = kernel;
    node = kernel.types().field("cgroup", "kn");
    StructLayout entry = kernel.types().struct("kernfs_node");
    // 6.15 renamed parent, which is guarded by RCU since.
    parent = entry.firstOf("parent", "__parent");
    name = entry.field("name");
  }

  /** The path of {@code struct cgroup}; empty where memory lacks a part of it. */
  public Optional<String> of(long group) {
    long entry = kernel.value(node, group);
    Deque<String> names = new ArrayDeque<>();
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (!kernel.isReadable(entry)) {
        return Optional.empty();
      }
      long above = kernel.value(parent, entry);
      if (above == 0) {
        return Optional.of("/" + String.join("/", names));
      }
      names.addFirst(kernel.text(kernel.value(name, entry), MAX_NAME));
      entry = above;
    }
    kernel.warnings().add("control group 0x%x: deeper than %d".formatted(group, MAX_DEPTH));
    return Optional.empty();
  }
}
