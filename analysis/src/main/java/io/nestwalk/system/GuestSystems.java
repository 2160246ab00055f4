package io.nestwalk.system;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Providers;
import io.nestwalk.image.SystemHints;
import io.nestwalk.types.KernelKnowledge;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;

/** Recognises the operating system of a machine, whichever of the supported ones it is. */
public final class GuestSystems {

  /** Recognises nothing. */
  public static final GuestSystems NONE = new GuestSystems(List.of());

  private static final Providers<SystemSupport> INSTALLED = new Providers<>(SystemSupport.class);

  private final List<SystemSupport> supports;
  private final List<String> failures = new CopyOnWriteArrayList<>();

  private GuestSystems(List<SystemSupport> supports) {
    this.supports = List.copyOf(supports);
  }

  /** All that the program came with. */
  public static GuestSystems installed() {
    return new GuestSystems(INSTALLED.all());
  }

  /**
   * The same, knowing more of some kernels.
   *
   * @param knowledge of kernels of any of the systems
   */
  public GuestSystems knowing(List<? extends KernelKnowledge> knowledge) {
    return new GuestSystems(supports.stream().map(each -> each.knowing(knowledge)).toList());
  }

  /**
   * The same, with page files of the machine that an image is of.
   *
   * @param files by number, the first is 0
   */
  public GuestSystems withPageFiles(List<Memory> files) {
    return new GuestSystems(supports.stream().map(each -> each.withPageFiles(files)).toList());
  }

  /** The same and one more, which is asked first. */
  public GuestSystems with(SystemSupport support) {
    return new GuestSystems(Stream.concat(Stream.of(support), supports.stream()).toList());
  }

  /** The machine's operating system; empty when none is recognised. */
  public Optional<GuestSystem> recognise(Site site) {
    return firstOf(support -> support.recognise(site));
  }

  /** The operating system of which a dump without physical memory holds pieces. */
  public Optional<GuestSystem> recognise(SystemHints hints, Architecture architecture) {
    return firstOf(support -> support.recognise(hints, architecture));
  }

  /** The hypervisor that runs on a machine in place of an operating system, by its own image. */
  public Optional<HypervisorImage> hypervisor(Site site) {
    return firstAnswer(support -> support.hypervisor(site));
  }

  private Optional<GuestSystem> firstOf(Function<SystemSupport, Optional<GuestSystem>> look) {
    return firstAnswer(look).map(GuardedSystem::new);
  }

  private <T> Optional<T> firstAnswer(Function<SystemSupport, Optional<T>> look) {
    for (SystemSupport support : supports) {
      try {
        Optional<T> answer = look.apply(support);
        if (answer.isPresent()) {
          return answer;
        }
      } catch (RuntimeException | StackOverflowError e) {
        // What one kind of system makes of hostile memory must not cost the others.
        failures.add(
            "%s: the look for a system failed with %s"
                .formatted(support.getClass().getSimpleName(), e));
      }
    }
    return Optional.empty();
  }

  /** What supports were given and had no use for so far, a line each. */
  public List<String> warnings() {
    return Stream.concat(
            supports.stream().flatMap(support -> support.warnings().stream()), failures.stream())
        .distinct()
        .toList();
  }
}
