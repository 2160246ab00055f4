package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** KVM's memory slots count in the host's pages, whatever pages the guest has. */
class KvmSlotsTest {

  private static final long BASE = 0xffff_8000_0000_0000L;
  private static final long KVM = BASE + 0x1000;
  private static final long SET = BASE + 0x2000;
  private static final int SLOTS = 64;

  @ParameterizedTest
  @EnumSource
  void slotsCountInTheHostsPages(Granule granule) {
    ListedTypes types =
        new ListedTypes()
            .with("kvm", "memslots", 16, 8)
            .with("kvm_memslots", "used_slots", 0, 4)
            .with("kvm_memslots", "memslots", SLOTS, 8)
            .with("kvm_memory_slot", "base_gfn", 0, 8)
            .with("kvm_memory_slot", "npages", 8, 8)
            .with("kvm_memory_slot", "userspace_addr", 16, 8);
    ArrayMemory memory = new ArrayMemory(BASE, 1 << 16);
    memory.putLong(KVM + 16, SET).putLong(SET, 1);
    memory.putLong(SET + SLOTS, 0x2_0000).putLong(SET + SLOTS + 8, 0x1c00);
    memory.putLong(SET + SLOTS + 16, 0x7f00_0000_0000L);
    PagingMode mode = ArmModes.stage1(granule, 42, InputRule.ONES_EXTENDED, OutputSize.BITS_48);
    Kernel kernel =
        new Kernel(
            memory, new Walker(mode, 0, memory), memory, types, KernelSymbols.NONE, new Warnings());
    assertThat(new KvmSlots(kernel, types).of(KVM))
        .containsExactly(
            new MemorySlot(
                0x2_0000L << granule.shift(), 0x1c00L << granule.shift(), 0x7f00_0000_0000L));
  }
}
