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

  @Override
  public Optional<GuestSystem> recognise(Machine machine) {
    List<Walker> tables =
        machine.roots().stream()
            .limit(MAX_ROOTS)
            .map(root -> new Walker(root.mode(), root.address(), machine.physical()))
            .toList();
    return LinuxSystem.recognise(machine.physical(), tables);
  }
}
