package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Cpu;
import io.nestwalk.machine.FindingSearch;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.machine.ViewComparison;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.SystemFacts;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the machines of an image. */
@Command(
    name = "machines",
    description = "Lists the host and its virtual machines, with the roots of every layer.",
    mixinStandardHelpOptions = true)
final class MachinesCommand implements Callable<Integer> {

  /** The hypervisor whose structures can be read so far. */
  private static final String HYPERVISOR = "KVM";

  @Spec private CommandSpec spec;
  @Mixin private ImageOptions image;
  @Mixin private OutputOptions output;

  @Option(
      names = "--findings",
      description =
          "also show what does not fit together: in the guests' second level, and page tables that"
              + " belong to no process")
  private boolean findings;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<Machine> machines = session.machines().all();
      if (output.format() == OutputFormat.TABLE) {
        session.warn(err);
        table(machines, out);
        if (findings) {
          FindingsView.print(FindingSearch.in(session.machines()), out);
        }
        if (output.isVerbose()) {
          out.println();
          out.println("Tried without success");
          session.machines().attempts().forEach(attempt -> out.println("  " + attempt));
        }
      } else {
        List<ObjectNode> rows = machines.stream().map(MachinesCommand::row).toList();
        Answer answer = new Answer("machines", rows, session.coverage());
        new AnswerWriter(out, err)
            .write(
                findings
                    ? answer.with(
                        "findings", FindingsView.nodes(FindingSearch.in(session.machines())))
                    : answer,
                output.format());
      }
    }
    return ExitCode.DONE;
  }

  private static void table(List<Machine> machines, PrintWriter out) {
    TextTable table =
        new TextTable("MACHINE", "ARCH", "SYSTEM", "ROOT", "SECOND LEVEL", "MAPPED", "CPUS");
    for (Machine machine : machines) {
      SecondLevel second = machine.secondLevel();
      table.row(
          machine.id(),
          machine.architecture(),
          machine.system().map(MachinesCommand::systemName).orElse("-"),
          machine.root().map(root -> Hex.of(root.address())).orElse("-"),
          second
              .root()
              .map(root -> "%s %s".formatted(second.kind(), Hex.of(root.address())))
              .orElse("-"),
          second.root().isPresent() ? Sizes.of(second.mappedBytes()) : "-",
          machine.cpus().isEmpty() ? "-" : machine.cpus().size());
    }
    table.print(out);
    for (Machine machine : machines) {
      SecondLevel second = machine.secondLevel();
      machine
          .sameSystemAs()
          .ifPresent(
              same ->
                  out.println(
                      "%n%s: the system of %s itself, behind the tables of a hypervisor under it"
                          .formatted(machine.id(), same)));
      machine.inHypervisor().ifPresent(view -> hypervisor(machine, view, out));
      second
          .root()
          .ifPresent(root -> evidence("%s: %s".formatted(machine.id(), second.kind()), root, out));
      machine.root().ifPresent(root -> evidence(machine.id() + ": root", root, out));
    }
  }

  private static void hypervisor(Machine machine, HypervisorGuest view, PrintWriter out) {
    out.println();
    out.println(
        "%s: a guest of %s, run by process %s (%s) of %s"
            .formatted(
                machine.id(),
                HYPERVISOR,
                view.pid().isPresent() ? view.pid().getAsInt() : "?",
                Printable.of(view.name()),
                machine.parent().orElse("?")));
    machine
        .secondLevel()
        .views()
        .ifPresent(
            views ->
                out.println(
                    ("  memory slots and second-level tables agree on %d pages and differ on %d;"
                            + " %d only in slots, %d only in tables")
                        .formatted(
                            views.agree(),
                            views.disagree(),
                            views.onlySlots(),
                            views.onlyTables())));
  }

  private static void evidence(String what, Root root, PrintWriter out) {
    out.println();
    out.println(
        "%s %s, %s%s"
            .formatted(
                what,
                Hex.of(root.address()),
                root.mode(),
                root.isConfirmed() ? "" : " (a candidate: one source only)"));
    root.evidence().forEach(evidence -> out.println("  " + evidence));
  }

  private static String systemName(GuestSystem system) {
    return system.facts().name() + " " + system.facts().version();
  }

  private static ObjectNode row(Machine machine) {
    ObjectNode row = AnswerWriter.JSON.createObjectNode();
    row.put("id", machine.id());
    row.put("parent", machine.parent().orElse(null));
    row.put("arch", machine.architecture().toString());
    machine.sameSystemAs().ifPresent(same -> row.put("sameSystemAs", same));
    machine
        .system()
        .ifPresentOrElse(system -> row.set("os", node(system.facts())), () -> row.putNull("os"));
    row.put("root", machine.root().map(root -> Hex.of(root.address())).orElse(null));
    row.put("rootMode", machine.root().map(root -> root.mode().name()).orElse(null));
    machine
        .root()
        .ifPresent(
            root -> root.evidence().forEach(e -> row.withArray("rootEvidence").add(node(e))));
    row.put("roots", machine.roots().size());
    ArrayNode cpus = row.putArray("cpus");
    machine.cpus().forEach(cpu -> cpus.add(node(cpu)));
    row.set("secondLevel", node(machine.secondLevel()));
    Optional<HypervisorGuest> view = machine.inHypervisor();
    row.put("hypervisor", view.isPresent() ? HYPERVISOR : null);
    row.put("name", view.map(HypervisorGuest::name).orElse(null));
    if (view.isPresent() && view.get().pid().isPresent()) {
      row.put("vmmPid", view.get().pid().getAsInt());
    } else {
      row.putNull("vmmPid");
    }
    view.ifPresent(guest -> slots(row.putArray("slots"), guest));
    return row;
  }

  private static ObjectNode node(SystemFacts facts) {
    ObjectNode node = AnswerWriter.JSON.createObjectNode();
    node.put("name", facts.name());
    node.put("version", facts.version());
    node.put("banner", facts.banner().orElse(null));
    node.put("kernelBase", Hex.of(facts.kernelBase()));
    put(node, "kernelPhysical", facts.kernelPhysical());
    put(node, "kaslrSlide", facts.kaslrSlide());
    put(node, "linearMap", facts.linearMap());
    put(node, "root", facts.root());
    node.put("object", Hex.of(facts.object()));
    node.put("hostName", facts.hostName().orElse(null));
    node.put("bootTime", facts.bootTime().map(Object::toString).orElse(null));
    node.put("uptimeSeconds", facts.uptime().map(Duration::toSeconds).orElse(null));
    ArrayNode basis = node.putArray("basis");
    facts.basis().forEach(basis::add);
    return node;
  }

  private static void put(ObjectNode node, String name, OptionalLong value) {
    node.put(name, value.isPresent() ? Hex.of(value.getAsLong()) : null);
  }

  private static void slots(ArrayNode slots, HypervisorGuest guest) {
    for (MemorySlot slot : guest.slots()) {
      ObjectNode node = slots.addObject();
      node.put("gpa", Hex.of(slot.start()));
      node.put("length", slot.length());
      node.put("hostVirtual", Hex.of(slot.hostVirtual()));
    }
  }

  private static ObjectNode node(ViewComparison views) {
    ObjectNode node = AnswerWriter.JSON.createObjectNode();
    node.put("agree", views.agree());
    node.put("onlySlots", views.onlySlots());
    node.put("onlyTables", views.onlyTables());
    node.put("disagree", views.disagree());
    ArrayNode list = node.putArray("disagreements");
    for (ViewComparison.Disagreement each : views.disagreements()) {
      ObjectNode one = list.addObject();
      one.put("gpa", Hex.of(each.guest()));
      one.put("byTables", Hex.of(each.byTables()));
      one.put("bySlots", Hex.of(each.bySlots()));
    }
    return node;
  }

  private static ObjectNode node(SecondLevel second) {
    ObjectNode node = AnswerWriter.JSON.createObjectNode();
    node.put("kind", second.kind().toString());
    node.put("root", second.root().map(root -> Hex.of(root.address())).orElse(null));
    second
        .root()
        .ifPresent(
            root -> {
              node.put("mode", root.mode().name());
              node.put("levels", root.mode().levels().size());
              node.put("confirmed", root.isConfirmed());
            });
    node.put("pointer", second.pointer().map(Hex::of).orElse(null));
    node.put("mappedBytes", second.mappedBytes());
    second.views().ifPresent(views -> node.set("views", node(views)));
    ArrayNode evidence = node.putArray("evidence");
    second.evidence().forEach(e -> evidence.add(node(e)));
    return node;
  }

  private static ObjectNode node(Evidence evidence) {
    ObjectNode node = AnswerWriter.JSON.createObjectNode();
    node.put("source", evidence.source().toString());
    node.put("confirms", evidence.confirms());
    node.put("address", evidence.address() < 0 ? null : Hex.of(evidence.address()));
    node.put("text", evidence.text());
    return node;
  }

  static ObjectNode node(Cpu cpu) {
    ObjectNode node = AnswerWriter.JSON.createObjectNode();
    node.put("id", cpu.id());
    node.put("arch", cpu.architecture().toString());
    ObjectNode registers = node.putObject("registers");
    cpu.registers().values().forEach((name, value) -> registers.put(name, Hex.of(value)));
    return node;
  }
}
