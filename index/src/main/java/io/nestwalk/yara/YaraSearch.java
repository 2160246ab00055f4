package io.nestwalk.yara;

import io.nestwalk.find.ByteOwners;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Cataloguer;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.ProcessEntry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.wording.Count;
import io.nestwalk.yara.RuleMatch.StringMatch;
import io.nestwalk.yara.YaraHit.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Follows rules over processes, kernels and machines of an image, each looked through alone. */
public final class YaraSearch {

  private final MemoryImage image;
  private final Machines machines;
  private final YaraRules rules;
  private final YaraScope scope;
  private final Progress progress;

  private final List<YaraHit> hits = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private long refused;
  private long bytes;
  private int spaces;
  private boolean pidSeen;

  /** A search. */
  public YaraSearch(
      MemoryImage image, Machines machines, YaraRules rules, YaraScope scope, Progress progress) {
    this.image = image;
    this.machines = machines;
    this.rules = rules;
    this.scope = scope;
    this.progress = progress;
  }

  /**
   * What was found.
   *
   * @param hits machine by machine
   * @param spaces how many processes, kernels and machines were looked through
   * @param bytesScanned how much memory they have; what two share counts for both
   * @param refused how many hits more there were than the limit allowed
   * @param pidSeen whether a process of the wanted number was there
   * @param warnings what could not be followed, a line each
   */
  public record Found(
      List<YaraHit> hits,
      int spaces,
      long bytesScanned,
      long refused,
      boolean pidSeen,
      List<String> warnings) {
    /** Copies the lists. */
    public Found {
      hits = List.copyOf(hits);
      warnings = List.copyOf(warnings);
    }

    /**
     * What an index that keeps the hits has to say: by which rules, where they were followed, and
     * what was not looked through; a line each.
     *
     * @param rules what the rules are called
     * @param scope what was looked through
     * @param machine the one machine that was; empty for all
     */
    public List<String> said(String rules, YaraScope scope, Optional<String> machine) {
      List<String> lines = new ArrayList<>();
      lines.add(
          "yara: %s followed over %s of %s (%s)"
              .formatted(
                  rules, scope.said(), machine.orElse("all machines"), Count.of(spaces, "space")));
      warnings.forEach(line -> lines.add("yara: " + line));
      if (refused > 0) {
        lines.add("yara: %s more, not kept".formatted(Count.of(refused, "hit")));
      }
      return lines;
    }
  }

  /**
   * Looks through machines.
   *
   * @param only this machine; empty for all
   */
  public Found run(Optional<Machine> only) throws IOException, YaraException {
    Cataloguer cataloguer = new Cataloguer(StoredRuns.of(image), progress);
    for (Machine machine : only.map(List::of).orElse(machines.all())) {
      if (scope.processes() && machines.isUnread(machine)) {
        warnings.add(
            machine.id()
                + ": its processes were not looked at: no operating system is recognised in its"
                + " memory");
      }
      List<Cataloguer.Unit> units =
          cataloguer.units(machine).stream().filter(this::isWanted).toList();
      int done = 0;
      for (Cataloguer.Unit unit : units) {
        look(machine, unit);
        progress.counted(machine.id(), ++done, units.size(), "spaces");
      }
      if (scope.physical() && machine.physicalLayer().isEmpty() && isHost(machine)) {
        scan(machine, imageRuns(machine));
      }
    }
    warnings.addAll(cataloguer.warnings());
    return new Found(owned(), spaces, bytes, refused, pidSeen, warnings);
  }

  private boolean isHost(Machine machine) {
    return machine.id().equals(machines.host().id());
  }

  /** By the names that {@link Cataloguer.Unit#name} promises. */
  private boolean isWanted(Cataloguer.Unit unit) {
    String name = unit.name().substring(unit.name().indexOf('/') + 1);
    return switch (name) {
      case "machine" -> false;
      case "physical" -> scope.physical();
      case "kernel", "current" -> scope.kernels();
      default -> scope.processes();
    };
  }

  private void look(Machine machine, Cataloguer.Unit unit) throws IOException, YaraException {
    Collected collected = new Collected();
    unit.catalogue(collected::add);
    if (collected.wanted) {
      scan(machine, collected.runs);
    }
  }

