package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.SystemFacts;

/** An operating system as every answer shows it. */
final class SystemAnswer {

  private static final double MILLIS = 1000;

  private SystemAnswer() {}

  static ObjectNode of(SystemFacts facts) {
    ObjectNode node = Json.object();
    node.put("name", facts.name());
    node.put("version", facts.version());
    facts.banner().ifPresent(banner -> node.put("banner", banner));
    node.put("kernelBase", Hex.of(facts.kernelBase()));
    facts.kernelPhysical().ifPresent(address -> node.put("kernelPhysical", Hex.of(address)));
    facts.kaslrSlide().ifPresent(slide -> node.put("kaslrSlide", Hex.of(slide)));
    facts.linearMap().ifPresent(address -> node.put("linearMap", Hex.of(address)));
    facts.root().ifPresent(root -> node.put("root", Hex.of(root)));
    node.put("object", Hex.of(facts.object()));
    facts.hostName().ifPresent(name -> node.put("hostName", name));
    facts.bootTime().ifPresent(time -> node.put("bootTime", time.toString()));
    facts.uptime().ifPresent(time -> node.put("uptimeSeconds", time.toMillis() / MILLIS));
    if (!facts.basis().isEmpty()) {
      ArrayNode basis = node.putArray("basis");
      facts.basis().forEach(basis::add);
    }
    TraitsAnswer.addTo(node, facts.traits());
    return node;
  }
}
