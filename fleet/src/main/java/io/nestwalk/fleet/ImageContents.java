package io.nestwalk.fleet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.CoverageAnswer;
import io.nestwalk.answer.FindingAnswer;
import io.nestwalk.answer.ModuleAnswer;
import io.nestwalk.answer.SocketAnswer;
import io.nestwalk.find.Finder;
import io.nestwalk.find.Hit;
import io.nestwalk.find.HitAnswer;
import io.nestwalk.find.PatternException;
import io.nestwalk.find.Patterns;
import io.nestwalk.finding.Examination;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.FindingSearch;
import io.nestwalk.fleet.table.Table;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Cataloguer;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.RuleHitEntry;
import io.nestwalk.index.EntryJson;
import io.nestwalk.index.Indexing;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.session.Case;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.wording.Count;
import io.nestwalk.yara.YaraAnswer;
import io.nestwalk.yara.YaraException;
import io.nestwalk.yara.YaraHit;
import io.nestwalk.yara.YaraRules;
import io.nestwalk.yara.YaraScope;
import io.nestwalk.yara.YaraSearch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** What an image holds, as rows of the tables. */
final class ImageContents {

  /** How long one process may take, and how many places of a rule's strings are kept: as yara. */
  private static final int RULES_SECONDS = 600;

  private static final int PLACES = 100;

  /** The part of an index that rules' hits are. */
  private static final String RULES = "rules";

  private final Case opened;
  private final Cataloguer cataloguer;
  private final List<Cataloguer.Unit> units = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** Finds the machines of an opened image, and the units of work in them. */
  ImageContents(Case opened) {
    this.opened = opened;
    cataloguer = new Cataloguer(StoredRuns.of(opened.image()), Progress.NONE);
    for (Machine machine : opened.machines().all()) {
      units.addAll(cataloguer.units(machine));
    }
  }

  /** The machines. */
  Machines machines() {
    return opened.machines();
  }

  /** How many units of work there are, the same number each time. */
  int units() {
    return units.size();
  }

  /**
   * Adds every {@code step}th unit's rows, from the {@code first}th on.
   *
   * @param first from 0
   * @param step at least 1
   */
  void addUnits(int first, int step, TableSet tables, IndexPart index) throws IOException {
    for (Table table : Table.contents()) {
      tables.file(table);
    }
    for (int i = first; i < units.size(); i += step) {
      warnings.addAll(units.get(i).catalogue(entry -> add(entry, tables, index)));
    }
  }

  private static void add(Entry entry, TableSet tables, IndexPart index) throws IOException {
    tables.add(table(entry), row(entry));
    index.add(entry);
  }

  private static Table table(Entry entry) {
    return switch (entry.kind()) {
      case MACHINE -> Table.MACHINES;
      case PROCESS -> Table.PROCESSES;
      case MAPPING -> Table.MAPPINGS;
      case RUN -> Table.RUNS;
      case FINDING -> Table.FINDINGS;
      case YARA -> Table.RULE_HITS;
    };
  }

  private static ObjectNode row(Entry entry) {
    ObjectNode row = EntryJson.of(entry);
    row.remove("type");
    return row;
  }

  /** Adds what is known of machines as wholes: modules, sockets, findings of their layers. */
  void addWholes(TableSet tables, IndexPart index) throws IOException {
    for (Machine machine : opened.machines().all()) {
      if (machine.system().isPresent()) {
        GuestSystem system = machine.system().get();
        for (GuestModule module : system.modules()) {
          tables.add(Table.MODULES, ModuleAnswer.of(machine.id(), module));
        }
        for (ObjectNode socket :
            SocketAnswer.all(
                machine.id(), system, line -> warnings.add(machine.id() + ": sockets: " + line))) {
          tables.add(Table.SOCKETS, socket);
        }
      }
      for (Finding finding : FindingSearch.ofLayers(opened.machines(), machine)) {
        add(new FindingEntry(finding), tables, index);
      }
    }
  }

  /**
   * Adds where patterns stand in memory, with their owners.
   *
   * @throws PatternException when a pattern is none
   */
  void addHits(FleetSettings settings, TableSet tables) throws IOException, PatternException {
    if (settings.patterns().isEmpty()) {
      return;
    }
    Patterns patterns = settings.compiledPatterns();
    Finder.Found found = opened.find(patterns, settings.mostHits());
    tables.file(Table.HITS);
    for (Hit hit : found.hits()) {
      tables.add(Table.HITS, HitAnswer.of(opened.image().memory(), patterns, hit));
    }
    warnings.addAll(found.warnings());
    if (found.refused() > 0) {
      warnings.add(Count.of(found.refused(), "hit") + " more");
    }
  }

  /**
   * Adds what rules of YARA's are true of.
   *
   * @return whether they were tried: not where their library is missing, which is said then
   * @throws YaraException when the rules are none
   */
  boolean addRuleHits(FleetSettings settings, ImageFile image, TableSet tables)
      throws IOException, YaraException {
    if (settings.rules().isEmpty()) {
      return false;
    }
    try (YaraRules rules = settings.rules().compile("--yara")) {
      YaraScope scope =
          new YaraScope(
              true, OptionalInt.empty(), false, false, RULES_SECONDS, settings.mostHits(), PLACES);
      YaraSearch.Found found =
          new YaraSearch(opened.image(), opened.machines(), rules, scope, Progress.NONE)
              .run(Optional.empty());
      tables.file(Table.RULE_HITS);
      try (IndexPart index = IndexPart.begin(settings, image, RULES, opened.machines())) {
        for (YaraHit hit : found.hits()) {
          ObjectNode answer = YaraAnswer.of(opened.image().memory(), hit);
          add(new RuleHitEntry(hit.machine(), answer), tables, index);
        }
        index.complete(found.said(settings.rules().name(), scope, Optional.empty()));
      }
      warnings.addAll(rules.warnings());
      warnings.addAll(found.warnings());
      if (found.spaces() == 0) {
        warnings.add("rules of YARA's: no process's memory is known, so none was looked through");
      }
      if (found.refused() > 0) {
        warnings.add(Count.of(found.refused(), "hit") + " of rules more");
      }
      return true;
    } catch (YaraException e) {
      if (e.fault() == YaraException.Cause.RULES) {
        throw e;
      }
      warnings.add("rules of YARA's were not tried: " + e.getMessage());
      return false;
    }
  }

  /** What was looked at, and what was to be said so far. */
  ObjectNode coverage() {
    List<String> said = new ArrayList<>(opened.notes());
    said.addAll(warnings);
    ObjectNode coverage = CoverageAnswer.of(opened.image(), Optional.of(opened.machines()), said);
    coverage.set("examined", FindingAnswer.examined(Examination.of(opened.machines())));
    return coverage;
  }

  /** What an index is to say of the image as a whole. */
  List<String> said() {
    return Stream.of(opened.notes(), warnings, Indexing.said(opened.image(), opened.machines()))
        .flatMap(List::stream)
        .distinct()
        .toList();
  }

  /** What was to be said of the rows that were added. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }
}
