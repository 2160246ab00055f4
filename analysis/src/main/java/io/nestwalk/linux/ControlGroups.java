package io.nestwalk.linux;

import io.nestwalk.linux.kernel.ControlGroupPath;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import java.util.Optional;

/**
 * The path of a task's control group in the unified hierarchy: {@code struct css_set}
 * (include/linux/cgroup-defs.h).
 */
final class ControlGroups {

  private final Kernel kernel;
  private final Field setOfTask;
  private final Field defaultGroup;
  private final ControlGroupPath paths;

  ControlGroups(Kernel kernel, Field setOfTask) {
    this.kernel = kernel;
    this.setOfTask = setOfTask;
    defaultGroup = kernel.types().field("css_set", "dfl_cgrp");
    paths = new ControlGroupPath(kernel);
  }

  Optional<String> pathOf(long task) {
    return paths.of(kernel.value(defaultGroup, kernel.value(setOfTask, task)));
  }
}
