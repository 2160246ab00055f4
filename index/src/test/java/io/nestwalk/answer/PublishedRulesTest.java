package io.nestwalk.answer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nestwalk.finding.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The published schemas name every rule of findings, and no other. */
class PublishedRulesTest {

  @Test
  void everyRuleIsPublished() throws IOException {
    List<String> published = new ArrayList<>();
    try (InputStream in = ProcessAnswer.class.getResourceAsStream("schema/defs.json")) {
      for (JsonNode node : new ObjectMapper().readTree(in).findValues("enum")) {
        List<String> names = new ArrayList<>();
        node.forEach(name -> names.add(name.asText()));
        if (names.contains(Rule.OWNERLESS_ROOT.toString())) {
          published.addAll(names);
        }
      }
    }
    assertThat(published)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Rule.values()).map(Rule::toString).toList());
  }
}
