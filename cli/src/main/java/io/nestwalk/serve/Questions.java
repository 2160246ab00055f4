package io.nestwalk.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.ImageAnswer;
import io.nestwalk.answer.MachineAnswer;
import io.nestwalk.answer.MappingAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.find.Finder;
import io.nestwalk.find.HitAnswer;
import io.nestwalk.find.Owner;
import io.nestwalk.find.Patterns;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Entry;
import io.nestwalk.index.EntryJson;
import io.nestwalk.index.Located;
import io.nestwalk.index.ProcessPages;
import io.nestwalk.index.Query;
import io.nestwalk.index.QueryParser;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.report.PhysicalPicture;
import io.nestwalk.session.Case;
import io.nestwalk.session.MappedPages;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.session.Space;
import io.nestwalk.session.Translated;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** What can be asked: the commands' questions by the commands' names, and pictures. */
final class Questions {

  /** The most bytes that one dump shows. */
  static final int MAX_BYTES = 1 << 16;

  private static final int MAX_HITS = 10_000;
  private static final int MAX_DOCUMENTS = 10_000;
  private static final int USUAL_DOCUMENTS = 200;
  private static final int MAX_RUNS = 1 << 20;
  private static final int USUAL_CELLS = 1024;

  /** No machine has physical addresses above this. */
  private static final long MAX_PHYSICAL = 1L << 56;

  private static final Map<String, Question> OWN =
      Map.ofEntries(
          Map.entry("info", Question.of(Questions::info)),
          Map.entry("machines", Question.of(Questions::machines, "all")),
          Map.entry("findings", Question.of(Questions::findings)),
          Map.entry("yara", Question.of(Questions::ruleHits)),
          Map.entry("maps", Question.of(Questions::mappings, "machine", "pid", "pages")),
          Map.entry("pages", Question.of(Questions::pagesAlone, "machine", "pid")),
          Map.entry("translate", Question.of(Questions::translate, space("address"))),
          Map.entry("read", Question.of(Questions::read, space("address", "length"))),
          Map.entry("search", Question.of(Questions::search, "q", "cursor", "count")),
          Map.entry(
              "find", Question.heavy(Questions::find, "text", "hex", "regex", "machine", "pid")),
          Map.entry("picture", Question.of(Questions::picture, "machine", "from", "to", "cells")));

  /** By name. */
  static final Map<String, Question> ALL = all();

  private Questions() {}

  private static Map<String, Question> all() {
    Map<String, Question> all = new HashMap<>(OWN);
    CommandList.VIEWS.forEach(each -> all.put(each.name(), each.question()));
    CommandList.OTHERS.forEach(each -> all.put(each.name(), each.question()));
    return Map.copyOf(all);
  }

  private static String[] space(String... more) {
    List<String> names = new ArrayList<>(List.of(more));
    names.addAll(List.of("machine", "pid", "root", "kernel", "physical"));
    return names.toArray(String[]::new);
  }

  private static Answer info(ServedCase asked, Parameters parameters) {
    Case opened = asked.opened();
    return Answer.single(
        Subject.IMAGE,
        ImageAnswer.of(opened.image(), opened.machines()),
        asked.coverage(List.of()));
  }

  private static Answer machines(ServedCase asked, Parameters parameters) throws RefusedException {
    List<Machine> machines = new ArrayList<>(asked.opened().machines().all());
    if (parameters.flag("all")) {
      machines.addAll(asked.opened().machines().stale());
    }
    List<ObjectNode> rows =
        machines.stream()
            .map(each -> MachineAnswer.of(each, each.system().map(GuestSystem::facts)))
            .toList();
    return new Answer(Subject.MACHINE, "machines", rows, asked.coverage(List.of()));
  }

  /** What `analyze` found, which follows every table. */
  private static Answer findings(ServedCase asked, Parameters parameters) throws Exception {
    CaseIndex ready = asked.readyIndex();
    return new Answer(
        Subject.FINDING, "findings", rows(ready, Entry.Kind.FINDING), ready.coverage());
  }

  /** What `yara --keep` has kept. */
  private static Answer ruleHits(ServedCase asked, Parameters parameters) throws Exception {
    CaseIndex ready = asked.readyIndex();
    return new Answer(
        Subject.RULE_HIT, "hits", rows(ready, Entry.Kind.YARA), ready.coverageOfRules());
  }

