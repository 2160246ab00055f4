package io.nestwalk.roots;

import io.nestwalk.image.Registers;
import java.util.Map;
import java.util.Optional;

/**
 * A VMCS whose fields were located.
 *
 * @param page where it lies
 * @param layout how its fields were located, for the user
 * @param madeBy the hypervisor whose own form that is, where it is none of a processor's: it runs
 *     the machine in whose memory the VMCS lies
 * @param eptp the EPT pointer
 * @param guest registers of the guest, as of its last exit; only those whose place is known
 * @param host registers that the processor loads at an exit; only those whose place is known
 * @param places where in the page fields stand, by their names: "ept_pointer", "guest_cr3"; only
 *     those whose place is known
 */
public record Vmcs(
    VmcsPage page,
    String layout,
    Optional<String> madeBy,
    long eptp,
    Registers guest,
    Registers host,
    Map<String, Integer> places) {

  /** Copies the places. */
  public Vmcs {
    places = Map.copyOf(places);
  }
}
