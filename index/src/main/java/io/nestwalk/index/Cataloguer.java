package io.nestwalk.index;

import io.nestwalk.answer.MachineAnswer;
import io.nestwalk.finding.EndlessTables;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.MappingRules;
import io.nestwalk.finding.ProcessRules;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  /** What systems had to say so far. */
  private final Set<String> said = new HashSet<>();

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

  /**
   * A piece of work: some of a machine's entries, in the same order each time. It needs no other
   * unit, and units may be run in any order; only what one cataloguer follows of tables that were
   * made to tire a reader depends on what it has followed before.
   */
  public final class Unit {

    private final String name;
    private final Work work;

    private Unit(String name, Work work) {
      this.name = name;
      this.work = work;
    }

    /**
     * What it is about, the same each time: {@code vm1/machine}, {@code vm1/physical}, {@code
     * vm1/current}, {@code vm1/kernel}, {@code vm1/process/0} ...; fit for a part of an index.
     */
    public String name() {
      return name;
    }

    /**
     * Hands its entries to {@code sink}.
     *
     * @return what could not be followed or read, and was not said by an earlier unit; a line each
     */
    public List<String> catalogue(Sink sink) throws IOException {
      int told = warnings.size();
      work.to(sink);
      return List.copyOf(warnings.subList(told, warnings.size()));
    }
  }

  /** What a unit does. */
  @FunctionalInterface
  private interface Work {
    void to(Sink sink) throws IOException;
  }

  /** Hands all entries of a machine to {@code sink}. */
  public void catalogue(Machine machine, Sink sink) throws IOException {
    List<Unit> units = units(machine);
    String process = processUnit(machine, "");
    int processes = (int) units.stream().filter(unit -> unit.name().startsWith(process)).count();
    int done = 0;
    for (Unit unit : units) {
      unit.catalogue(sink);
      if (unit.name().startsWith(process)) {
        progress.counted(machine.id(), ++done, processes, "processes");
      }
    }
  }

  /** The units of a machine; together, in this order, they make all its entries. */
  public List<Unit> units(Machine machine) {
    if (all == null) {
      all = Budget.forAllSpaces(machine.physical());
    }
    Optional<GuestSystem> system = machine.system();
    SpaceRuns runs = new SpaceRuns(machine, system.map(GuestSystem::facts), stored);
    List<Unit> units = new ArrayList<>();
    units.add(new Unit(machine.id() + "/machine", sink -> machine(machine, system, sink)));
    machine
        .physicalLayer()
        .ifPresent(
            layer ->
                units.add(
                    new Unit(
                        machine.id() + "/physical",
                        sink ->
                            add(runs.physical(layer), machine, "guest-physical memory", sink))));
    if (system.isEmpty()) {
      machine
          .currentSpace()
          .ifPresent(
              space ->
                  units.add(
                      new Unit(
                          machine.id() + "/current",
                          sink -> add(runs.current(space), machine, "virtual memory", sink))));
      return units;
    }
    GuestSystem known = system.get();
    units.add(
        new Unit(
            machine.id() + "/kernel",
            sink -> add(runs.kernel(known.kernelMemory()), machine, "kernel memory", sink)));
    List<GuestProcess> processes = known.processes();
    ProcessRules rules = new ProcessRules(machine.id(), processes);
    for (int i = 0; i < processes.size(); i++) {
      GuestProcess process = processes.get(i);
      units.add(
          new Unit(
              processUnit(machine, Integer.toString(i)),
              sink -> {
                sink.add(new ProcessEntry(machine.id(), process));
                for (Finding finding : rules.of(process)) {
                  sink.add(new FindingEntry(finding));
                }
                process(machine, known, process, runs, sink);
                warn(machine, known);
              }));
    }
    return units;
  }

  private static String processUnit(Machine machine, String number) {
    return machine.id() + "/process/" + number;
  }

  private void machine(Machine machine, Optional<GuestSystem> system, Sink sink)
      throws IOException {
    sink.add(
        new MachineEntry(machine.id(), MachineAnswer.of(machine, system.map(GuestSystem::facts))));
    if (system.isEmpty()) {
      warnings.add(machine.id() + ": no operating system recognised, so no processes");
    } else {
      system.get().processes();
      warn(machine, system.get());
    }
  }

  /** Says what a system has to say that was not said before. */
  private void warn(Machine machine, GuestSystem system) {
    for (String warning : system.warnings()) {
      String line = machine.id() + ": " + warning;
      if (said.add(line)) {
        warnings.add(line);
      }
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
      sink.add(new FindingEntry(EndlessTables.of(machine.id(), what)));
    }
  }
}
