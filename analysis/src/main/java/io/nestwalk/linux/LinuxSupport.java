package io.nestwalk.linux;

import io.nestwalk.paging.Walker;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.Site;
import io.nestwalk.system.SystemSupport;
import io.nestwalk.types.KernelKnowledge;
import java.util.List;
import java.util.Optional;

/** Looks for Linux through the roots that were found in a machine. */
public final class LinuxSupport implements SystemSupport {

  /** Every process maps the kernel; when so many roots map none, there is none. */
  private static final int MAX_ROOTS = 16;

  private final KnownKernels known;

  /** Knows of kernels what their own memory tells. */
  public LinuxSupport() {
    this(List.of());
  }

  /**
   * Knows more of some kernels.
   *
   * @param knowledge each is used for the machines that run the kernel that it describes
   */
  public LinuxSupport(List<? extends KernelKnowledge> knowledge) {
    known = new KnownKernels(List.copyOf(knowledge));
  }

  @Override
  public SystemSupport knowing(List<? extends KernelKnowledge> more) {
    return new LinuxSupport(more.stream().filter(each -> each.pdb().isEmpty()).toList());
  }

  @Override
  public Optional<GuestSystem> recognise(Site site) {
    List<Walker> tables =
        site.roots().stream()
            .limit(MAX_ROOTS)
            .map(root -> new Walker(root.mode(), root.address(), site.physical()))
            .toList();
    return Recognition.of(site.physical(), tables, known, site.notes());
  }

  @Override
  public List<String> warnings() {
    return known.warnings();
  }
}
