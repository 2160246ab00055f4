package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The path of a task's control group in the unified hierarchy: {@code struct css_set} and {@code
 * struct cgroup} (include/linux/cgroup-defs.h), {@code struct kernfs_node}
 * (include/linux/kernfs.h).
 */
final class ControlGroups {

  private static final int MAX_DEPTH = 64;
  private static final int MAX_NAME = 255;

  private final Kernel kernel;
  private final Field setOfTask;
  private final Field defaultGroup;
  private final Field node;
  private final Field parent;
  private final Field name;

  ControlGroups(Kernel kernel, Field setOfTask) {
    this.kernel = kernel;
    this.setOfTask = setOfTask;
    defaultGroup = kernel.types().field("css_set", "dfl_cgrp");
    node = kernel.types().field("cgroup", "kn");
    StructLayout entry = kernel.types().struct("kernfs_node");
    // 6.15 renamed parent, which is guarded by RCU since.
    parent = entry.firstOf("parent", "__parent");
    name = entry.field("name");
  }

  Optional<String> pathOf(long task) {
    long group = kernel.value(defaultGroup, kernel.value(setOfTask, task));
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
    kernel.warnings().add("control group of 0x%x: deeper than %d".formatted(task, MAX_DEPTH));
    return Optional.empty();
  }
}
