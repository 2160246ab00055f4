package io.nestwalk.search;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Root;
import io.nestwalk.system.SystemFacts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which kernel the roots of one memory map. */
final class KernelMap {

  /** Linux' image and its modules on x86-64. */
  private static final long KERNEL_IMAGES = 0xffff_ffff_8000_0000L;

  private static final long END_OF_IMAGES = 0xffff_ffff_ff00_0000L;
  private static final long PAGE = 1 << 12;

  /** No kernel's code is smaller. */
  private static final long SMALLEST_CODE = 1 << 20;

  private final Memory physical;

  /**
   * Whether roots map so much code of a kernel: to see that none is there takes the whole range.
   */
  private final Map<Tables, Boolean> withCode = new HashMap<>();

  /** Of the root that was looked at last: most have its mode. */
  private Walker last;

  private record Tables(PagingMode mode, long root) {}

  KernelMap(Memory physical) {
    this.physical = physical;
  }

  /** Whether a root maps the code of a kernel, and not that of this one. */
  boolean hasAnother(Root root, SystemFacts facts) {
    if (root.mode().architecture() != Architecture.X86_64
        || facts.kernelPhysical().isEmpty()
        || facts.kernelBase() < KERNEL_IMAGES
        || facts.kernelBase() >= END_OF_IMAGES) {
      return false;
    }
    return !has(root, facts)
        && withCode.computeIfAbsent(
            new Tables(root.mode(), root.address()), _ -> codeBytes(root) >= SMALLEST_CODE);
  }

  /**
   * Whether a root maps this kernel. The user's half of isolated tables maps hardly more than the
   * entry code: it lies beside the other half, which counts for it.
   */
  boolean has(Root root, SystemFacts facts) {
    return facts.kernelPhysical().isPresent()
        && (maps(root, root.address(), facts) || maps(root, root.address() ^ PAGE, facts));
  }

  /**
   * Whether this memory is the kernel's physical memory: then the root that the kernel calls its
   * own maps it, too. Shadow tables of a guest map its kernel here as well; but its own root holds
   * the guest's physical addresses, which lead elsewhere.
   */
  boolean isItsMemory(PagingMode mode, SystemFacts facts) {
    return facts.root().isEmpty()
        || has(new Root(mode, facts.root().getAsLong(), List.of()), facts);
  }

  private boolean maps(Root root, long table, SystemFacts facts) {
    long kernel = walker(root.mode(), table).translate(facts.kernelBase());
    return !Translation.isFault(kernel)
        && Translation.address(kernel) == facts.kernelPhysical().getAsLong();
  }

  private Walker walker(PagingMode mode, long root) {
    last =
        last != null && last.mode().equals(mode)
            ? last.under(root)
            : new Walker(mode, root, physical);
    return last;
  }

  private long codeBytes(Root root) {
    long[] bytes = {0};
    walker(root.mode(), root.address())
        .forEachLeaf(
            KERNEL_IMAGES,
            END_OF_IMAGES - 1,
            (address, page, shift, permissions) -> {
              boolean code =
                  (permissions & Permissions.EXECUTE) != 0
                      && (permissions & Permissions.USER) == 0
                      && physical.isPresent(page);
              bytes[0] += code ? 1L << shift : 0;
              return bytes[0] < SMALLEST_CODE;
            });
    return bytes[0];
  }
}
