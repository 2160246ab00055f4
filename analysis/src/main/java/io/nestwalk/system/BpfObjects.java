package io.nestwalk.system;

import java.util.List;

/**
 * What of BPF is loaded into a kernel.
 *
 * @param programs by number; hidden ones last
 * @param maps by number
 * @param missing what could not be looked at, a reason each
 */
public record BpfObjects(List<BpfProgram> programs, List<BpfMap> maps, List<String> missing) {

  /** Nothing is known. */
  public static final BpfObjects UNKNOWN = new BpfObjects(List.of(), List.of(), List.of());

  /** Copies the lists. */
  public BpfObjects {
    programs = List.copyOf(programs);
    maps = List.copyOf(maps);
    missing = List.copyOf(missing);
  }
}
