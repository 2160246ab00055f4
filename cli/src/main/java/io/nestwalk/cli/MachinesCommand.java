package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.FindingAnswer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.MachineAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.finding.Examination;
import io.nestwalk.finding.FindingSearch;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.wording.Count;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class MachinesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private TableOptions output;

  @Option(
      names = "--findings",
      description =
          "also show what an analyst should look at: in the guests' second level, page tables that"
              + " belong to no process, processes that a list lacks, mappings that are writable and"
              + " executable, executable without a file or of a deleted file")
  private boolean findings;

  @Option(
      names = "--all",
      description =
          "also show guests that have ended, of which tables and control structures are left")
  private boolean all;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<Machine> machines = new ArrayList<>(session.machines().all());
      List<Machine> stale = session.machines().stale();
      if (all) {
        machines.addAll(stale);
      }
      List<ObjectNode> found = findings ? findings(session) : List.of();
      if (output.isOwnTable()) {
        session.warn(err);
        table(
            output.chosen(
                Subject.MACHINE,
                machines,
                each -> MachineAnswer.of(each, each.system().map(GuestSystem::facts))),
            session.machines(),
            out);
        if (!all && !stale.isEmpty()) {
          out.println();
          out.println(
              "%s not shown: ended, only traces are left (--all shows them)"
                  .formatted(String.join(", ", stale.stream().map(Machine::id).toList())));
        }
        if (findings) {
          FindingsView.print(found, examined(session), out);
        }
        if (output.isVerbose()) {
          out.println();
          out.println("Tried without success");
          session.machines().attempts().forEach(attempt -> out.println("  " + attempt));
        }
      } else {
        List<ObjectNode> rows =
            machines.stream()
                .map(each -> MachineAnswer.of(each, each.system().map(GuestSystem::facts)))
                .toList();
        ObjectNode coverage = session.coverage();
        Answer answer = new Answer(Subject.MACHINE, "machines", rows, coverage);
        if (findings) {
          coverage.set("examined", examined(session));
          answer = answer.with("findings", Json.MAPPER.createArrayNode().addAll(found));
        }
        new AnswerWriter(out, err).write(answer, output);
      }
    }
    return ExitCode.DONE;
  }

  private static ArrayNode examined(Session session) {
    return FindingAnswer.examined(Examination.of(session.machines()));
  }

  private static List<ObjectNode> findings(Session session) {
    return FindingSearch.in(session.machines()).stream().map(FindingAnswer::of).toList();
  }

  private static void table(List<Machine> machines, Machines all, PrintWriter out) {
    TextTable table =
        new TextTable(
            "MACHINE", "ARCH", "SYSTEM", "ROOT", "SECOND LEVEL", "MAPPED", "CPUS", "STATE");
    for (Machine machine : machines) {
      SecondLevel second = machine.secondLevel();
      table.row(
          machine.id(),
          machine.architecture(),
          machine
              .system()
              .map(MachinesCommand::systemName)
              .or(() -> all.hypervisorOn(machine.id()))
              .orElse("-"),
          machine.root().map(root -> Hex.of(root.address())).orElse("-"),
          second
              .root()
              .map(root -> "%s %s".formatted(second.kind(), Hex.of(root.address())))
              .orElse(second.kind() == SecondLevel.Kind.P2M ? second.kind().toString() : "-"),
          second.mappedBytes() > 0 ? Sizes.of(second.mappedBytes()) : "-",
          machine.cpus().isEmpty() ? "-" : machine.cpus().size(),
          machine.state().map(state -> state.kind().toString()).orElse("-"));
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
      machine
          .sameMemoryAs()
          .ifPresent(
              same ->
                  out.println(
                      "%n%s: a second system in the memory of %s, as after kexec"
                          .formatted(machine.id(), same)));
      machine
          .state()
          .ifPresent(
              state ->
                  out.println(
                      "%n%s: %s: %s"
                          .formatted(machine.id(), state.kind(), state.evidence().text())));
      machine
          .inHypervisor()
          .ifPresentOrElse(
              view -> hypervisor(machine, view, out),
              () ->
                  machine
                      .hypervisor()
                      .ifPresent(
                          known ->
                              out.println(
                                  "%n%s: a guest of %s%s"
                                          .formatted(
                                              machine.id(),
                                              known.inWords(),
                                              known.domain().isPresent()
                                                  ? ", domain " + known.domain().getAsInt()
                                                  : "")
                                      + known
                                          .guestName()
                                          .map(name -> ", " + Printable.of(name))
                                          .orElse(""))));
      second
          .root()
          .ifPresent(root -> evidence("%s: %s".formatted(machine.id(), second.kind()), root, out));
      second
          .alternates()
          .forEach(
              root -> evidence("%s: also %s".formatted(machine.id(), second.kind()), root, out));
      machine.root().ifPresent(root -> evidence(machine.id() + ": root", root, out));
      machine
          .system()
          .map(system -> system.facts().traits().values().get("secureKernel"))
          .ifPresent(image -> secureKernel(machine, image, out));
    }
  }

  private static void secureKernel(Machine machine, Object image, PrintWriter out) {
    if (image instanceof Map<?, ?> values) {
      out.println();
      out.println(
          "%s: the kernel of its virtual trust level 1, %s at %s, has root %s"
              .formatted(
                  machine.id(),
                  Printable.of(values.get("name").toString()),
                  values.get("base"),
                  values.get("root")));
    }
  }

  private static void hypervisor(Machine machine, HypervisorGuest view, PrintWriter out) {
    out.println();
    out.println(
        "%s: a guest of %s, run by process %s (%s) of %s"
            .formatted(
                machine.id(),
                view.hypervisor(),
                view.pid().isPresent() ? view.pid().getAsInt() : "?",
                Printable.of(view.name()),
                machine.parent().orElse("?")));
    machine
        .secondLevel()
        .crossCheck()
        .ifPresent(
            views ->
                out.println(
                    ("  memory slots and second-level tables agree on %s and differ on %d;"
                            + " %d only in slots, %d only in tables")
                        .formatted(
                            Count.of(views.agree(), "page"),
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
                root.isConfirmed()
                    ? ""
                    : root.isContradicted()
                        ? " (contradicted)"
                        : " (a candidate: one source only)"));
    root.evidence().forEach(evidence -> out.println("  " + evidence));
  }

  private static String systemName(GuestSystem system) {
    return Printable.of(system.facts().name() + " " + system.facts().version());
  }
}
