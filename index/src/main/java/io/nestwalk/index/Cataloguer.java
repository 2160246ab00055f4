package io.nestwalk.index;

import io.nestwalk.image.Memory;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.MachineEntry;
import io.nestwalk.index.Entry.MappingEntry;
import io.nestwalk.index.Entry.ProcessEntry;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes entries of everything that a machine holds: itself, its processes, mappings and runs. */
public final class Cataloguer {

  /** Takes entries. */
  @FunctionalInterface
  public interface Sink {
    /** An entry. */
    void add(Entry entry) throws IOException;
  }

  private final StoredRuns stored;
  private final Progress progress;
  private final List<String> warnings = new ArrayList<>();

  /**
   * A cataloguer of one image.
   *
   * @param stored where the image keeps host-physical memory
   */
  public Cataloguer(StoredRuns stored, Progress progress) {
    this.stored = stored;
    this.progress = progress;
  }

  /** What could not be followed or read so far, a line each. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Hands all entries of a machine to {@code sink}. */
  public void catalogue(Machine machine, Sink sink) throws IOException {
    Optional<GuestSystem> system = machine.system();
    Optional<SystemFacts> facts = system.map(GuestSystem::facts);
    sink.add(new MachineEntry(machine, facts));
    SpaceRuns runs = new SpaceRuns(machine, facts, stored);
    if (machine.parent().isPresent()) {
      add(runs.physical(), machine, "guest-physical memory", sink);
    }
    if (system.isEmpty()) {
      warnings.add(machine.id() + ": no operating system recognised, so no processes");
      Optional<SpaceRuns.Walked> current = machine.currentSpace().map(runs::current);
      if (current.isPresent()) {
        add(current.get(), machine, "virtual memory", sink);
      }
      return;
    }
    add(runs.kernel(system.get().kernelMemory()), machine, "kernel memory", sink);
    List<GuestProcess> processes = system.get().processes();
    Set<String> sources =
        processes.stream().flatMap(p -> p.seenBy().stream()).collect(Collectors.toSet());
    int done = 0;
    for (GuestProcess process : processes) {
      sink.add(new ProcessEntry(machine.id(), process));
      for (FindingEntry finding : SystemFindings.ofSources(machine.id(), process, sources)) {
        sink.add(finding);
      }
      process(machine, system.get(), process, runs, sink);
      progress.advanced("processes of " + machine.id(), ++done, processes.size());
    }
    for (String warning : system.get().warnings()) {
      warnings.add(machine.id() + ": " + warning);
    }
  }

  private void process(
      Machine machine, GuestSystem system, GuestProcess process, SpaceRuns runs, Sink sink)
      throws IOException {
    List<GuestMapping> mappings = system.mappings(process);
    for (GuestMapping mapping : mappings) {
      sink.add(new MappingEntry(machine.id(), process.pid(), process.name(), mapping));
      for (FindingEntry finding : MappingFindings.of(machine.id(), process, mapping)) {
        sink.add(finding);
      }
    }
    Optional<Memory> memory = system.memoryOf(process);
    if (memory.isPresent() && !process.kernelThread()) {
      add(
          runs.process(process, mappings, memory.get()),
          machine,
          "process %d".formatted(process.pid()),
          sink);
    }
  }

  private void add(SpaceRuns.Walked space, Machine machine, String what, Sink sink)
      throws IOException {
    boolean complete;
    try {
      complete =
          space.show(
              run -> {
                try {
                  sink.add(run);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (!complete) {
      warnings.add(
          "%s: %s: its tables map more than honest tables do; only a part was followed"
              .formatted(machine.id(), what));
      sink.add(
          new FindingEntry(
              machine.id(),
              OptionalInt.empty(),
              Optional.empty(),
              "endless-tables",
              what + ": tables map more than honest tables do",
              Optional.empty()));
    }
  }
}
