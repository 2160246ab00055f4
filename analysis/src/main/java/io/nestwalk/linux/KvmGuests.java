package io.nestwalk.linux;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.OpenFiles;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.SlotMemory;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.MissingTypeException;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * The virtual machines of a KVM host: {@code struct kvm} (include/linux/kvm_host.h), from KVM's own
 * list and from the files that its processes have open.
 */
final class KvmGuests {

  private static final String LIST = "vm-list";
  private static final String FILES = "open-files";
  private static final String VM_FILE = "kvm-vm";
  private static final String ANONYMOUS_VM_FILE = "anon_inode:" + VM_FILE;
  private static final int MAX_GUESTS = 1 << 14;

  private final Kernel kernel;
  private final ModuleList modules;
  private final TaskFields taskFields;
  private final AddressSpaces spaces;
  private final FilePaths paths;

  KvmGuests(
      Kernel kernel,
      ModuleList modules,
      TaskFields taskFields,
      AddressSpaces spaces,
      FilePaths paths) {
    this.kernel = kernel;
    this.modules = modules;
    this.taskFields = taskFields;
    this.spaces = spaces;
    this.paths = paths;
  }

  /** Knows pages that a process has and has not touched. */
  @FunctionalInterface
  interface UntouchedPages {

    /**
     * A process's memory with pages that are its own but in no table.
     *
     * @param memory what its tables map
     * @param slots the parts that a guest has
     */
    Layer of(GuestProcess process, Layer memory, List<MemorySlot> slots);
  }

  /**
   * The virtual machines.
   *
   * @param processes the host's
   * @param arguments what tells a process's arguments
   * @param pages completes a process's memory
   */
  List<HypervisorGuest> all(
      List<GuestProcess> processes,
      java.util.function.Function<GuestProcess, List<String>> arguments,
      UntouchedPages pages) {
    Optional<GuestModule> module = Optional.empty();
    KernelTypes types = kernel.types();
    List<KernelTypes> vendors = new ArrayList<>();
    for (GuestModule loaded : modules.all()) {
      switch (loaded.name()) {
        case "kvm" -> {
          module = Optional.of(loaded);
          types = modules.types(loaded).map(KernelTypes.class::cast).orElse(types);
        }
        case "kvm_intel", "kvm_amd" -> modules.types(loaded).ifPresent(vendors::add);
        default -> {
          // No part of KVM.
        }
      }
    }
    if (vendors.isEmpty()) {
      vendors.add(types);
    }
    if (types.findField("kvm", "memslots").isEmpty()) {
      module.ifPresent(
          kvm -> kernel.warnings().add("virtual machines: no types of module kvm are found"));
      return List.of();
    }
    Map<Long, Set<String>> found = new LinkedHashMap<>();
    fromList(types, module, found);
    fromFiles(processes, found);
    try {
      Reader reader = new Reader(types, vendors, processes, arguments, pages);
      List<HypervisorGuest> guests = new ArrayList<>();
      found.forEach((kvm, sources) -> guests.add(reader.read(kvm, sources)));
      return guests;
    } catch (MissingTypeException e) {
      kernel.warnings().add("virtual machines: " + e.getMessage());
      return List.of();
    }
  }

  private void fromList(
      KernelTypes types, Optional<GuestModule> module, Map<Long, Set<String>> found) {
    Optional<Field> link = types.findField("kvm", "vm_list");
    OptionalLong head =
        module.isPresent()
            ? modules.symbol(module.get(), "vm_list")
            : kernel.symbols().address("vm_list");
    if (link.isPresent() && head.isPresent()) {
      new ListWalk(kernel)
          .circular(
              "vm_list",
              head.getAsLong(),
              MAX_GUESTS,
              node -> {
                note(node - link.get().offset(), LIST, found);
                return true;
              });
    }
  }

  private void fromFiles(List<GuestProcess> processes, Map<Long, Set<String>> found) {
    OpenFiles files = new OpenFiles(kernel, taskFields.files);
    Field data = kernel.types().field("file", "private_data");
    for (GuestProcess process : processes) {
      if (!process.kernelThread()) {
        files.forEach(
            process.object(),
            (descriptor, file) -> {
              if (paths.nameOf(file).equals(VM_FILE)
                  && paths.of(file).filter(ANONYMOUS_VM_FILE::equals).isPresent()) {
                note(kernel.value(data, file), FILES, found);
              }
            });
      }
    }
  }

  private void note(long kvm, String source, Map<Long, Set<String>> found) {
    if (kernel.isReadable(kvm) && found.size() < MAX_GUESTS) {
      found.computeIfAbsent(kvm, key -> new TreeSet<>()).add(source);
    }
  }

  /** Reads what hangs at one {@code struct kvm}. */
  private final class Reader {

    private final StructLayout layout;
    private final KvmSlots slots;
    private final KvmCpus cpus;
    private final Map<Long, GuestProcess> byMm = new LinkedHashMap<>();
    private final java.util.function.Function<GuestProcess, List<String>> arguments;
    private final UntouchedPages pages;

    Reader(
        KernelTypes types,
        List<KernelTypes> vendors,
        List<GuestProcess> processes,
        java.util.function.Function<GuestProcess, List<String>> arguments,
        UntouchedPages pages) {
      this.pages = pages;
      layout = types.struct("kvm");
      slots = new KvmSlots(kernel, types);
      cpus = new KvmCpus(kernel, types, vendors);
      this.arguments = arguments;
      for (GuestProcess process : processes) {
        if (!process.kernelThread()) {
          byMm.putIfAbsent(kernel.value(taskFields.mm, process.object()), process);
        }
      }
    }

    HypervisorGuest read(long kvm, Set<String> sources) {
      long mm = kernel.value(layout.field("mm"), kvm);
      Optional<GuestProcess> process = Optional.ofNullable(byMm.get(mm));
      List<MemorySlot> memory = slots.of(kvm);
      OptionalLong root = kernel.isReadable(mm) ? spaces.rootOf(mm) : OptionalLong.empty();
      Optional<Layer> layer =
          root.isPresent()
              ? Optional.of(
                  SlotMemory.of(
                      process
                          .map(each -> pages.of(each, spaces.memory(root.getAsLong()), memory))
                          .orElseGet(() -> spaces.memory(root.getAsLong())),
                      memory))
              : Optional.empty();
      return new HypervisorGuest(
          "KVM",
          process.map(p -> nameOf(p, arguments.apply(p))).orElse(""),
          process.map(p -> OptionalInt.of(p.pid())).orElse(OptionalInt.empty()),
          kvm,
          memory,
          layer,
          cpus.of(kvm),
          positive(layout.find("arch.mmu.pgd_phys").or(() -> layout.find("arch.pgd_phys")), kvm),
          positive(layout.find("arch.vtcr").or(() -> layout.find("arch.mmu.vtcr")), kvm),
          sources);
    }

    private OptionalLong positive(Optional<Field> field, long object) {
      long value = field.isPresent() ? kernel.value(field.get(), object) : 0;
      return value > 0 ? OptionalLong.of(value) : OptionalLong.empty();
    }
  }

  /** The name that QEMU was given with -name, else that of the program. */
  static String nameOf(GuestProcess process, List<String> arguments) {
    for (int i = 0; i + 1 < arguments.size(); i++) {
      if (arguments.get(i).equals("-name") || arguments.get(i).equals("--name")) {
        for (String part : arguments.get(i + 1).split(",", -1)) {
          if (part.startsWith("guest=")) {
            return part.substring("guest=".length());
          }
          if (!part.contains("=")) {
            return part;
          }
        }
      }
    }
    return process.name();
  }
}
