package io.nestwalk.image.vmware;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the group "cpu" says: registers, either a tag for each or blocks of several. The first index
 * is the CPU's number.
 */
final class CpuTags {

  private static final int MAX_CPUS = 4096;

  private static final Set<String> GENERAL =
      Set.of(
          "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15", "rip");

  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr"};

  private static final RegisterLayout GENERAL_BLOCK =
      RegisterLayout.empty()
          .longs(
              0, "rax", "rcx", "rdx", "rbx", "rbp", "rsp", "rsi", "rdi", "r8", "r9", "r10", "r11",
              "r12", "r13", "r14", "r15");

  private static final RegisterLayout CONTROL_BLOCK =
      RegisterLayout.empty().longs(0, "cr0").longs(16, "cr2", "cr3", "cr4").longs(64, "cr8");

  private static final RegisterLayout IDT_BLOCK =
      RegisterLayout.empty().shorts(0, "idt_limit").longs(2, "idt_base");

  private final SortedMap<Long, Map<String, Long>> cpus = new TreeMap<>();
  private long announced;

  void take(Tag tag, ImageFile file) throws ImageException {
    if (tag.name().equals("cpu:numVCPUs") && announced == 0) {
      announced = tag.number(file);
      return;
    }
    long cpu = tag.index(0);
    if (cpu < 0 || cpu >= MAX_CPUS || tag.kind() == Tag.Kind.COMPRESSED) {
      return;
    }
    Map<String, Long> values = new LinkedHashMap<>();
    if (tag.kind() == Tag.Kind.BLOCK) {
      block(tag, file, values);
    } else {
      value(tag, file, values);
    }
    if (!values.isEmpty()) {
      Map<String, Long> known = cpus.computeIfAbsent(cpu, c -> new LinkedHashMap<>());
      values.forEach(
          (name, value) ->
              // The base of the interrupt table comes in two halves.
              known.merge(name, value, name.equals("idt_base") ? (a, b) -> a | b : (a, b) -> b));
    }
  }

  /** How many CPUs the checkpoint says there are, 0 where it does not. */
  long announced() {
    return announced;
  }

  /** The registers by the number of the CPU. */
  SortedMap<Long, Registers> registers() {
    SortedMap<Long, Registers> registers = new TreeMap<>();
    cpus.forEach((cpu, values) -> registers.put(cpu, new Registers(values)));
    return registers;
  }

  private static void block(Tag tag, ImageFile file, Map<String, Long> values) {
    RegisterLayout layout =
        switch (tag.name()) {
          case "gpregs" -> GENERAL_BLOCK;
          case "CR64" -> CONTROL_BLOCK;
          case "IDTR" -> IDT_BLOCK;
          default -> RegisterLayout.empty();
        };
    if (tag.size() >= layout.length() && file.holds(tag.offset(), layout.length())) {
      MemorySegment structure = file.slice(tag.offset(), layout.length());
      layout.read(structure, values);
    }
  }

  private static void value(Tag tag, ImageFile file, Map<String, Long> values)
      throws ImageException {
    long number = tag.number(file);
    long second = tag.index(1);
    boolean segment = second >= 0 && second < SEGMENTS.length;
    switch (tag.name()) {
      case "eflags", "EFLAGS", "rflags" -> values.put("rflags", number);
      case "efer", "EFER" -> values.put("efer", number);
      case "CR64" -> {
        // There is no CR1.
        if (second == 0 || (second >= 2 && second <= 4)) {
          values.put("cr" + second, number);
        }
      }
      case "S" -> {
        if (segment) {
          values.put(SEGMENTS[(int) second], number);
        }
      }
      case "S.base64" -> {
        if (segment) {
          values.put(SEGMENTS[(int) second] + "_base", number);
        }
      }
      case "IDTR" -> {
        if (second == 1 || second == 2) {
          values.put("idt_base", second == 1 ? number & 0xffff_ffffL : number << 32);
        }
      }
      case "hv:ttbrEL1" ->
          values.put(second < 0 ? "ttbr_el1" : "ttbr%d_el1".formatted(second), number);
      default -> {
        if (GENERAL.contains(tag.name())) {
          values.put(tag.name(), number);
        }
      }
    }
  }
}
