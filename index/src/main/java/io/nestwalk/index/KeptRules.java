package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which rules of YARA's were followed for a folder: so that a folder in which they are true of
 * nothing is told from one for which none were followed.
 *
 * @param followed whether there were any
 * @param file the rules as the user named them; empty where there were none
 * @param sha256 the digest of that file
 * @param said where they were followed, and what was not looked through, a line each
 */
public record KeptRules(boolean followed, String file, String sha256, List<String> said) {

  /** Copies the list. */
  public KeptRules {
    said = List.copyOf(said);
  }

  /** Those of a folder. */
  public static KeptRules of(AnalysisFolder folder) {
    if (!folder.isDone(AnalysisFolder.YARA_STAGE)) {
      return new KeptRules(
          false,
          "",
          "",
          List.of(
              ("yara: no rules were followed for this folder; `yara RULES %s` does, told to keep"
                      + " its hits")
                  .formatted(folder.path())));
    }
    JsonNode facts = folder.facts(AnalysisFolder.YARA_STAGE);
    List<String> said = new ArrayList<>();
    facts.path("warnings").forEach(each -> said.add(each.asText()));
    return new KeptRules(true, facts.path("rules").asText(), facts.path("sha256").asText(), said);
  }

  /** Says in what was looked at what there is to say of them, once. */
  public void addTo(ObjectNode coverage) {
    ArrayNode warnings = coverage.withArray("/warnings");
    List<String> there = new ArrayList<>();
    warnings.forEach(each -> there.add(each.asText()));
    Stream<String> missing = said.stream().filter(line -> !there.contains(line));
    missing.forEach(warnings::add);
  }
}
