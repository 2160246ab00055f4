package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.SecondLevelAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.image.AddressRange;
import io.nestwalk.machine.CrossCheck;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.machine.SecondLevelTable;
import io.nestwalk.machine.SecondLevelTable.Run;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.paging.Translation;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.wording.Count;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Shows how guests' physical memory is mapped to the host's. */
@Command(
    name = "second-level",
    description = {
      "Lists which host-physical memory is behind guests' physical memory, run by run, with what"
          + " the leaves of EPT, NPT, stage 2 or the guest stage say: page size, rights, memory"
          + " type, accessed and dirty, bits that the hardware leaves to software.",
      "USE is A for accessed and D for dirty; ? where the tables do not keep that. TYPE is EPT's"
          + " with +IPAT where the guest's own type is ignored, PATn for AMD, by the host's PAT."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class SecondLevelCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ImageWord image;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "RANGE",
      converter = RangeConverter.class,
      description =
          "guest-physical: ADDRESS, FROM-TO (the last address, included) or ADDRESS+LENGTH")
  private Range range = new Range(0, -1);

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "only this guest's: vm1, vm1.vm1 ...")
  private String wanted;

  @Option(
      names = "--stats",
      description = "sums of runs, pages and bytes by size, rights, type and use")
  private boolean sums;

  @Option(
      names = "--odd",
      description =
          "only what does not fit: entries that the processor refuses, pages outside the image,"
              + " pages of which tables and the hypervisor's slots say different things")
  private boolean odd;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "so many rows at most (default: ${DEFAULT-VALUE})")
  private int limit = 100_000;

  @Mixin private TableOptions output;

  private final List<ObjectNode> rows = new ArrayList<>();
  private long leftOut;

  /** How much of the machine at hand its tables only repeat. */
  private long repeatedBytes;

  /**
   * Addresses, both ends included.
   *
   * @param from the first
   * @param to the last
   */
  record Range(long from, long to) {

    boolean meets(long start, long length) {
      return Long.compareUnsigned(start, to) <= 0
          && Long.compareUnsigned(start + length - 1, from) >= 0;
    }
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (sums && odd) {
      throw new ParameterException(spec.commandLine(), "--stats and --odd are two answers");
    }
    if (limit < 1) {
      throw new ParameterException(spec.commandLine(), "--limit must be at least 1");
    }
    try (Session session = Session.open(image, err)) {
      for (Machine machine : guests(session)) {
        collect(session, machine);
      }
      if (leftOut > 0) {
        session.note(Count.of(leftOut, "row") + " more; --limit keeps more");
      }
      if (output.isOwnTable()) {
        table(out);
        session.warn(err);
      } else {
        String name = odd ? "odd" : sums ? "sums" : "runs";
        new AnswerWriter(out, err)
            .write(new Answer(subject(), name, rows, session.coverage()), output);
      }
      // That nothing is odd is an answer; that an address is not mapped is another.
      return rows.isEmpty() && !odd ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
  }

  private Subject subject() {
    return odd ? Subject.SECOND_LEVEL_ODD : sums ? Subject.SECOND_LEVEL_SUM : Subject.SECOND_LEVEL;
  }

  private List<Machine> guests(Session session) throws NotFoundException {
    if (wanted != null) {
      Machine machine = session.machine(wanted);
      if (SecondLevelTable.of(machine).isEmpty()) {
        throw new NotFoundException("%s: it has no second level".formatted(wanted));
      }
      return List.of(machine);
    }
    List<Machine> guests =
        session.machines().all().stream()
            .filter(each -> SecondLevelTable.of(each).isPresent())
            .toList();
    if (guests.isEmpty()) {
      throw new NotFoundException("no virtual machine is known, so there is no second level");
    }
    return guests;
  }

  private void collect(Session session, Machine machine) throws NotFoundException {
    SecondLevelTable table = SecondLevelTable.of(machine).orElseThrow();
    boolean nested =
        machine.parent().isPresent()
            && session.machine(machine.parent().get()).parent().isPresent();
    boolean kvm = machine.hypervisor().filter(known -> known.name().equals("KVM")).isPresent();
    SecondLevelAnswer.Of of =
        new SecondLevelAnswer.Of(machine.id(), nested, table.attributes(), kvm);
    if (table.attributes().isEmpty()) {
      session.note(
          "%s: %s: addresses alone are known, not rights, types or use; refused entries are not"
                  .formatted(machine.id(), machine.secondLevel().kind())
              + " looked for");
    } else if (machine.secondLevel().kind() == SecondLevel.Kind.EPT
        && machine.secondLevel().pointer().isEmpty()) {
      session.note(
          "%s: no EPT pointer is known, so whether the processor kept A and D is not"
              .formatted(machine.id()));
    }
    Budget budget = Budget.forSpace(machine.physical());
    Enumerated shown;
    repeatedBytes = 0;
    if (odd) {
      shown = collectOdd(session, machine, table, of, budget);
    } else if (sums) {
      shown = collectSums(table, of, budget);
    } else {
      shown =
          table.forEachRun(
              range.from(), range.to(), budget, shown(run -> add(SecondLevelAnswer.run(of, run))));
    }
    if (repeatedBytes > 0) {
      session.note(
          "%s: its tables repeat themselves: %s of its memory are as others that are shown, and are"
                  .formatted(machine.id(), Sizes.of(repeatedBytes))
              + " left out");
    }
    if (!shown.complete()) {
      session.note(
          "%s: its tables map more than this image has memory for; nothing from %s on is shown"
              .formatted(machine.id(), Hex.of(shown.cutFrom())));
    }
  }

  /** Hands runs on and counts what is no run of its own. */
  private SecondLevelTable.RunVisitor shown(Consumer<Run> to) {
    return new SecondLevelTable.RunVisitor() {
      @Override
      public void run(Run run) {
        to.accept(run);
      }

      @Override
      public void repeated(long guest, long length) {
        repeatedBytes += length;
      }
    };
  }

  private void add(ObjectNode row) {
    if (rows.size() < limit) {
      rows.add(row);
    } else {
      leftOut++;
    }
  }

  /** Runs of one kind. */
  private static final class Sum {
    private long runs;
    private long bytes;
  }

  private Enumerated collectSums(SecondLevelTable table, SecondLevelAnswer.Of of, Budget budget) {
    Map<Run, Sum> byKind = new LinkedHashMap<>();
    Enumerated shown =
        table.forEachRun(
            range.from(),
            range.to(),
            budget,
            shown(
                run -> {
                  Run kind =
                      new Run(
                          0,
                          0,
                          0,
                          0,
                          run.pageShift(),
                          run.permissions(),
                          run.bits(),
                          run.inImage());
                  Sum sum = byKind.computeIfAbsent(kind, _ -> new Sum());
                  sum.runs++;
                  sum.bytes += run.length();
                }));
    byKind.entrySet().stream()
        .sorted((a, b) -> Long.compareUnsigned(b.getValue().bytes, a.getValue().bytes))
        .forEach(
            each ->
                add(
                    SecondLevelAnswer.sum(
                        of, each.getKey(), each.getValue().runs, each.getValue().bytes)));
    return shown;
  }

  private Enumerated collectOdd(
      Session session,
      Machine machine,
      SecondLevelTable table,
      SecondLevelAnswer.Of of,
      Budget budget) {
    Enumerated shown =
        table.forEachRefused(
            range.from(), range.to(), budget, entry -> add(SecondLevelAnswer.refused(of, entry)));
    if (!shown.complete()) {
      return shown;
    }
    shown =
        table.forEachRun(
            range.from(), range.to(), Budget.forSpace(machine.physical()), run -> outside(of, run));
    Optional<CrossCheck> check = machine.secondLevel().crossCheck();
    if (check.isEmpty()) {
      session.note(
          "%s: no memory slots of a hypervisor are known, so its tables were compared with nothing"
              .formatted(machine.id()));
      return shown;
    }
    compared(session, machine, table, check.get());
    return shown;
  }

  private void outside(SecondLevelAnswer.Of of, Run run) {
    if (run.inImage()) {
      return;
    }
    if (run.host() == PageRuns.NOT_MAPPED) {
      add(
          SecondLevelAnswer.odd(
              of.machine(),
              "notMappedBelow",
              run.guest(),
              run.length(),
              "0x%x of the machine below, which has nothing there".formatted(run.parent())));
    } else {
      add(
          SecondLevelAnswer.odd(
                  of.machine(),
                  "outside",
                  run.guest(),
                  run.length(),
                  "a device, or memory that the image does not hold")
              .put("hpa", Hex.of(run.host())));
    }
  }

  private void compared(
      Session session, Machine machine, SecondLevelTable table, CrossCheck check) {
    String id = machine.id();
    long listed = 0;
    for (AddressRange each : check.slotsAlone()) {
      listed += each.length();
      // Without tables there is nothing that slots could know more than.
      if (table.attributes().isPresent() && range.meets(each.start(), each.length())) {
        ObjectNode row =
            SecondLevelAnswer.odd(
                id,
                "onlySlots",
                each.start(),
                each.length(),
                "in a memory slot, without an entry: not touched since the tables were made, or"
                    + " since the host merged or moved it");
        long host = Layer.toLowest(machine.physical(), each.start());
        if (!Translation.isFault(host)) {
          row.put("hpa", Hex.of(Translation.address(host)));
        }
        add(row);
      }
    }
    for (AddressRange each : check.tablesAlone()) {
      listed += each.length();
      if (range.meets(each.start(), each.length())) {
        add(
            SecondLevelAnswer.odd(
                id,
                "onlyTables",
                each.start(),
                each.length(),
                "mapped, but the hypervisor's process has no page there any more"));
      }
    }
    for (CrossCheck.Disagreement each : check.disagreements()) {
      listed += 1L << 12;
      if (range.meets(each.guest(), 1L << 12)) {
        add(
            SecondLevelAnswer.odd(
                    id,
                    "disagree",
                    each.guest(),
                    1L << 12,
                    "the hypervisor's process has %s there".formatted(Hex.of(each.bySlots())))
                .put("hpa", Hex.of(each.byTables())));
      }
    }
    long all = (check.onlySlots() + check.onlyTables() + check.disagree()) << 12;
    if (listed < all) {
      session.note(
          "%s: of what slots and tables say differently the first stretches are listed: %s of %s"
              .formatted(id, Sizes.of(listed), Sizes.of(all)));
    }
  }

  private void table(PrintWriter out) {
    if (odd) {
      TextTable table = new TextTable("MACHINE", "KIND", "GPA", "LENGTH", "HPA", "ENTRY", "WHAT");
      for (ObjectNode row : output.chosen(subject(), rows, Function.identity())) {
        table.row(
            text(row, "machine"),
            text(row, "kind"),
            text(row, "gpa"),
            Sizes.of(row.path("length").asLong()),
            text(row, "hpa"),
            text(row, "entry"),
            text(row, "text"));
      }
      table.print(out);
      return;
    }
    TextTable table =
        sums
            ? new TextTable(
                "MACHINE",
                "RUNS",
                "PAGES",
                "BYTES",
                "PAGE",
                "RIGHTS",
                "TYPE",
                "USE",
                "SOFTWARE",
                "IN IMAGE")
            : new TextTable(
                "MACHINE",
                "GPA",
                "HPA",
                "LENGTH",
                "PAGE",
                "RIGHTS",
                "TYPE",
                "USE",
                "SOFTWARE",
                "IN IMAGE");
    for (ObjectNode row : output.chosen(subject(), rows, Function.identity())) {
      table.row(
          text(row, "machine"),
          text(row, sums ? "runs" : "gpa"),
          text(row, sums ? "pages" : "hpa"),
          Sizes.of(row.path(sums ? "bytes" : "length").asLong()),
          Sizes.of(row.path("pageSize").asLong()),
          text(row, "permissions"),
          text(row, "memoryType") + (row.path("ignoresPat").asBoolean() ? "+IPAT" : ""),
          use(row, "accessed", "A") + use(row, "dirty", "D"),
          row.has("softwareNames")
              ? ListingCommand.text(row.path("softwareNames"))
              : text(row, "software"),
          row.path("inImage").asBoolean() ? "yes" : "no");
    }
    table.print(out);
  }

  private static String text(ObjectNode row, String key) {
    return ListingCommand.text(row.path(key));
  }

  private static String use(ObjectNode row, String key, String letter) {
    return !row.has(key) ? "?" : row.path(key).asBoolean() ? letter : "-";
  }

  /** Reads a range as users write it. */
  static final class RangeConverter implements ITypeConverter<Range> {

    @Override
    public Range convert(String text) {
      int sign = Math.max(text.indexOf('-'), text.indexOf('+'));
      AddressConverter address = new AddressConverter();
      if (sign < 0) {
        long start = address.convert(text);
        return new Range(start, start);
      }
      long from = address.convert(text.substring(0, sign));
      String rest = text.substring(sign + 1);
      long to =
          text.charAt(sign) == '-'
              ? address.convert(rest)
              : from + new LengthConverter().convert(rest) - 1;
      if (Long.compareUnsigned(to, from) < 0) {
        throw new TypeConversionException(
            "'%s' is not a range: it ends before it begins".formatted(Printable.of(text)));
      }
      return new Range(from, to);
    }
  }
}
