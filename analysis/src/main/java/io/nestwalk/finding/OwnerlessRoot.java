package io.nestwalk.finding;

import io.nestwalk.image.Architecture;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A root that looks like a process's, but is no listed process's: either the process was hidden
 * from every list, or it has ended and its tables were not overwritten yet.
 *
 * @param root the root
 * @param userBytes how much memory that user code may use it maps
 * @param first the lowest virtual address of it
 */
public record OwnerlessRoot(Root root, long userBytes, long first) {

  /**
   * The ownerless roots of a machine; none where no operating system is recognised, or where the
   * system's processes have no roots.
   */
  public static List<OwnerlessRoot> in(Machine machine) {
    Optional<GuestSystem> system = machine.system();
    return system.isEmpty() ? List.of() : among(machine, system.get(), system.get().processes());
  }

  /**
   * What a list of a machine's processes has to say beside them: a process that no list has leaves
   * its page tables, which name none. Empty where there are none such.
   */
  public static Optional<String> remark(Machine machine) {
    List<OwnerlessRoot> roots = in(machine);
    if (roots.isEmpty()) {
      return Optional.empty();
    }
    String more =
        roots.size() == 1
            ? ""
            : "; %d more such roots are among the findings".formatted(roots.size() - 1);
    return Optional.of("%s: %s%s".formatted(machine.id(), roots.getFirst(), more));
  }

  /** The roots that are neither the kernel's nor one of these processes'. */
  static List<OwnerlessRoot> among(
      Machine machine, GuestSystem system, List<GuestProcess> processes) {
    SystemFacts facts = system.facts();
    if (facts.kernelPhysical().isEmpty()) {
      return List.of();
    }
    Set<Long> owned = new HashSet<>();
    facts.root().ifPresent(owned::add);
    for (GuestProcess process : processes) {
      process.root().ifPresent(owned::add);
      process.userRoot().ifPresent(owned::add);
    }
    List<OwnerlessRoot> found = new ArrayList<>();
    for (Root root : machine.roots()) {
      if (owned.add(root.address()) && root.mode().input() != InputRule.ONES_EXTENDED) {
        Walker walker = new Walker(root.mode(), root.address(), machine.physical());
        boolean apart = root.mode().architecture() == Architecture.AARCH64;
        if (apart || mapsKernel(walker, facts)) {
          UserMemory user = new UserMemory(facts, system.kernelMemory());
          walker.forEachLeaf(0, Long.MAX_VALUE, user::look);
          if (user.bytes > 0 && !(apart && user.isMostlyKernel())) {
            found.add(new OwnerlessRoot(root, user.bytes, user.first));
          }
        }
      }
    }
    return List.copyOf(found);
  }

  /** Every process's tables map this kernel, where the kernel has no root of its own. */
  private static boolean mapsKernel(Walker walker, SystemFacts facts) {
    long kernel = walker.translate(facts.kernelBase());
    return !Translation.isFault(kernel)
        && Translation.address(kernel) == facts.kernelPhysical().getAsLong();
  }

  /** What it maps, in words. */
  @Override
  public String toString() {
    return ("root 0x%x maps %d KiB for user code, from 0x%x on, but is no listed process's: hidden,"
            + " or ended and not overwritten yet")
        .formatted(root.address(), userBytes >> 10, first);
  }

  /**
   * Sums up what tables let user code use, and how many of the pages are the kernel image's own.
   */
  private static final class UserMemory {

    private final long kernelPhysical;
    private final long kernelBase;
    private final Layer kernel;
    private long bytes;
    private long first;
    private long otherPages;
    private long kernelPages;
    private long lastKernelPage = -1;

    UserMemory(SystemFacts facts, Layer kernel) {
      kernelPhysical = facts.kernelPhysical().orElseThrow();
      kernelBase = facts.kernelBase();
      this.kernel = kernel;
    }

    boolean look(long address, long page, int shift, int permissions) {
      if ((permissions & Permissions.USER) != 0) {
        first = bytes == 0 ? address : first;
        bytes += 1L << shift;
        boolean ofKernel = isOfKernel(page);
        // The page of zeros may be mapped any number of times: it counts for nothing then.
        if (!ofKernel || page != lastKernelPage) {
          otherPages += ofKernel ? 0 : 1;
          kernelPages += ofKernel ? 1 : 0;
        }
        lastKernelPage = ofKernel ? page : lastKernelPage;
      }
      return true;
    }

    /**
     * Whether these are tables of ARM's EL2, where every page passes for a user's: a hypervisor
     * there (arch/arm64/kvm/hyp) maps hardly anything but the kernel's image. A process has few of
     * its pages: the vDSO and the page of zeros.
     */
    boolean isMostlyKernel() {
      return kernelPages >= otherPages;
    }

    /** Whether the kernel maps the page where its image would have it. */
    private boolean isOfKernel(long page) {
      long translation = kernel.translate(kernelBase + page - kernelPhysical);
      return !Translation.isFault(translation) && Translation.address(translation) == page;
    }
  }
}