  /** The runs of one unit that have bytes. */
  private final class Collected {
    private final List<RunEntry> runs = new ArrayList<>();
    private boolean wanted = true;

    private void add(Entry entry) {
      if (entry instanceof ProcessEntry process && scope.pid().isPresent()) {
        wanted = process.process().pid() == scope.pid().getAsInt();
        pidSeen |= wanted;
      }
      if (wanted && entry instanceof RunEntry run && run.hpa() != RunEntry.NONE) {
        runs.add(run);
      }
    }
  }

  /** The image's own memory. */
  private List<RunEntry> imageRuns(Machine host) {
    List<RunEntry> runs = new ArrayList<>();
    for (AddressRange range : image.memory().ranges()) {
      runs.add(
          new RunEntry(
              host.id(),
              Space.PHYSICAL,
              OptionalInt.empty(),
              "host-physical memory",
              Optional.empty(),
              range.start(),
              RunEntry.NONE,
              range.start(),
              RunEntry.NONE,
              range.length(),
              0,
              12));
    }
    return runs;
  }

  private void scan(Machine machine, List<RunEntry> runs) throws YaraException {
    if (runs.isEmpty()) {
      return;
    }
    RunEntry first = runs.getFirst();
    String what =
        "%s: %s%s"
            .formatted(
                machine.id(),
                first.name(),
                first.pid().isPresent() ? " (pid %d)".formatted(first.pid().getAsInt()) : "");
    SpaceBlocks blocks = new SpaceBlocks(image.memory(), runs);
    YaraScan.Outcome outcome =
        rules.scan(blocks, first.space() == Space.USER, scope.seconds(), scope.places());
    spaces++;
    bytes += runs.stream().mapToLong(RunEntry::length).sum();
    if (outcome.timedOut()) {
      warnings.add(
          "%s: not looked through to the end, it takes more than %d s"
              .formatted(what, scope.seconds()));
    }
    if (outcome.tooMany()) {
      warnings.add(what + ": a string stands at so many places that not all were looked at");
    }
    if (blocks.incomplete()) {
      warnings.add(what + ": some of it is not in the image and was taken for zeros");
    }
    for (RuleMatch match : outcome.matches()) {
      if (hits.size() < scope.limit()) {
        hits.add(hit(machine, first, blocks, match));
      } else {
        refused++;
      }
    }
  }

  private static YaraHit hit(Machine machine, RunEntry first, SpaceBlocks blocks, RuleMatch match) {
    List<Place> places = new ArrayList<>();
    for (StringMatch string : match.strings()) {
      RunEntry run = blocks.runAt(string.address());
      long offset = run == null ? 0 : string.address() - run.start();
      places.add(
          new Place(
              string.name(),
              string.address(),
              run == null || run.gpa() == RunEntry.NONE ? RunEntry.NONE : run.gpa() + offset,
              run == null ? RunEntry.NONE : run.hpa() + offset,
              string.length(),
              List.of()));
    }
    return new YaraHit(
        machine.id(),
        first.space(),
        first.pid(),
        first.name(),
        match.rule(),
        match.tags(),
        match.meta(),
        places,
        match.leftOut());
  }

  /** The hits with the owners of what their strings are. */
  private List<YaraHit> owned() throws IOException {
    ByteOwners owners =
        new ByteOwners(
            hits.stream()
                .flatMap(hit -> hit.strings().stream())
                .mapToLong(Place::hpa)
                .filter(hpa -> hpa != RunEntry.NONE));
    if (owners.isEmpty()) {
      return hits;
    }
    // What could not be followed was said when the machines were looked through.
    Cataloguer all = new Cataloguer(StoredRuns.of(image), progress);
    for (Machine machine : machines.all()) {
      all.catalogue(machine, owners::entry);
    }
    return hits.stream().map(hit -> owned(hit, owners)).toList();
  }

  private static YaraHit owned(YaraHit hit, ByteOwners owners) {
    return new YaraHit(
        hit.machine(),
        hit.space(),
        hit.pid(),
        hit.process(),
        hit.rule(),
        hit.tags(),
        hit.meta(),
        hit.strings().stream()
            .map(
                place ->
                    new Place(
                        place.name(),
                        place.address(),
                        place.gpa(),
                        place.hpa(),
                        place.length(),
                        owners.of(place.hpa())))
            .toList(),
        hit.leftOut());
  }
}
