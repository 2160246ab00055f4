package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.MissingTypeException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;

/** What every part of traffic control is looked at with: one bound for all of them together. */
final class TrafficWalk {

  /** What attachments to filters and actions are called. */
  static final String KIND = "tc";

  /** Of all devices together: queues, classes, blocks, chains and filters. */
  static final int MAX_STEPS = 1 << 18;

  /** Broken places that are told one by one. */
  private static final int MAX_TOLD = 1 << 8;

  /** Room for IFNAMSIZ, with which kinds of filters, queues and actions are named. */
  static final int MAX_NAME = 16;

  final Kernel kernel;
  final KernelTypes types;
  final ListWalk lists;
  final Set<String> missing;
  final ObjLongConsumer<Attachment> found;
  private final Function<String, Optional<KernelTypes>> modules;
  private final Map<String, KernelTypes> moduleTypes = new HashMap<>();
  private int stepsLeft = MAX_STEPS;
  private int broken;

  /**
   * A walk over all devices.
   *
   * @param modules the types of a loaded module, by its name
   * @param missing takes what can't be looked at
   * @param found takes programs with where they stand
   */
  TrafficWalk(
      Kernel kernel,
      Function<String, Optional<KernelTypes>> modules,
      Set<String> missing,
      ObjLongConsumer<Attachment> found) {
    this.kernel = kernel;
    this.modules = modules;
    this.missing = missing;
    this.found = found;
    types = kernel.types();
    lists = new ListWalk(kernel);
  }

  /** A part whose structures a kernel lacks costs that part. */
  void part(Runnable part) {
    try {
      part.run();
    } catch (MissingTypeException e) {
      missing.add("filters of traffic control: " + e.getMessage());
    }
  }

  /** Whether a pointer leads to something; where it should and does not, that is told. */
  boolean there(String place, long pointer) {
    boolean readable = kernel.isReadable(pointer);
    if (pointer != 0 && !readable) {
      broken("filters of %s: nothing at 0x%x".formatted(place, pointer));
    }
    return readable && step();
  }

  boolean step() {
    if (--stepsLeft < 0) {
      missing.add("filters of traffic control: cut off after %d steps".formatted(MAX_STEPS));
    }
    return stepsLeft >= 0;
  }

  void told(boolean whole, String place) {
    if (!whole) {
      broken("filters of %s: a list can't be followed to its end".formatted(place));
    }
  }

  private void broken(String line) {
    if (broken < MAX_TOLD) {
      broken += missing.add(line) ? 1 : 0;
    } else {
      missing.add("filters of traffic control: more places are broken");
    }
  }

  /** The types of a module, or of a kernel that has it built in. */
  KernelTypes typesOf(String module, String struct) {
    KernelTypes own =
        moduleTypes.computeIfAbsent(
            module,
            name -> types.find(struct).isPresent() ? types : modules.apply(name).orElse(types));
    if (own.find(struct).isEmpty()) {
      throw new MissingTypeException("struct %s of module %s".formatted(struct, module));
    }
    return own;
  }

  String text(Field field, long object) {
    return kernel.text(field.at(object), Math.min(field.size(), MAX_NAME));
  }
}
