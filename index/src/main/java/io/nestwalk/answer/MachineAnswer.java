package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.machine.CrossCheck;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Root;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.SystemFacts;
import java.util.Optional;

/** A machine as every answer shows it. What is not known is left out. */
public final class MachineAnswer {

  private MachineAnswer() {}

  /**
   * The node of a machine.
   *
   * @param system its operating system, where one is recognised
   */
  public static ObjectNode of(Machine machine, Optional<SystemFacts> system) {
    ObjectNode node = Json.object();
    node.put("id", machine.id());
    machine.parent().ifPresent(parent -> node.put("parent", parent));
    node.put("arch", machine.architecture().toString());
    machine.state().ifPresent(state -> state(state, node));
    machine.sameSystemAs().ifPresent(same -> node.put("sameSystemAs", same));
    machine.sameMemoryAs().ifPresent(same -> node.put("sameMemoryAs", same));
    system.ifPresent(facts -> node.set("os", SystemAnswer.of(facts)));
    machine.root().ifPresent(root -> root(root, node));
    node.put("roots", machine.roots().size());
    ArrayNode cpus = node.putArray("cpus");
    machine.cpus().forEach(cpu -> cpus.add(CpuAnswer.of(cpu)));
    node.set("secondLevel", secondLevel(machine.secondLevel()));
    machine.hypervisor().ifPresent(known -> hypervisor(known, node));
    machine.inHypervisor().ifPresent(view -> described(view, node));
    return node;
  }

  private static void state(MachineState state, ObjectNode node) {
    node.put("state", state.kind().toString());
    node.putArray("stateEvidence").add(evidence(state.evidence()));
  }

  private static void root(Root root, ObjectNode node) {
    node.put("root", Hex.of(root.address()));
    node.put("rootMode", root.mode().name());
    ArrayNode evidence = node.putArray("rootEvidence");
    root.evidence().forEach(each -> evidence.add(evidence(each)));
  }

  private static void hypervisor(NamedHypervisor known, ObjectNode node) {
    node.put("hypervisor", known.name());
    known.domain().ifPresent(number -> node.put("domain", number));
    known.guestName().ifPresent(name -> node.put("name", name));
    node.putArray("hypervisorEvidence").add(evidence(known.evidence()));
  }

  private static void described(HypervisorGuest view, ObjectNode node) {
    if (!view.name().isEmpty()) {
      node.put("name", view.name());
    }
    view.pid().ifPresent(pid -> node.put("vmmPid", pid));
    ArrayNode slots = node.putArray("slots");
    for (MemorySlot slot : view.slots()) {
      ObjectNode one = slots.addObject();
      one.put("gpa", Hex.of(slot.start()));
      one.put("length", slot.length());
      one.put("hostVirtual", Hex.of(slot.hostVirtual()));
    }
  }

  private static ObjectNode secondLevel(SecondLevel second) {
    ObjectNode node = Json.object();
    node.put("kind", second.kind().toString());
    second
        .root()
        .ifPresent(
            root -> {
              node.put("root", Hex.of(root.address()));
              node.put("mode", root.mode().name());
              node.put("levels", root.mode().levels().size());
              node.put("confirmed", root.isConfirmed());
            });
    second.pointer().ifPresent(pointer -> node.put("pointer", Hex.of(pointer)));
    node.put("mappedBytes", second.mappedBytes());
    if (!second.alternates().isEmpty()) {
      ArrayNode alternates = node.putArray("alternates");
      for (Root other : second.alternates()) {
        ObjectNode one = alternates.addObject();
        one.put("root", Hex.of(other.address()));
        one.put("mode", other.mode().name());
        ArrayNode why = one.putArray("evidence");
        other.evidence().forEach(each -> why.add(evidence(each)));
      }
    }
    second.crossCheck().ifPresent(views -> node.set("views", views(views)));
    ArrayNode evidence = node.putArray("evidence");
    second.evidence().forEach(each -> evidence.add(evidence(each)));
    return node;
  }

  private static ObjectNode views(CrossCheck views) {
    ObjectNode node = Json.object();
    node.put("agree", views.agree());
    node.put("onlySlots", views.onlySlots());
    node.put("onlyTables", views.onlyTables());
    node.put("disagree", views.disagree());
    ArrayNode list = node.putArray("disagreements");
    for (CrossCheck.Disagreement each : views.disagreements()) {
      ObjectNode one = list.addObject();
      one.put("gpa", Hex.of(each.guest()));
      one.put("byTables", Hex.of(each.byTables()));
      one.put("bySlots", Hex.of(each.bySlots()));
    }
    return node;
  }

  private static ObjectNode evidence(Evidence evidence) {
    ObjectNode node = Json.object();
    node.put("source", evidence.source().toString());
    node.put("confirms", evidence.confirms());
    if (evidence.address() >= 0) {
      node.put("address", Hex.of(evidence.address()));
    }
    node.put("text", evidence.text());
    return node;
  }
}
