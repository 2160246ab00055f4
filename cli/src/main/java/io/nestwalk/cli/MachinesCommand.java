package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Cpu;
import io.nestwalk.machine.GuestSystem;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.machine.SystemFacts;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Root;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the machines of an image. */
@Command(
    name = "machines",
    description = "Lists the host and its virtual machines, with the roots of every layer.",
    mixinStandardHelpOptions = true)
final class MachinesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ImageOptions image;
  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<Machine> machines = session.machines().all();
      if (output.format() == OutputFormat.TABLE) {
        session.warn(err);
        table(session, machines, out);
        if (output.isVerbose()) {
          out.println();
          out.println("Tried without success");
          session.machines().attempts().forEach(attempt -> out.println("  " + attempt));
        }
      } else {
        List<ObjectNode> rows = machines.stream().map(m -> row(session, m)).toList();
        new AnswerWriter(out, err)
            .write(new Answer("machines", rows, session.coverage()), output.format());
      }
    }
    return ExitCode.DONE;
  }

  private static void table(Session session, List<Machine> machines, PrintWriter out) {
    TextTable table =
        new TextTable("MACHINE", "ARCH", "SYSTEM", "ROOT", "SECOND LEVEL", "MAPPED", "CPUS");
    for (Machine machine : machines) {
      SecondLevel second = machine.secondLevel();
      table.row(
          machine.id(),
          machine.architecture(),
          session.system(machine).map(MachinesCommand::systemName).orElse("-"),
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
      second
          .root()
          .ifPresent(root -> evidence("%s: %s".formatted(machine.id(), second.kind()), root, out));
      machine.root().ifPresent(root -> evidence(machine.id() + ": root", root, out));
    }
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

  private static ObjectNode row(Session session, Machine machine) {
    ObjectNode row = AnswerWriter.JSON.createObjectNode();
    row.put("id", machine.id());
    row.put("parent", machine.parent().orElse(null));
    row.put("arch", machine.architecture().toString());
    session
        .system(machine)
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
    return row;
  }

  private static ObjectNode node(SystemFacts facts) {
    ObjectNode node = AnswerWriter.JSON.createObjectNode();
    node.put("name", facts.name());
    node.put("version", facts.version());
    node.put("banner", facts.banner());
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
