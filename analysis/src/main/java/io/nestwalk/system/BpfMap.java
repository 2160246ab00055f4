package io.nestwalk.system;

import java.util.List;
import java.util.OptionalLong;

/**
 * A map of BPF: what its programs keep, and share with processes.
 *
 * @param id its number
 * @param type as bpftool names it: "hash", "ringbuf"; "type N" of one that is not known here
 * @param name as it was made; may be empty
 * @param keySize bytes of a key
 * @param valueSize bytes of a value
 * @param maxEntries so many it can hold
 * @param flags BPF_F_ of include/uapi/linux/bpf.h
 * @param object kernel address of {@code struct bpf_map}
 * @param values kernel address of the values of an array, to which programs may point; empty for
 *     any other type
 * @param programs the numbers of the programs that use it
 * @param holders who has it open
 * @param pins its paths in file systems of BPF
 */
public record BpfMap(
    int id,
    String type,
    String name,
    long keySize,
    long valueSize,
    long maxEntries,
    long flags,
    long object,
    OptionalLong values,
    List<Integer> programs,
    List<BpfHolder> holders,
    List<String> pins) {

  /** Copies the lists. */
  public BpfMap {
    programs = List.copyOf(programs);
    holders = List.copyOf(holders);
    pins = List.copyOf(pins);
  }
}
