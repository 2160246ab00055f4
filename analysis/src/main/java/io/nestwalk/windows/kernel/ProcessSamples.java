package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/** Some processes of a kernel, by which the places of members are verified. */
final class ProcessSamples {

  /** Enough to tell chance from rule, few enough to be quick. */
  private static final int LIMIT = 128;

  private final Memory physical;
  private final Walker tables;
  private final TranslatedMemory memory;
  private final KernelImage image;
  private final long system;
  private final int pointerSize;
  private final Map<Long, Long> pids = new LinkedHashMap<>();
  private final Map<Long, Memory> spaces = new LinkedHashMap<>();

  /**
   * Collects processes by the list that leads from one to the next.
   *
   * @param types hold the places of pid and links, which are right
   */
  ProcessSamples(
      Memory physical,
      Walker tables,
      TranslatedMemory memory,
      KernelImage image,
      long system,
      KernelTypes types) {
    this.physical = physical;
    this.tables = tables;
    this.memory = memory;
    this.image = image;
    this.system = system;
    pointerSize = types.pointerSize();
    Field pid = types.field("_EPROCESS", "UniqueProcessId");
    int links = types.field("_EPROCESS", "ActiveProcessLinks").offset();
    pids.put(system, SystemProcess.PID);
    collect(pid, links, 0);
    collect(pid, links, pointerSize);
  }

  private void collect(Field pid, int links, int direction) {
    long entry = pointer(system + links + direction);
    for (int i = 0; i < LIMIT && entry != system + links; i++) {
      if (!image.contains(entry)) {
        long process = entry - links;
        if (!SystemProcess.isProcess(memory, process)) {
          return;
        }
        pids.put(process, pid.get(memory, process, 0));
      }
      entry = pointer(entry + direction);
    }
  }

  /** The kernel's virtual memory. */
  TranslatedMemory memory() {
    return memory;
  }

  Memory physical() {
    return physical;
  }

  Walker tables() {
    return tables;
  }

  long system() {
    return system;
  }

  int pointerSize() {
    return pointerSize;
  }

  int count() {
    return pids.size();
  }

  /** Their addresses. */
  Set<Long> processes() {
    return pids.keySet();
  }

  /** The pid of a process; -1 for what is none of them. */
  long pidOf(long process) {
    return pids.getOrDefault(process, -1L);
  }

  boolean isPid(long number) {
    return pids.containsValue(number);
  }

  /** How many of the processes pass. */
  int count(LongPredicate test) {
    return (int) pids.keySet().stream().filter(test::test).count();
  }

  boolean all(LongPredicate test) {
    return pids.keySet().stream().allMatch(test::test);
  }

  boolean any(LongPredicate test) {
    return pids.keySet().stream().anyMatch(test::test);
  }

  /** How many different values a member has. */
  long distinct(LongUnaryOperator value) {
    return pids.keySet().stream().mapToLong(value::applyAsLong).distinct().count();
  }

  long pointer(long address) {
    return pointer(memory, address);
  }

  long pointer(Memory from, long address) {
    return pointerSize == Long.BYTES
        ? from.getLong(address, 0)
        : from.getInt(address, 0) & 0xffff_ffffL;
  }

  /** Whether a value is the address of something aligned in kernel memory that is there. */
  boolean isObject(long value) {
    return isKernelAddress(value) && (value & pointerSize - 1) == 0 && memory.isPresent(value);
  }

  /** Whether a value is an address of the kernel's half. */
  boolean isKernelAddress(long value) {
    return pointerSize == Long.BYTES ? value < 0 : value >= 0x8000_0000L;
  }

  /** Whether a value is the address of a page of user memory. */
  boolean isUserPage(long value) {
    long end = pointerSize == Long.BYTES ? 1L << 47 : 0x8000_0000L;
    return value > 0 && value < end && (value & 0xfff) == 0;
  }

  /** The virtual memory of a process; empty when its root is not there. */
  Optional<Memory> spaceOf(long process) {
    long root = tables.mode().rootOf(SystemProcess.rootOf(memory, process, pointerSize == 8));
    if (root == 0 || !physical.isPresent(root)) {
      return Optional.empty();
    }
    return Optional.of(
        spaces.computeIfAbsent(
            process,
            key -> TranslatedMemory.of(physical, new Walker(tables.mode(), root, physical))));
  }
}