  private static List<ObjectNode> rows(CaseIndex ready, Entry.Kind kind) throws IOException {
    List<ObjectNode> rows = new ArrayList<>();
    ready.index().forEach(kind, document -> rows.add(document.row()));
    return rows;
  }

  private static Answer mappings(ServedCase asked, Parameters parameters)
      throws NotFoundException, RefusedException {
    Of of = Of.in(asked, parameters);
    Optional<MappedPages> pages =
        parameters.flag("pages")
            ? of.system
                .memoryOf(of.process)
                .map(memory -> MappedPages.in(of.machine, memory, asked.opened().image().memory()))
            : Optional.empty();
    List<ObjectNode> rows = new ArrayList<>();
    of.system
        .mappings(of.process)
        .forEach(
            mapping -> {
              ObjectNode row =
                  MappingAnswer.of(of.machine.id(), of.process.pid(), of.process.name(), mapping);
              if (pages.isPresent()) {
                ArrayNode array = row.putArray("runs");
                pages.get().of(mapping).forEach(run -> array.add(run.json()));
              }
              rows.add(row);
            });
    List<String> notes = new ArrayList<>();
    if (of.process.kernelThread()) {
      notes.add(
          "%s: process %d (%s) is a kernel thread: it has no mappings"
              .formatted(of.machine.id(), of.process.pid(), of.process.name()));
    } else if (of.system.unknown().contains(GuestSystem.Subject.MAPPINGS)) {
      notes.add(
          "%s: the mappings of processes are not known; their pages are"
              .formatted(of.machine.id()));
    }
    return new Answer(Subject.MAPPING, "mappings", rows, asked.coverage(notes));
  }

  /** The pages that a process's tables map, whatever is known of its mappings. */
  private static Answer pagesAlone(ServedCase asked, Parameters parameters)
      throws NotFoundException, RefusedException {
    Of of = Of.in(asked, parameters);
    ProcessPages found =
        ProcessPages.of(
            of.machine, of.system, of.process, StoredRuns.of(asked.opened().image()), MAX_RUNS);
    List<ObjectNode> rows = found.runs().stream().map(EntryJson::of).toList();
    rows.forEach(row -> row.remove("type"));
    List<String> notes =
        found.complete()
            ? List.of()
            : List.of(
                "%s: process %d: its tables map more than plausible tables do; only a part is shown"
                    .formatted(of.machine.id(), of.process.pid()));
    return new Answer(Subject.RUN, "runs", rows, asked.coverage(notes));
  }

  /** The process that is asked about. */
  private record Of(Machine machine, GuestSystem system, GuestProcess process) {

    static Of in(ServedCase asked, Parameters parameters)
        throws NotFoundException, RefusedException {
      parameters.required("pid");
      Machine machine = asked.opened().machine(parameters.machine());
      return new Of(
          machine,
          asked.opened().system(machine),
          asked.opened().process(machine, parameters.pid().orElseThrow()));
    }
  }

  /** An address, or a name of the kernel's where addresses are the kernel's. */
  private static long address(ServedCase asked, Parameters parameters)
      throws NotFoundException, RefusedException {
    String text = parameters.required("address");
    if (!parameters.flag("kernel") || Character.isDigit(text.charAt(0))) {
      return parameters.requiredAddress("address");
    }
    Machine machine = asked.opened().machine(parameters.machine());
    return asked
        .opened()
        .system(machine)
        .symbols()
        .address(text)
        .orElseThrow(
            () -> new NotFoundException("%s has no symbol '%s'".formatted(machine.id(), text)));
  }

  private static Answer translate(ServedCase asked, Parameters parameters)
      throws NotFoundException, RefusedException {
    long address = address(asked, parameters);
    Space space = asked.opened().space(parameters.machine(), parameters.selector());
    Translated answer = Translated.of(asked.opened().image().memory(), space, address);
    return Answer.single(Subject.TRANSLATION, answer.json(true), asked.coverage(List.of()));
  }

  /**
   * Bytes, two digits each, "??" for one that the image does not hold; and whose pages they are.
   */
  private static Answer read(ServedCase asked, Parameters parameters)
      throws NotFoundException, RefusedException {
    long address = address(asked, parameters);
    int length = parameters.number("length", 512, 1, MAX_BYTES);
    Space space = asked.opened().space(parameters.machine(), parameters.selector());
    return Answer.single(
        Subject.TRANSLATION,
        MemoryAnswer.of(space, address, length, asked.opened().image().memory()),
        asked.coverage(List.of()));
  }

