package io.nestwalk.find;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.find.Finder.Found;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Entry.Space;
import io.nestwalk.index.RealAnalysis;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every marker of the truth is found, in the right process at the right address. */
class RealFindTest {

  private static final int LIMIT = 100_000;

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-shadow", "kvm-ept", "kvm-arm64", "linux-la57"})
  void markers(String name) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    List<String> machines = new ArrayList<>();
    real.truth().path("machines").fieldNames().forEachRemaining(machines::add);
    Patterns patterns = new Patterns();
    for (String machine : machines) {
      for (JsonNode marker : real.machine(machine).path("pages")) {
        patterns.text(marker.path("text").asText());
      }
    }
    Found found =
        new Finder(real.image(), real.machines(), Progress.NONE).find(patterns, null, LIMIT, 2);
    assertThat(found.refused()).isZero();
    for (String machine : machines) {
      for (JsonNode marker : real.machine(machine).path("pages")) {
        check(real, patterns, found, machine, marker);
      }
    }
  }

  private static void check(
      RealAnalysis real, Patterns patterns, Found found, String machine, JsonNode marker) {
    long hpa = real.hostOf(machine, RealAnalysis.number(marker.path("pa")));
    assertThat(found.hits())
        .as("%s of %s at 0x%x", marker, machine, hpa)
        .filteredOn(hit -> patterns.name(hit.pattern()).equals(marker.path("text").asText()))
        .anySatisfy(
            hit -> {
              assertThat(hit.hpa()).isEqualTo(hpa);
              assertThat(hit.owners())
                  .anySatisfy(
                      owner -> {
                        assertThat(owner.machine()).isEqualTo(machine);
                        assertThat(owner.space()).isEqualTo(Space.USER);
                        assertThat(owner.pid()).hasValue(marker.path("pid").asInt());
                        assertThat(owner.address())
                            .isEqualTo(RealAnalysis.number(marker.path("va")));
                      });
            });
  }

  /** A text that begins at the end of a page whose neighbour lies elsewhere, by an expression. */
  @Test
  void anExpressionCrossesPagesToo() throws Exception {
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    Patterns patterns =
        new Patterns().regex("NESTED-MARKER-L2-[0-9a-f]{16}-cross").regex("MARKER-L1-\\w+-cross");
    Found found =
        new Finder(real.image(), real.machines(), Progress.NONE)
            .find(
                patterns,
                owner -> owner.process().equals("marker") && owner.space() == Space.USER,
                LIMIT,
                2);
    assertThat(found.hits()).hasSize(2);
    for (String machine : List.of("host", "vm1")) {
      JsonNode cross = null;
      for (JsonNode marker : real.machine(machine).path("pages")) {
        cross = marker.path("area").asText().equals("cross") ? marker : cross;
      }
      long address = RealAnalysis.number(cross.path("va")) + (machine.equals("host") ? 7 : 0);
      assertThat(address & 0xfff).isGreaterThan(0xfd0);
      assertThat(found.hits())
          .anySatisfy(
              hit ->
                  assertThat(hit.owners())
                      .anySatisfy(
                          owner -> {
                            assertThat(owner.machine()).isEqualTo(machine);
                            assertThat(owner.address()).isEqualTo(address);
                          }));
    }
  }
}
