package io.nestwalk.roots;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a processor keeps fields in its VMCS: byte offsets, -1 for a field whose place is not
 * known.
 *
 * @param name what is known to have it
 * @param eptp the EPT pointer
 * @param link the VMCS link pointer
 * @param guestCr3 the guest's CR3
 * @param guestCr4 the guest's CR4
 * @param hostCr3 the host's CR3
 * @param hostCr4 the host's CR4
 * @param guestRip the guest's RIP
 */
record VmcsLayout(
    String name,
    int eptp,
    int link,
    int guestCr3,
    int guestCr4,
    int hostCr3,
    int hostCr4,
    int guestRip) {

  static final int UNKNOWN = -1;

  /**
   * The enlightened VMCS (Hyper-V TLFS, {@code HV_VMX_ENLIGHTENED_VMCS}; Linux, {@code struct
   * hv_enlightened_vmcs}), of revision 1, or of KVM's where a guest keeps the one that KVM told it.
   */
  private static final VmcsLayout ENLIGHTENED =
      new VmcsLayout("Hyper-V's enlightened VMCS", 624, 416, 552, 560, 48, 56, 816);

  /**
   * Layouts read by others from processors (Volatility 3's symbol files, Actaeon, Rekall's
   * profiles) and from KVM's source ({@code arch/x86/kvm/vmx/vmcs12.h}), by revision. One revision
   * may stand for several layouts, and most processors are missing: this is a short cut and a
   * cross-check, never the way to find a VMCS.
   */
  private static final Map<Integer, List<VmcsLayout>> KNOWN =
      Map.of(
          0x0e, List.of(new VmcsLayout("Nehalem", 232, 248, 736, 744, 832, 840, 472)),
          0x0f, List.of(new VmcsLayout("Westmere", 320, 248, 736, 744, 832, 840, 472)),
          0x10, List.of(new VmcsLayout("Sandy Bridge", 232, 248, 736, 744, 832, 840, 472)),
          0x12, List.of(new VmcsLayout("Haswell", 320, 248, 528, 536, 816, 824, 472)),
          0x04, List.of(new VmcsLayout("Skylake", 320, 248, 528, 536, 816, 824, 472)),
          0x11e57ed0,
              List.of(
                  new VmcsLayout("KVM vmcs12", 120, 176, 432, 440, 592, 600, 544),
                  new VmcsLayout("KVM vmcs12 of 2014", 112, 128, 376, 384, 536, 544, 488),
                  ENLIGHTENED),
          0x01, List.of(ENLIGHTENED));

  /** The hypervisor that has this layout for its guests; empty for those of processors. */
  Optional<String> madeBy() {
    if (name.startsWith("KVM")) {
      return Optional.of("KVM");
    }
    // KVM offers the same interface: the form alone does not tell the two apart.
    return Optional.empty();
  }

  /** The places that are known, by the names of fields. */
  Map<String, Integer> places() {
    Map<String, Integer> all = new LinkedHashMap<>();
    all.put("ept_pointer", eptp);
    all.put("vmcs_link_pointer", link);
    all.put("guest_cr3", guestCr3);
    all.put("guest_cr4", guestCr4);
    all.put("guest_rip", guestRip);
    all.put("host_cr3", hostCr3);
    all.put("host_cr4", hostCr4);
    all.values().removeIf(place -> place == UNKNOWN);
    return all;
  }

  /** The layouts that are known for a revision, none for most. */
  static List<VmcsLayout> knownFor(int revision) {
    return KNOWN.getOrDefault(revision, List.of());
  }
}