  private static Answer search(ServedCase asked, Parameters parameters) throws Exception {
    CaseIndex ready = asked.readyIndex();
    Query query = QueryParser.parse(parameters.required("q"));
    int count = parameters.number("count", USUAL_DOCUMENTS, 1, MAX_DOCUMENTS);
    SearchIndex.Cursor from =
        parameters.text("cursor").map(SearchIndex.Cursor::new).orElse(SearchIndex.Cursor.START);
    SearchIndex.Hits hits = ready.index().search(query, from, count);
    List<ObjectNode> rows =
        hits.documents().stream().map(document -> Located.row(document, query)).toList();
    ObjectNode coverage =
        query.asksFor(Entry.Kind.YARA) ? ready.coverageOfRules() : ready.coverage();
    coverage.put("total", hits.total());
    hits.next().ifPresent(next -> coverage.put("next", next.place()));
    return new Answer(Subject.DOCUMENT, "hits", rows, coverage);
  }

  private static Answer find(ServedCase asked, Parameters parameters) throws Exception {
    Patterns patterns = new Patterns();
    if (parameters.text("text").isPresent()) {
      patterns.text(parameters.required("text"));
    }
    if (parameters.text("hex").isPresent()) {
      patterns.hex(parameters.required("hex"));
    }
    if (parameters.text("regex").isPresent()) {
      patterns.regex(parameters.required("regex"));
    }
    if (patterns.isEmpty()) {
      throw new RefusedException(
          HttpURLConnection.HTTP_BAD_REQUEST, "nothing to look for: text, hex or regex");
    }
    Case opened = asked.opened();
    if (parameters.text("machine").isPresent()) {
      opened.machine(parameters.machine());
    }
    Finder.Found found =
        new Finder(opened.image(), opened.machines(), Progress.NONE)
            .find(
                patterns, wanted(parameters), MAX_HITS, Runtime.getRuntime().availableProcessors());
    List<String> notes = new ArrayList<>(found.warnings());
    if (found.refused() > 0) {
      notes.add(Count.of(found.refused(), "hit") + " more than are kept");
    }
    ObjectNode coverage = asked.coverage(notes);
    coverage.put("bytesScanned", found.bytesScanned());
    List<ObjectNode> rows =
        found.hits().stream()
            .map(hit -> HitAnswer.of(opened.image().memory(), patterns, hit))
            .toList();
    return new Answer(Subject.HIT, "hits", rows, coverage);
  }

  private static Predicate<Owner> wanted(Parameters parameters) throws RefusedException {
    Optional<String> machine = parameters.text("machine");
    OptionalInt pid = parameters.pid();
    return machine.isEmpty() && pid.isEmpty()
        ? null
        : owner ->
            (machine.isEmpty() || owner.machine().equals(machine.get()))
                && (pid.isEmpty() || owner.pid().equals(pid));
  }

  private static Answer picture(ServedCase asked, Parameters parameters) throws Exception {
    CaseIndex ready = asked.readyIndex();
    asked.opened().machine(parameters.machine());
    PhysicalPicture.Axis axis = new PhysicalPicture.Axis(parameters.machine());
    int cells = parameters.number("cells", USUAL_CELLS, 1, PhysicalPicture.MAX_CELLS);
    OptionalLong from = parameters.address("from");
    OptionalLong to = parameters.address("to");
    if (from.isEmpty() != to.isEmpty()
        || (from.isPresent()
            && (from.getAsLong() < 0
                || to.getAsLong() <= from.getAsLong()
                || to.getAsLong() > MAX_PHYSICAL))) {
      throw new RefusedException(
          HttpURLConnection.HTTP_BAD_REQUEST, "from and to are physical addresses, from below to");
    }
    PhysicalPicture picture =
        from.isEmpty()
            ? PhysicalPicture.of(ready.index(), axis, cells)
            : PhysicalPicture.of(ready.index(), axis, from.getAsLong(), to.getAsLong(), cells);
    return Answer.single(Subject.IMAGE, picture.json(), asked.coverage(List.of()));
  }
}
