package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.Suspicion;
import io.nestwalk.system.Suspicion.Code;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Gathers what one check sees. */
final class Inspection {

  /** So many are told; a table that is wholly overwritten needs no more. */
  private static final int MOST = 1 << 12;

  private final Kernel kernel;
  private final CodeMap code;
  private final CodeReader reader;
  private final List<Suspicion> found = new ArrayList<>();
  private final Set<String> omitted = new LinkedHashSet<>();
  private final Set<Long> tables = new LinkedHashSet<>();
  private long examined;

  Inspection(Kernel kernel, CodeMap code) {
    this.kernel = kernel;
    this.code = code;
    reader = new CodeReader(kernel);
  }

  Kernel kernel() {
    return kernel;
  }

  CodeMap code() {
    return code;
  }

  /** Reads code that is shown. */
  CodeReader reader() {
    return reader;
  }

  /** Something was looked at and is as it should be, or is told otherwise. */
  void examined() {
    examined++;
  }

  /** Whether memory is there; where it is not, that is told. */
  boolean isThere(String what, long address) {
    boolean there = kernel.memory().isPresent(address);
    if (!there) {
      omit("%s: 0x%x is not in memory".formatted(what, address));
    }
    return there;
  }

  void omit(String what) {
    omitted.add(what);
  }

  void find(String text, long address) {
    find(text, address, List.of());
  }

  /** With code that is in question. */
  void find(String text, long address, List<Code> shown) {
    find(
        new Suspicion(
            text, address, OptionalLong.empty(), Optional.empty(), OptionalInt.empty(), shown));
  }

  /** What leads to a target, which is shown. */
  void find(String text, long address, long target) {
    find(text, address, target, reader.at(target));
  }

  /** What leads to a target, with the code that is in question. */
  void find(String text, long address, long target, List<Code> shown) {
    find(
        new Suspicion(
            text,
            address,
            OptionalLong.of(target),
            code.describe(target),
            OptionalInt.empty(),
            shown));
  }

  void find(Suspicion suspicion) {
    if (found.size() < MOST) {
      found.add(suspicion);
    } else {
      omitted.add("more than %d are found; the rest is left out".formatted(MOST));
    }
  }

  /** A pointer to code, which must lie in the kernel or in a module of the list; 0 is none. */
  void codePointer(String what, long address) {
    if (!isThere(what, address)) {
      return;
    }
    long target = kernel.pointer(address);
    if (target != 0) {
      examined++;
      if (!code.isOwned(target)) {
        find(what + " leads to no code of the kernel or of a listed module", address, target);
      }
    }
  }

  /**
   * A table of pointers to functions, each looked at once; members that are no pointers are not.
   */
  void operations(String what, String struct, long table) {
    if (table == 0 || !tables.add(table)) {
      return;
    }
    Optional<StructLayout> layout = kernel.types().find(struct);
    if (layout.isEmpty()) {
      omit("%s: the kernel does not tell what %s is".formatted(what, struct));
      return;
    }
    if (!kernel.memory().isPresent(table)) {
      omit("%s: nothing at 0x%x".formatted(what, table));
      return;
    }
    String owner = code.describe(table).map(name -> " (" + name + ")").orElse("");
    for (String member : OperationTables.members(struct)) {
      Optional<Field> field = layout.get().find(member);
      if (field.isPresent() && field.get().size() == kernel.types().pointerSize()) {
        codePointer("%s%s.%s".formatted(what, owner, member), field.get().at(table));
      }
    }
  }

  /** Whoever saw nothing says so: nothing found and nothing looked at are told apart. */
  void conclude() {
    if (examined == 0 && omitted.isEmpty()) {
      omit("there was nothing to look at");
    }
    if (reader.isSpent()) {
      omit("code beside some findings: too much memory would have to be searched for it");
    }
  }

  CheckResult result(String rule, String reason) {
    return new CheckResult(rule, reason, examined, List.copyOf(omitted), found);
  }
}
