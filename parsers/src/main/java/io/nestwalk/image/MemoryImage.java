package io.nestwalk.image;

import java.util.List;
import java.util.Optional;

/**
 * An opened dump: physical memory, CPU registers and facts about the file.
 *
 * @param file the mapped file; closed with the image
 * @param format the format's name: "elf", "raw"
 * @param creator what wrote the dump, as far as it tells: "QEMU"
 * @param architecture the machine's instruction set where the file tells it
 * @param memory the machine's physical memory
 * @param runs where in the file the memory stands, for formats that store it plainly
 * @param cpus the CPUs that the file describes; empty for raw memory
 * @param vmcoreinfo the guest kernel's VMCOREINFO text, where the file carries it
 * @param warnings what could not be read or had to be assumed, a line each
 * @param snapshots the machine's snapshots that the file holds, for formats that may hold several
 * @param hints what the file notes of the guest system; {@link SystemHints#NONE} where it does not
 */
public record MemoryImage(
    ImageFile file,
    String format,
    Optional<String> creator,
    Optional<Architecture> architecture,
    PhysicalMemory memory,
    List<MemoryRun> runs,
    List<Cpu> cpus,
    Optional<String> vmcoreinfo,
    List<String> warnings,
    List<MachineSnapshot> snapshots,
    SystemHints hints)
    implements AutoCloseable {

  /** Copies the lists. */
  public MemoryImage {
    runs = List.copyOf(runs);
    cpus = List.copyOf(cpus);
    warnings = List.copyOf(warnings);
    snapshots = List.copyOf(snapshots);
  }

  /** An image of a file that is one machine's state at one time. */
  public MemoryImage(
      ImageFile file,
      String format,
      Optional<String> creator,
      Optional<Architecture> architecture,
      PhysicalMemory memory,
      List<MemoryRun> runs,
      List<Cpu> cpus,
      Optional<String> vmcoreinfo,
      List<String> warnings) {
    this(
        file,
        format,
        creator,
        architecture,
        memory,
        runs,
        cpus,
        vmcoreinfo,
        warnings,
        List.of(),
        SystemHints.NONE);
  }

  /** The same image with other warnings. */
  public MemoryImage withWarnings(List<String> newWarnings) {
    return with(newWarnings, snapshots, hints);
  }

  /** The same image as one of these snapshots. */
  public MemoryImage withSnapshots(List<MachineSnapshot> all) {
    return with(warnings, all, hints);
  }

  /** The same image with what its file notes of the guest system. */
  public MemoryImage withHints(SystemHints noted) {
    return with(warnings, snapshots, noted);
  }

  private MemoryImage with(
      List<String> newWarnings, List<MachineSnapshot> newSnapshots, SystemHints newHints) {
    return new MemoryImage(
        file,
        format,
        creator,
        architecture,
        memory,
        runs,
        cpus,
        vmcoreinfo,
        newWarnings,
        newSnapshots,
        newHints);
  }

  @Override
  public void close() {
    file.close();
  }
}
