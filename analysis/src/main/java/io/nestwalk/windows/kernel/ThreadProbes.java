package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.types.Field;
import io.nestwalk.windows.layout.Layout;
import java.util.OptionalInt;

/**
 * Verifies where threads hang at their process. Two lists hold them, the kernel's core's and the
 * process manager's, in the same order: both must lead to the same thread objects.
 */
final class ThreadProbes {

  private static final String PROCESS = "_EPROCESS";
  private static final String KERNEL_PROCESS = "_KPROCESS";
  private static final String THREAD = "_ETHREAD";
  private static final String KERNEL_THREAD = "_KTHREAD";
  private static final String HEAD = "ThreadListHead";
  private static final String ENTRY = "ThreadListEntry";
  private static final String COUNT = "ActiveThreads";

  private static final int THREAD_OBJECT = 6;
  private static final int TYPE_MASK = 0x7f;

  // Bounds of what is looked through where nothing is known.
  private static final int FIRST_HEAD = 0x18;
  private static final int LAST_KERNEL_HEAD = 0x100;
  private static final int FIRST_KERNEL_ENTRY = 0x180;
  private static final int LAST_ENTRY = 0x800;
  private static final int LAST_HEAD = 0xc00;

  /** The count of threads follows the list's head this closely. */
  private static final int COUNT_WITHIN = 0x40;

  private static final int MAX_THREADS = 1 << 16;

  private final ProcessSamples samples;
  private final Memory memory;
  private final int pointer;

  ThreadProbes(ProcessSamples samples) {
    this.samples = samples;
    this.memory = samples.memory();
    this.pointer = samples.pointerSize();
  }

  /** The layout with the places that hold. */
  Layout verified(Layout layout) {
    int kernelHead = offset(layout, KERNEL_PROCESS, HEAD);
    int kernelEntry = offset(layout, KERNEL_THREAD, ENTRY);
    Layout result = layout;
    if (!leadsToThreads(kernelHead, kernelEntry)) {
      int[] found = kernelList();
      if (found.length == 0) {
        return layout.without(PROCESS, COUNT).without(PROCESS, HEAD);
      }
      kernelHead = found[0];
      kernelEntry = found[1];
      result =
          result
              .with(KERNEL_PROCESS, HEAD, Field.of(kernelHead, 2 * pointer))
              .with(KERNEL_THREAD, ENTRY, Field.of(kernelEntry, 2 * pointer));
    }
    int head = offset(result, PROCESS, HEAD);
    int entry = offset(result, THREAD, ENTRY);
    if (difference(head, kernelHead, kernelEntry).orElse(-1) != entry) {
      head = nearestHead(head, kernelHead, kernelEntry);
      if (head < 0) {
        return result.without(PROCESS, COUNT).without(PROCESS, HEAD);
      }
      entry = difference(head, kernelHead, kernelEntry).orElseThrow();
      result =
          result
              .with(PROCESS, HEAD, Field.of(head, 2 * pointer))
              .with(THREAD, ENTRY, Field.of(entry, 2 * pointer));
    }
    return counted(result, head);
  }

  private static int offset(Layout layout, String struct, String path) {
    return layout.findField(struct, path).map(Field::offset).orElse(-1);
  }

  private boolean leadsToThreads(int head, int entry) {
    return head >= 0
        && entry >= 0
        && samples.any(process -> !isEmpty(process + head))
        && samples.all(
            process ->
                isEmpty(process + head) || isThread(samples.pointer(process + head) - entry));
  }

  private boolean isEmpty(long head) {
    return samples.pointer(head) == head;
  }

  private boolean isThread(long object) {
    int type = memory.getByte(object);
    return samples.isObject(object) && type >= 0 && (type & TYPE_MASK) == THREAD_OBJECT;
  }

  /** Head and entry of the first list that leads to threads. */
  private int[] kernelList() {
    for (int head = FIRST_HEAD; head < LAST_KERNEL_HEAD; head += pointer) {
      if (!isList(samples.system() + head)) {
        continue;
      }
      for (int entry = FIRST_KERNEL_ENTRY; entry < LAST_ENTRY; entry += pointer) {
        if (leadsToThreads(head, entry)) {
          return new int[] {head, entry};
        }
      }
    }
    return new int[0];
  }

  private boolean isList(long head) {
    long first = samples.pointer(head);
    return samples.isObject(first) && first != head && samples.pointer(first + pointer) == head;
  }

  /** From thread objects to what a list of theirs links; empty where it links other things. */
  private OptionalInt difference(int head, int kernelHead, int kernelEntry) {
    if (head < 0 || head == kernelHead || !isList(samples.system() + head)) {
      return OptionalInt.empty();
    }
    long difference = difference(samples.system(), head, kernelHead, kernelEntry);
    boolean same =
        difference > 0
            && difference < LAST_ENTRY
            && samples.all(
                process ->
                    isEmpty(process + kernelHead)
                        || difference(process, head, kernelHead, kernelEntry) == difference);
    return same ? OptionalInt.of((int) difference) : OptionalInt.empty();
  }

  private long difference(long process, int head, int kernelHead, int kernelEntry) {
    return samples.pointer(process + head) - (samples.pointer(process + kernelHead) - kernelEntry);
  }

  private int nearestHead(int told, int kernelHead, int kernelEntry) {
    int best = -1;
    for (int head = LAST_KERNEL_HEAD; head < LAST_HEAD; head += pointer) {
      if ((best < 0 || Math.abs(head - told) < Math.abs(best - told))
          && difference(head, kernelHead, kernelEntry).isPresent()) {
        best = head;
      }
    }
    return best;
  }

  private Layout counted(Layout layout, int head) {
    int told = offset(layout, PROCESS, COUNT);
    if (told >= 0 && isCount(told, head)) {
      return layout;
    }
    for (int count = head + 2 * pointer; count < head + COUNT_WITHIN; count += Integer.BYTES) {
      if (isCount(count, head)) {
        return layout.with(PROCESS, COUNT, Field.of(count, Integer.BYTES));
      }
    }
    return layout.without(PROCESS, COUNT);
  }

  private boolean isCount(int offset, int head) {
    return samples.all(process -> memory.getInt(process + offset, -1) == length(process + head));
  }

  /** How many entries a list has; -1 for one that is cut. */
  private int length(long head) {
    long entry = samples.pointer(head);
    int count = 0;
    while (entry != head) {
      if (++count > MAX_THREADS || !samples.isObject(entry)) {
        return -1;
      }
      entry = samples.pointer(entry);
    }
    return count;
  }
}
