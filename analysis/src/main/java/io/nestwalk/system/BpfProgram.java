package io.nestwalk.system;

import io.nestwalk.image.AddressRange;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A program of BPF that is loaded into a kernel.
 *
 * @param id its number; 0 of one that has lost it
 * @param type as bpftool names it: "kprobe", "xdp"; "type N" of one that is not known here
 * @param name as it was loaded; may be empty
 * @param tag eight bytes that tell programs apart, in hexadecimal
 * @param uid of who loaded it
 * @param loaded when
 * @param instructions how many it has, as the verifier left them
 * @param bytecode kernel address of its instructions, of 8 bytes each
 * @param compiled its compiled functions, the main one first; none where it is interpreted
 * @param entry kernel address of what runs it: its own compiled code, or an interpreter
 * @param code where its compiled code begins; empty where it is interpreted
 * @param codeBytes how long its compiled code is, 0 where it is interpreted
 * @param helpers the kernel's functions that it calls, by name
 * @param maps the numbers of the maps that it uses
 * @param attachments what it is attached to, as far as that is known
 * @param holders who has it open
 * @param pins its paths in file systems of BPF
 * @param seenBy the kernel's own lists that have it
 * @param hidden whether the list of all programs lacks it
 * @param object kernel address of {@code struct bpf_prog}
 */
public record BpfProgram(
    int id,
    String type,
    String name,
    String tag,
    OptionalInt uid,
    Optional<Instant> loaded,
    long instructions,
    long bytecode,
    List<AddressRange> compiled,
    long entry,
    OptionalLong code,
    long codeBytes,
    List<Helper> helpers,
    List<Integer> maps,
    List<Attachment> attachments,
    List<BpfHolder> holders,
    List<String> pins,
    List<String> seenBy,
    boolean hidden,
    long object) {

  /** Copies the lists. */
  public BpfProgram {
    compiled = List.copyOf(compiled);
    helpers = List.copyOf(helpers);
    maps = List.copyOf(maps);
    attachments = List.copyOf(attachments);
    holders = List.copyOf(holders);
    pins = List.copyOf(pins);
    seenBy = List.copyOf(seenBy);
  }

  /**
   * What a program is attached to.
   *
   * @param kind "kprobe", "cgroup", "xdp", "socket" ...
   * @param target the function, group, device or socket
   */
  public record Attachment(String kind, String target) {}

  /**
   * A function that a program calls.
   *
   * @param name its symbol; empty where there is none
   * @param address where it begins
   */
  public record Helper(Optional<String> name, long address) {}
}
