package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.SeenHypervisor;
import io.nestwalk.system.VirtualizationFact;
import io.nestwalk.system.VirtualizationFact.Feature;
import io.nestwalk.types.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a kernel knows of its processor's virtualization: the capability words that it filled at
 * boot ({@code boot_cpu_data}, bits in {@code arch/x86/include/asm/cpufeatures.h}), and KVM's
 * parameters.
 */
final class VirtualizationSupport {

  /** The values of {@code enum x86_hypervisor_type} from 1 on; Xen has two. */
  private static final List<String> HYPERVISORS =
      List.of("VMware", "Hyper-V", "Xen", "Xen", "KVM", "Jailhouse", "ACRN", "bhyve");

  private final Kernel kernel;
  private final ModuleList modules;
  private final List<VirtualizationFact> facts = new ArrayList<>();

  /** A processor's capability: a bit of a word of {@code x86_capability}. */
  private enum Capability {
    VMX(Feature.VMX, 4, 5),
    SVM(Feature.SVM, 6, 2),
    EPT(Feature.EPT, 8, 2),
    NPT(Feature.NPT, 15, 0);

    private final Feature feature;
    private final int word;
    private final int bit;

    Capability(Feature feature, int word, int bit) {
      this.feature = feature;
      this.word = word;
      this.bit = bit;
    }
  }

  VirtualizationSupport(Kernel kernel, ModuleList modules) {
    this.kernel = kernel;
    this.modules = modules;
  }

  List<VirtualizationFact> read() {
    capabilities();
    parameter("kvm_intel", "enable_ept", Feature.EPT);
    parameter("kvm_amd", "npt_enabled", Feature.NPT);
    return List.copyOf(facts);
  }

  /**
   * Which hypervisor the kernel recognised by CPUID when it started ({@code x86_hyper_type}, {@code
   * arch/x86/include/asm/hypervisor.h}).
   */
  Optional<SeenHypervisor> below() {
    OptionalLong variable = kernel.symbols().address("x86_hyper_type");
    if (variable.isEmpty()) {
      return Optional.empty();
    }
    int type = kernel.memory().getInt(variable.getAsLong(), 0);
    return type <= 0 || type > HYPERVISORS.size()
        ? Optional.empty()
        : Optional.of(
            new SeenHypervisor(
                HYPERVISORS.get(type - 1),
                variable.getAsLong(),
                "the kernel's x86_hyper_type is %d".formatted(type)));
  }

  private void capabilities() {
    Optional<Field> words = kernel.types().findField("cpuinfo_x86", "x86_capability");
    OptionalLong processor = kernel.symbols().address("boot_cpu_data");
    if (words.isEmpty() || processor.isEmpty()) {
      return;
    }
    for (Capability capability : Capability.values()) {
      // The array shares its place with a union, so its elements are counted by their known size.
      long address = words.get().at(processor.getAsLong()) + (long) capability.word * Integer.BYTES;
      if (!kernel.memory().isPresent(address)
          || (long) (capability.word + 1) * Integer.BYTES > words.get().size()) {
        continue;
      }
      boolean set = (kernel.memory().getInt(address, 0) >>> capability.bit & 1) != 0;
      facts.add(
          new VirtualizationFact(
              capability.feature,
              false,
              set,
              "the kernel's boot_cpu_data.x86_capability[%d] bit %d is %d"
                  .formatted(capability.word, capability.bit, set ? 1 : 0)));
    }
  }

  /** A boolean parameter of a KVM module, or of KVM built into the kernel. */
  private void parameter(String module, String name, Feature feature) {
    OptionalLong address =
        modules.all().stream()
            .filter(loaded -> loaded.name().equals(module))
            .findFirst()
            .map((GuestModule loaded) -> modules.symbol(loaded, name))
            .orElseGet(() -> kernel.symbols().address(name));
    if (address.isEmpty()) {
      return;
    }
    int value = kernel.memory().getByte(address.getAsLong());
    if (value == 0 || value == 1) {
      facts.add(
          new VirtualizationFact(
              feature, true, value == 1, "%s's parameter %s is %d".formatted(module, name, value)));
    }
  }
}
