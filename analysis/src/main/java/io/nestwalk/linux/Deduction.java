package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Where members stand in the structures of a kernel that does not tell: deduced from what its tasks
 * must look like.
 *
 * <p>{@code swapper} is its own parent and leads its own group, which gives these members at once,
 * because they stand together in every version. Its children are the tasks 1 and 2, which gives the
 * pid. The list of all tasks closes, and goes from pid 0 to pid 1. A process's memory is named
 * twice in its task and not at all in a kernel thread's; its root maps the kernel as the kernel's
 * own does.
 *
 * @param initTask address of the first task
 * @param comm offset of the name in a task
 * @param realParent of the parent; children and siblings follow the two parents
 * @param pid of the pid; the thread group's follows
 * @param tasks of the links to all other tasks
 * @param mm of the memory
 * @param pgd of the root table in the memory's structure
 * @param arguments of the start and end of arguments and environment there, if they were found
 */
record Deduction(
    long initTask,
    int comm,
    int realParent,
    int pid,
    int tasks,
    int mm,
    int pgd,
    OptionalInt arguments) {

  private static final int NAME_START = 's' | 'w' << 8 | 'a' << 16 | 'p' << 24;

  /** {@code task_struct} is smaller than this in every configuration before its registers. */
  private static final int MAX_TASK = 1 << 13;

  private static final int MAX_MM = 1 << 11;
  private static final int MAX_SAMPLE = 256;

  /** A kernel has this name once among its variables; one that has it everywhere lies. */
  private static final int MAX_NAMES = 256;

  /** How many links are followed around one name, so that many long lists cannot hold us up. */
  private static final int MAX_STEPS = 1 << 22;

  /** Arguments and environment stand together above the stack; each may be megabytes. */
  private static final long MAX_ARGUMENTS = 8L << 20;

  /** Tries every place in the kernel's variables where the first task's name may stand. */
  static Optional<Deduction> of(Memory memory, Walker tables, KernelImage image, int pointerSize) {
    int[] names = {0};
    return ImageScan.firstVariable(
        memory,
        image,
        (address, word, next) ->
            word == NAME_START && ++names[0] <= MAX_NAMES
                ? new Search(memory, tables, image, pointerSize, address).run().orElse(null)
                : null);
  }

  /** The search around one place. */
  private static final class Search {

    private final Memory memory;
    private final Walker tables;
    private final KernelImage image;
    private final int width;
    private final long name;
    private int steps;

    Search(Memory memory, Walker tables, KernelImage image, int width, long name) {
      this.memory = memory;
      this.tables = tables;
      this.image = image;
      this.width = width;
      this.name = name;
    }

    Optional<Deduction> run() {
      if (memory.getShort(name + 4) != ('p' | 'e' << 8) || memory.getByte(name + 6) != 'r') {
        return Optional.empty();
      }
      for (long at = name - 8L * width; at > name - MAX_TASK; at -= width) {
        long task = pointer(at);
        if (task <= at
            && task > name - MAX_TASK
            && pointer(at + width) == task
            && pointer(at + 6L * width) == task) {
          Optional<Deduction> deduced = around(task, (int) (at - task));
          if (deduced.isPresent()) {
            return deduced;
          }
        }
      }
      return Optional.empty();
    }

    private Optional<Deduction> around(long task, int realParent) {
      int comm = (int) (name - task);
      int sibling = realParent + 4 * width;
      long first = pointer(task + realParent + 2L * width) - sibling;
      long second = pointer(first + sibling) - sibling;
      if (pointer(first + realParent) != task || pointer(second + realParent) != task) {
        return Optional.empty();
      }
      for (int pid = 0; pid < realParent; pid += Integer.BYTES) {
        if (isPid(task, pid, 0) && isPid(first, pid, 1) && isPid(second, pid, 2)) {
          for (int tasks = 0; tasks < comm; tasks += width) {
            List<Long> list = closedList(task, tasks, pid);
            if (!list.isEmpty()) {
              Optional<Deduction> result =
                  withMemory(task, comm, realParent, pid, tasks, list, second);
              if (result.isPresent()) {
                return result;
              }
            }
          }
        }
      }
      return Optional.empty();
    }

    private boolean isPid(long task, int offset, int pid) {
      return memory.getInt(task + offset, -1) == pid
          && memory.getInt(task + offset + Integer.BYTES, -1) == pid;
    }

    /** The tasks of the list at this offset, none when it does not close or lacks pid 1. */
    private List<Long> closedList(long task, int offset, int pid) {
      List<Long> list = new ArrayList<>();
      Set<Long> seen = new HashSet<>();
      long head = task + offset;
      long previous = head;
      for (long node = pointer(head); node != head; node = pointer(node)) {
        long member = node - offset;
        int number = memory.getInt(member + pid, -1);
        if (pointer(node + width) != previous
            || number <= 0
            || number > TaskFields.MAX_PID
            || (list.isEmpty() && number != 1)
            || list.size() >= TaskSources.MAX_TASKS
            || ++steps > MAX_STEPS
            || !seen.add(node)) {
          return List.of();
        }
        list.add(member);
        previous = node;
      }
      return list;
    }

    private Optional<Deduction> withMemory(
        long task, int comm, int realParent, int pid, int tasks, List<Long> list, long kthreadd) {
      List<Long> sample = list.subList(0, Math.min(list.size(), MAX_SAMPLE));
      for (int mm = tasks; mm < realParent; mm += width) {
        List<Long> memories = memories(task, realParent, mm, sample, kthreadd);
        OptionalInt arguments = memories.isEmpty() ? OptionalInt.empty() : arguments(memories);
        for (int pgd = 0; pgd < MAX_MM && !memories.isEmpty(); pgd += width) {
          if (isSplit() ? areLowRoots(memories, pgd, arguments) : areRoots(memories, pgd)) {
            return Optional.of(
                new Deduction(task, comm, realParent, pid, tasks, mm, pgd, arguments));
          }
        }
      }
      return Optional.empty();
    }

    /** What tasks have at this offset, when it can be the processes' memory; else nothing. */
    private List<Long> memories(
        long task, int realParent, int offset, List<Long> sample, long kthreadd) {
      List<Long> memories = new ArrayList<>();
      if (pointer(task + offset) != 0 || pointer(sample.getFirst() + offset) == 0) {
        return List.of();
      }
      for (long member : sample) {
        long mm = pointer(member + offset);
        boolean ofKernel = member == kthreadd || pointer(member + realParent) == kthreadd;
        if (mm != 0
            && (ofKernel || mm != pointer(member + offset + width) || !memory.isPresent(mm))) {
          return List.of();
        }
        if (mm != 0) {
          memories.add(mm);
        }
      }
      return memories;
    }

    /** Whether all have at this offset a root that maps the kernel as the kernel's own does. */
    private boolean areRoots(List<Long> memories, int offset) {
      long wanted = tables.translate(image.base());
      for (long mm : memories) {
        long root = tables.translate(pointer(mm + offset));
        if (Translation.isFault(root) || (Translation.address(root) & 0x1f) != 0) {
          return false;
        }
        Walker walker = new Walker(tables.mode(), Translation.address(root), tables.tables());
        if (walker.root() != Translation.address(root)
            || walker.translate(image.base()) != wanted) {
          return false;
        }
      }
      return true;
    }

    private boolean isSplit() {
      return tables.mode().input() == InputRule.ONES_EXTENDED;
    }

    /** Where a process's root does not map the kernel, it must map the process's arguments. */
    private boolean areLowRoots(List<Long> memories, int offset, OptionalInt arguments) {
      int mapped = 0;
      for (long mm : memories) {
        long root = tables.translate(pointer(mm + offset));
        if (arguments.isEmpty() || Translation.isFault(root)) {
          return false;
        }
        Walker walker =
            new Walker(
                AddressSpaces.ofProcesses(tables.mode()),
                Translation.address(root),
                tables.tables());
        long first = walker.translate(pointer(mm + arguments.getAsInt()));
        mapped += Translation.isFault(first) ? 0 : 1;
      }
      // Pages can be swapped out, but not most of them.
      return mapped > memories.size() / 2;
    }

    /** Stack, start and end of arguments, start (the same) and end of the environment. */
    private OptionalInt arguments(List<Long> memories) {
      for (int offset = width; offset < MAX_MM; offset += width) {
        boolean all = true;
        for (int i = 0; i < memories.size() && all; i++) {
          long at = memories.get(i) + offset;
          long stack = pointer(at - width);
          long start = pointer(at);
          long end = pointer(at + width);
          long environment = pointer(at + 2L * width);
          long environmentEnd = pointer(at + 3L * width);
          all =
              stack > 0
                  && stack < start
                  && start < end
                  && end == environment
                  && environment <= environmentEnd
                  && environmentEnd - stack < MAX_ARGUMENTS;
        }
        if (all) {
          return OptionalInt.of(offset);
        }
      }
      return OptionalInt.empty();
    }

    private long pointer(long address) {
      return width == Long.BYTES
          ? memory.getLong(address, 0)
          : memory.getInt(address, 0) & 0xffff_ffffL;
    }
  }
}
