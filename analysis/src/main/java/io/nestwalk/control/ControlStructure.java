package io.nestwalk.control;

import java.util.List;
import java.util.Optional;

/**
 * A control structure, or the control registers of a CPU.
 *
 * @param kind "vmcs", "vmcb", "host-save" or "cpu"
 * @param machine the id of the machine in whose memory it lies, or whose CPU it is
 * @param address its physical address in that machine; for a CPU its number
 * @param guest the id of the guest that it is for; empty for a host's own state
 * @param layout how its fields were located
 * @param fields what is decoded, in the order of their places
 * @param undecoded how many bytes that are not 0 lie outside of these fields
 */
public record ControlStructure(
    String kind,
    String machine,
    long address,
    Optional<String> guest,
    String layout,
    List<ControlField> fields,
    int undecoded) {

  /** Copies the list. */
  public ControlStructure {
    fields = List.copyOf(fields);
  }
}
