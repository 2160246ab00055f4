package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Advice;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What was looked at, as every answer says it. */
public final class CoverageAnswer {

  private CoverageAnswer() {}

  /**
   * The node of the coverage.
   *
   * @param found the machines, where they were looked for
   * @param notes warnings of who asks; one that is there already is not said twice
   */
  public static ObjectNode of(MemoryImage image, Optional<Machines> found, List<String> notes) {
    return of(image, found, notes, Advice::warning);
  }

  /**
   * The node of the coverage for somebody who is told how to say what a warning is about.
   *
   * @param spelled how a warning about an option of the user's is worded for that user
   */
  public static ObjectNode of(
      MemoryImage image,
      Optional<Machines> found,
      List<String> notes,
      Function<Advice, String> spelled) {
    ObjectNode node = Json.object();
    node.put("bytesPresent", image.memory().presentBytes());
    node.put("bytesUnreadable", image.memory().unreadableBytes());
    if (found.isPresent()) {
      Machines machines = found.get();
      node.put("pagesSurveyed", machines.coverage().pagesSeen());
      node.put("pagesNotZero", machines.coverage().pagesNotZero());
      node.put("staleMachines", machines.stale().size());
      ArrayNode tried = node.putArray("tried");
      machines.attempts().forEach(tried::add);
    }
    ArrayNode array = node.putArray("warnings");
    warnings(image, found, notes, spelled).forEach(array::add);
    return node;
  }

  /** The coverage's warnings alone; for those who show them without JSON. Parameters as above. */
  public static List<String> warnings(
      MemoryImage image,
      Optional<Machines> found,
      List<String> notes,
      Function<Advice, String> spelled) {
    Map<String, String> worded = new HashMap<>();
    image.advice().forEach(advice -> worded.put(advice.warning(), spelled.apply(advice)));
    Set<String> warnings = new LinkedHashSet<>(image.warnings());
    image.file().change().ifPresent(warnings::add);
    warnings.addAll(notes);
    if (found.isPresent()) {
      Machines machines = found.get();
      machines.advice().forEach(each -> worded.put(each.warning(), spelled.apply(each)));
      warnings.addAll(machines.warnings());
      machines.leftOut().ifPresent(warnings::add);
      for (Machine machine : machines.all()) {
        machine.systemWarnings().forEach(line -> warnings.add(machine.id() + ": " + line));
      }
    }
    return warnings.stream().map(line -> worded.getOrDefault(line, line)).toList();
  }
}
