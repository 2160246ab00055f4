package io.nestwalk.linux;

import io.nestwalk.machine.GuestSystem;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SystemSupport;
import io.nestwalk.paging.Walker;
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
  public Optional<GuestSystem> recognise(Machine machine) {
    List<Walker> tables =
        machine.roots().stream()
            .limit(MAX_ROOTS)
            .map(root -> new Walker(root.mode(), root.address(), machine.physical()))
            .toList();
    return Recognition.of(machine.physical(), tables, known);
  }

  @Override
  public List<String> warnings() {
    return known.warnings();
  }
}
