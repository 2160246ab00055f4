package io.nestwalk.system;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.SystemHints;
import io.nestwalk.types.KernelKnowledge;
import java.util.List;
import java.util.Optional;

/**
 * Support for a kind of operating system. Implementations are found through {@link
 * java.util.ServiceLoader}, so that nothing here depends on any of them.
 */
public interface SystemSupport {

  /**
   * Looks for the system in a machine's own memory.
   *
   * @return nothing when the machine runs another one, or one that can't be read
   */
  Optional<GuestSystem> recognise(Site site);

  /**
   * The same support, knowing more of some kernels; itself where it has no use for such knowledge.
   *
   * @param knowledge of kernels of any system; what concerns another one is left to that one
   */
  default SystemSupport knowing(List<? extends KernelKnowledge> knowledge) {
    return this;
  }

  /**
   * The same support, with a machine's page files; itself where it has no use for them.
   *
   * @param files by number, the first is 0
   */
  default SystemSupport withPageFiles(List<Memory> files) {
    return this;
  }

  /**
   * Looks in a machine for a hypervisor that is no operating system and whose image this support
   * can tell.
   *
   * @param site the machine that it runs on
   * @return nothing when there is none, or another one
   */
  default Optional<HypervisorImage> hypervisor(Site site) {
    return Optional.empty();
  }

  /** What this support was given and had no use for so far, a line each. */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * Looks for the system in what a dump notes of it, where the dump has no physical memory.
   *
   * @return nothing when the hints are another system's, or too few
   */
  default Optional<GuestSystem> recognise(SystemHints hints, Architecture architecture) {
    return Optional.empty();
  }
}
