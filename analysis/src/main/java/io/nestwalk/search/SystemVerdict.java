package io.nestwalk.search;

import io.nestwalk.image.Advice;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageOption;
import io.nestwalk.machine.Machine;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.FirstStage;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.Site;
import io.nestwalk.system.SystemFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the operating system that was recognised in a machine says of the machine's roots: it
 * confirms the one that maps its kernel, and speaks against one that maps another kernel. Two
 * kernels are in one memory after kexec: the one that crashed, and the one that came after it.
 */
final class SystemVerdict {

  /** Linux' image and its modules on x86-64. */
  private static final long KERNEL_IMAGES = 0xffff_ffff_8000_0000L;

  private static final long END_OF_IMAGES = 0xffff_ffff_ff00_0000L;
  private static final long PAGE = 1 << 12;

  /** No kernel's code is smaller. */
  private static final long SMALLEST_CODE = 1 << 20;

  private final Machine machine;
  private final GuestSystems systems;
  private final SearchLog log;
  private final boolean shadowed;

  /**
   * A verdict.
   *
   * @param guests the machines that run on this one: shadow tables of theirs map their kernels in
   *     this one's memory
   */
  SystemVerdict(Machine machine, GuestSystems systems, SearchLog log, List<Guest> guests) {
    shadowed = guests.stream().anyMatch(Guest::isShadowed);
    this.machine = machine;
    this.systems = systems;
    this.log = log;
  }

  /** The machine with what its system says of its root. */
  Machine machine() {
    Optional<SystemFacts> facts = machine.system().map(GuestSystem::facts);
    if (facts.isEmpty()) {
      return withoutFormAlone();
    }
    otherKernels(facts.get());
    return machine.root().isEmpty()
        ? machine
        : machine.withRoot(Optional.of(judged(machine.root().get(), facts.get())));
  }

  /**
   * The machine without a root of which nothing speaks but a weak form: neither registers nor a
   * system that is recognised.
   */
  private Machine withoutFormAlone() {
    if (!FirstStage.of(machine.architecture()).isFormWeak()
        || machine.root().isEmpty()
        || machine.root().get().evidence().stream()
            .anyMatch(evidence -> evidence.source() != Source.STRUCTURE)) {
      return machine;
    }
    Root root = machine.root().get();
    log.advise(
        Advice.of(
            ImageOption.ROOT,
            root.address(),
            ("%s: 0x%x has the form of a root of %s, but nothing else speaks for it: a candidate"
                    + " only, to be named as the root")
                .formatted(machine.id(), root.address(), root.mode())));
    return machine.withRoot(Optional.empty());
  }

  private Root judged(Root root, SystemFacts facts) {
    String kernel = "the kernel of %s %s".formatted(facts.name(), facts.version());
    if (machine.space(root.mode(), root.address()).isPresent(facts.kernelBase())) {
      return root.isConfirmed()
          ? root
          : root.with(Evidence.of(Source.CONTENT, facts.kernelBase(), "maps " + kernel));
    }
    if (mapsAnother(root, facts)) {
      log.warn(
          ("%s: root 0x%x maps another kernel than that of %s %s at 0x%x, whose processes are"
                  + " listed")
              .formatted(
                  machine.id(), root.address(), facts.name(), facts.version(), facts.kernelBase()));
      return root.with(
          Evidence.against(
              Source.CONTENT, facts.kernelBase(), "maps another kernel and not " + kernel));
    }
    return root;
  }

  /** Says which other kernel has tables in this machine's memory. */
  private void otherKernels(SystemFacts facts) {
    List<Root> others = new ArrayList<>();
    for (Root root : machine.roots()) {
      if (mapsAnother(root, facts)) {
        others.add(root);
      }
    }
    if (others.isEmpty()) {
      return;
    }
    Optional<SystemFacts> other =
        systems
            .recognise(new Site(machine.architecture(), machine.physical(), others, machine.cpus()))
            .map(GuestSystem::facts)
            .filter(found -> found.kernelBase() != facts.kernelBase());
    log.advise(
        Advice.of(
            ImageOption.ROOT,
            others.getFirst().address(),
            ("%s: two kernels are in this memory, as after kexec: %d roots, 0x%x first, do not map"
                    + " the kernel at 0x%x whose processes are listed but %s; a root that is named"
                    + " shows their memory")
                .formatted(
                    machine.id(),
                    others.size(),
                    others.getFirst().address(),
                    facts.kernelBase(),
                    other
                        .map(
                            found ->
                                "that of %s %s at 0x%x"
                                    .formatted(found.name(), found.version(), found.kernelBase()))
                        .orElse("another one's code"))));
  }

  private boolean mapsAnother(Root root, SystemFacts facts) {
    if (shadowed
        || root.mode().architecture() != Architecture.X86_64
        || facts.kernelPhysical().isEmpty()
        || facts.kernelBase() < KERNEL_IMAGES
        || facts.kernelBase() >= END_OF_IMAGES) {
      return false;
    }
    // The user's half of isolated tables maps hardly more than the entry code: it lies beside the
    // other half.
    return !mapsThis(root, root.address(), facts)
        && !mapsThis(root, root.address() ^ PAGE, facts)
        && codeBytes(root) >= SMALLEST_CODE;
  }

  private boolean mapsThis(Root root, long table, SystemFacts facts) {
    long kernel = new Walker(root.mode(), table, machine.physical()).translate(facts.kernelBase());
    return !Translation.isFault(kernel)
        && Translation.address(kernel) == facts.kernelPhysical().getAsLong();
  }

  private long codeBytes(Root root) {
    long[] bytes = {0};
    new Walker(root.mode(), root.address(), machine.physical())
        .forEachLeaf(
            KERNEL_IMAGES,
            END_OF_IMAGES - 1,
            (address, page, shift, permissions) -> {
              boolean code =
                  (permissions & Permissions.EXECUTE) != 0
                      && (permissions & Permissions.USER) == 0
                      && machine.physical().isPresent(page);
              bytes[0] += code ? 1L << shift : 0;
              return bytes[0] < SMALLEST_CODE;
            });
    return bytes[0];
  }
}
