package io.nestwalk.windows;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.SystemHints;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.HypervisorImage;
import io.nestwalk.system.Site;
import io.nestwalk.system.SystemSupport;
import io.nestwalk.types.KernelKnowledge;
import io.nestwalk.windows.kernel.KernelFinder;
import io.nestwalk.windows.kernel.NamedImage;
import io.nestwalk.windows.layout.KnownBuilds;
import io.nestwalk.windows.memory.PageFiles;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Looks for Windows through the roots that were found in a machine. */
public final class WindowsSupport implements SystemSupport {

  /**
   * Roots of a former start and roots for user mode map no kernel that can be read; every process's
   * does.
   */
  private static final int MAX_ROOTS = 64;

  /** All that a root maps of the kernel's part is read then. */
  private static final int MAX_ROOTS_WITHOUT_HEADERS = 4;

  private static final PagingMode BOTH_HALVES =
      ArmModes.stage1(
          ArmModes.Granule.KIB_4, 48, InputRule.SIGN_EXTENDED, ArmModes.OutputSize.BITS_48);

  private final List<KernelKnowledge> knowledge;
  private final PageFiles files;
  private final Set<KernelKnowledge> used = new LinkedHashSet<>();
  private final Set<String> kernels = new LinkedHashSet<>();

  /** Knows of kernels what the program came with and what their own memory tells. */
  public WindowsSupport() {
    this(List.of());
  }

  /**
   * Knows more of some kernels.
   *
   * @param knowledge each is used for the machines that run the build that it names
   */
  public WindowsSupport(List<? extends KernelKnowledge> knowledge) {
    this(List.copyOf(knowledge), PageFiles.NONE);
  }

  private WindowsSupport(List<KernelKnowledge> knowledge, PageFiles files) {
    this.knowledge = knowledge;
    this.files = files;
  }

  @Override
  public SystemSupport knowing(List<? extends KernelKnowledge> more) {
    return new WindowsSupport(
        more.stream()
            .filter(each -> each.pdb().isPresent())
            .map(KernelKnowledge.class::cast)
            .toList(),
        files);
  }

  @Override
  public SystemSupport withPageFiles(List<Memory> all) {
    return new WindowsSupport(knowledge, new PageFiles(all));
  }

  @Override
  public Optional<GuestSystem> recognise(Site site) {
    if (site.architecture() == Architecture.RISCV64) {
      return Optional.empty();
    }
    KernelFinder finder = new KernelFinder(site.physical(), KnownBuilds.installed(), knowledge);
    return firstOf(site, MAX_ROOTS, finder::find)
        .or(() -> firstOf(site, MAX_ROOTS_WITHOUT_HEADERS, finder::findWithoutHeaders))
        .map(
            found -> {
              note(found);
              return new WindowsSystem(found, files, secureKernel(site, found));
            });
  }

  /**
   * The kernel of virtual trust level 1, which has tables of its own: roots that map the normal
   * kernel map no other.
   */
  private static Optional<NamedImage> secureKernel(Site site, KernelFinder.Found found) {
    long kernel = found.kernel().image().base();
    return site.roots().stream()
        .map(root -> tables(site, root))
        .filter(tables -> Translation.isFault(tables.translate(kernel)))
        .limit(MAX_ROOTS)
        .flatMap(
            tables -> NamedImage.find(site.physical(), tables, NamedImage.SECURE_KERNEL).stream())
        .findFirst();
  }

  @Override
  public Optional<HypervisorImage> hypervisor(Site site) {
    return site.roots().stream()
        .limit(MAX_ROOTS)
        .map(root -> tables(site, root))
        .flatMap(tables -> NamedImage.find(site.physical(), tables, NamedImage.HYPER_V).stream())
        .findFirst()
        .map(
            image ->
                new HypervisorImage(
                    "Hyper-V",
                    image.base(),
                    "root 0x%x maps %s%s at 0x%x"
                        .formatted(
                            image.root(),
                            image.name(),
                            image.version().map(version -> " " + version).orElse(""),
                            image.base())));
  }

  @Override
  public Optional<GuestSystem> recognise(SystemHints hints, Architecture architecture) {
    return DumpedSystem.of(hints, architecture);
  }

  /**
   * The tables of both halves of a space. On ARM64 Windows keeps them in one page, the kernel's in
   * its upper half, so that they are walked like one table of x86-64.
   */
  private static Walker tables(Site site, Root root) {
    return site.architecture() == Architecture.AARCH64
        ? new Walker(BOTH_HALVES, BOTH_HALVES.rootOf(root.address()), site.physical())
        : new Walker(root.mode(), root.address(), site.physical());
  }

  private static Optional<KernelFinder.Found> firstOf(
      Site site, int roots, Function<Walker, Optional<KernelFinder.Found>> search) {
    return site.roots().stream()
        .limit(roots)
        .map(root -> search.apply(tables(site, root)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private void note(KernelFinder.Found found) {
    found
        .kernel()
        .image()
        .pdb()
        .ifPresent(
            pdb -> {
              kernels.add(pdb.toString());
              knowledge.stream()
                  .filter(each -> each.pdb().filter(pdb::matches).isPresent())
                  .forEach(used::add);
            });
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (KernelKnowledge each : knowledge) {
      if (!used.contains(each) && !kernels.isEmpty()) {
        warnings.add(
            "%s: not used; it is for %s, but the kernels found are %s"
                .formatted(
                    each.source(),
                    each.pdb().map(Object::toString).orElse("a kernel that it does not name"),
                    String.join(", ", kernels)));
      }
    }
    return warnings;
  }
}
