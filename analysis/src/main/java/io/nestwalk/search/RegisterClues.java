package io.nestwalk.search;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.Machine;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.RegisterClue;
import io.nestwalk.roots.RegisterClue.Kind;
import io.nestwalk.roots.Vmcb;
import io.nestwalk.roots.VmcbDetector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What registers of the dump file's CPUs name, beside first-stage tables, in the memory of the
 * machine whose CPUs they are: the one that the image holds.
 */
final class RegisterClues {

  /** For machines whose CPUs are not in the dump file. */
  static final RegisterClues NONE = new RegisterClues(List.of());

  /** By what is named, and by the value; more than one CPU may say the same. */
  private final Map<Kind, Map<Long, List<RegisterClue>>> clues = new EnumMap<>(Kind.class);

  private final List<Cpu> cpus;

  private RegisterClues(List<Cpu> cpus) {
    this.cpus = List.copyOf(cpus);
    for (RegisterClue clue : RegisterClue.of(cpus)) {
      clues
          .computeIfAbsent(clue.kind(), kind -> new LinkedHashMap<>())
          .computeIfAbsent(clue.value(), value -> new ArrayList<>())
          .add(clue);
    }
  }

  static RegisterClues of(List<Cpu> cpus) {
    return new RegisterClues(cpus);
  }

  /** The CPUs whose registers these are. */
  List<Cpu> cpus() {
    return cpus;
  }

  /** The clues of one kind, those that agree in one list. */
  Collection<List<RegisterClue>> of(Kind kind) {
    return clues.getOrDefault(kind, Map.of()).values();
  }

  /** What registers say for the structure at an address. */
  Optional<Evidence> naming(Kind kind, long address) {
    return Optional.ofNullable(clues.getOrDefault(kind, Map.of()).get(address))
        .map(agreeing -> evidence(agreeing, ""));
  }

  /**
   * What CPUs agree on as evidence.
   *
   * @param more what else there is to say, which follows
   */
  static Evidence evidence(List<RegisterClue> agreeing, String more) {
    String others =
        agreeing.size() == 1 ? "" : ", and of %d other CPUs".formatted(agreeing.size() - 1);
    return agreeing.getFirst().evidence(others + more);
  }

  /**
   * What the survey saw, and in front of it the structures that registers name, whether it saw
   * these or not.
   */
  Sightings complete(Sightings seen, Memory memory, SearchLog log) {
    List<Vmcb> vmcbs = new ArrayList<>();
    for (List<RegisterClue> agreeing : of(Kind.VMCB)) {
      RegisterClue clue = agreeing.getFirst();
      VmcbDetector.at(memory, clue.value())
          .ifPresentOrElse(vmcbs::add, () -> log.tried(Machine.HOST, clue + ": no VMCB there"));
    }
    List<HostSave> saves = new ArrayList<>();
    for (List<RegisterClue> agreeing : of(Kind.HOST_SAVE)) {
      RegisterClue clue = agreeing.getFirst();
      HostSaveDetector.at(memory, clue.value())
          .ifPresentOrElse(
              saves::add, () -> log.tried(Machine.HOST, clue + ": no host's state there"));
    }
    seen.vmcbs().stream()
        .filter(vmcb -> naming(Kind.VMCB, vmcb.address()).isEmpty())
        .forEach(vmcbs::add);
    seen.hostSaves().stream()
        .filter(save -> naming(Kind.HOST_SAVE, save.address()).isEmpty())
        .forEach(saves::add);
    return new Sightings(seen.tables(), seen.secondLevelTables(), vmcbs, saves, seen.vmcsPages());
  }
}
