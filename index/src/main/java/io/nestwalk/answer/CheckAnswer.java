package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.Suspicion;

/** What checks of a kernel found and what they looked at. */
public final class CheckAnswer {

  private CheckAnswer() {}

  /**
   * The row of what was found.
   *
   * @param machine the id of the machine
   */
  public static ObjectNode found(String machine, CheckResult check, Suspicion suspicion) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("rule", check.rule());
    node.put("reason", check.reason());
    node.put("text", suspicion.text());
    node.put("address", Hex.of(suspicion.address()));
    suspicion.target().ifPresent(target -> node.put("target", Hex.of(target)));
    suspicion.targetName().ifPresent(name -> node.put("targetName", name));
    suspicion.pid().ifPresent(pid -> node.put("pid", pid));
    return node;
  }

  /** What one check looked at in a machine. */
  public static ObjectNode examined(String machine, CheckResult check) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("rule", check.rule());
    node.put("examined", check.examined());
    node.put("found", check.found().size());
    ArrayNode omitted = node.putArray("omitted");
    check.omitted().forEach(omitted::add);
    return node;
  }
}
