package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.RedBlackTree;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The memory of a virtual machine: {@code struct kvm_memslots} and {@code struct kvm_memory_slot}
 * (include/linux/kvm_host.h); a tree since 5.17, an array before. They count in the host's pages,
 * whatever the guest's are.
 */
final class KvmSlots {

  /** KVM_USER_MEM_SLOTS of x86-64 with room for more. */
  private static final int MAX_SLOTS = 1 << 16;

  private final Kernel kernel;
  private final KernelTypes types;
  private final Field sets;
  private final StructLayout slot;

  KvmSlots(Kernel kernel, KernelTypes types) {
    this.kernel = kernel;
    this.types = types;
    sets = types.field("kvm", "memslots");
    slot = types.struct("kvm_memory_slot");
  }

  /** The slots of {@code struct kvm}'s first address space; the second is that of firmware mode. */
  List<MemorySlot> of(long kvm) {
    List<MemorySlot> slots = new ArrayList<>();
    long set = kernel.pointer(sets.at(kvm));
    if (!kernel.isReadable(set)) {
      return slots;
    }
    StructLayout layout = types.struct("kvm_memslots");
    Optional<Field> tree = layout.find("gfn_tree");
    if (tree.isPresent()) {
      Field active = layout.field("node_idx");
      Field node = slot.field("gfn_node");
      long index = kernel.value(active, set) & 1;
      new RedBlackTree(kernel)
          .forEach(
              "slots of kvm 0x%x".formatted(kvm),
              tree.get().at(set),
              MAX_SLOTS,
              at -> {
                add(at - node.offset() - index * node.stride(), slots);
                return true;
              });
    } else {
      Field array = layout.field("memslots");
      long used = Math.min(kernel.value(layout.field("used_slots"), set), MAX_SLOTS);
      for (int i = 0; i < used; i++) {
        add(array.at(set) + (long) i * slot.size(), slots);
      }
    }
    return slots;
  }

  private void add(long at, List<MemorySlot> slots) {
    long first = kernel.value(slot.field("base_gfn"), at);
    long pages = kernel.value(slot.field("npages"), at);
    long virtual = kernel.value(slot.field("userspace_addr"), at);
    int pageShift = kernel.pageShift();
    long limit = 1L << (Long.SIZE - 2 - pageShift);
    if (first < 0 || first >= limit || pages <= 0 || pages >= limit || virtual <= 0) {
      if (pages != 0) {
        kernel.warnings().add("no kvm_memory_slot at 0x%x".formatted(at));
      }
      return;
    }
    try {
      slots.add(new MemorySlot(first << pageShift, pages << pageShift, virtual));
    } catch (IllegalArgumentException e) {
      kernel.warnings().add("kvm_memory_slot at 0x%x: %s".formatted(at, e.getMessage()));
    }
  }
}
