package io.nestwalk.index;

import io.nestwalk.finding.Finding;
import io.nestwalk.finding.MappingRules;
import io.nestwalk.finding.ProcessRules;
import io.nestwalk.finding.Rule;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.MachineEntry;
import io.nestwalk.index.Entry.MappingEntry;
import io.nestwalk.index.Entry.ProcessEntry;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
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

  /** What all spaces of all machines take from; known when the first machine is. */
  private Budget all;

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
    if (all == null) {
      all = Budget.forAllSpaces(machine.physical());
    }
    Optional<Layer> physical = machine.physicalLayer();
    if (physical.isPresent()) {
      add(runs.physical(physical.get()), machine, "guest-physical memory", sink);
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
    ProcessRules rules = new ProcessRules(machine.id(), processes);
    int done = 0;
    for (GuestProcess process : processes) {
      sink.add(new ProcessEntry(machine.id(), process));
      for (Finding finding : rules.of(process)) {
        sink.add(new FindingEntry(finding));
      }
      process(machine, system.get(), process, runs, sink);
      progress.counted(machine.id(), ++done, processes.size(), "processes");
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
      for (Finding finding : MappingRules.of(machine.id(), process, mapping)) {
        sink.add(new FindingEntry(finding));
      }
    }
    Optional<Layer> memory = system.userMemoryOf(process);
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
    Enumerated shown;
    try {
      shown =
          space.show(
              Budget.forSpace(machine.physical()).within(all),
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
    if (!shown.complete()) {
      warnings.add(
          "%s: %s: its tables map more than this image has memory for; not followed from 0x%x on"
              .formatted(machine.id(), what, shown.cutFrom()));
      sink.add(
          new FindingEntry(
              Finding.of(
                  Rule.ENDLESS_TABLES,
                  machine.id(),
                  what + ": tables map more than the image has memory for")));
    }
  }
}
