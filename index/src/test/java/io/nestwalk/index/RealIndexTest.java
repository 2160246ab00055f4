package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexes of real images, held against what was read inside the running machines. */
class RealIndexTest {

  @TempDir private Path folder;

  private static List<ObjectNode> search(SearchIndex index, String query) throws Exception {
    Query parsed = QueryParser.parse(query);
    return index.search(parsed, 10_000).documents().stream()
        .map(document -> Located.row(document, parsed))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-shadow", "kvm-ept", "kvm-arm64", "linux-la57"})
  void markersAreFoundByAddressInEveryLayer(String name) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    try (AnalysisFolder made = real.indexed(folder);
        SearchIndex index = made.index()) {
      int checked = 0;
      for (String machine : machines(real)) {
        for (JsonNode marker : real.machine(machine).path("pages")) {
          checkMarker(real, index, machine, marker);
          checked++;
        }
        countsAgree(real, index, machine);
      }
      assertThat(checked).isGreaterThanOrEqualTo(15);
    }
  }

  private static List<String> machines(RealAnalysis real) {
    List<String> names = new ArrayList<>();
    real.truth().path("machines").fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static void checkMarker(
      RealAnalysis real, SearchIndex index, String machine, JsonNode marker) throws Exception {
    String pid = marker.path("pid").asText();
    long physical = RealAnalysis.number(marker.path("pa"));
    String hpa = Hex.of(real.hostOf(machine, physical));
    List<ObjectNode> byAddress =
        search(
            index,
            "kind:run va:%s machine:%s pid:%s".formatted(marker.path("va").asText(), machine, pid));
    assertThat(byAddress).as("va of %s", marker).hasSize(1);
    assertThat(byAddress.getFirst().path("hpa").asText()).isEqualTo(hpa);
    assertThat(byAddress.getFirst().path("gpa").asText(""))
        .isEqualTo(machine.equals("host") ? "" : marker.path("pa").asText());
    List<ObjectNode> owners = search(index, "hpa:%s".formatted(hpa));
    assertThat(owners)
        .as("owners of %s", hpa)
        .anySatisfy(
            owner -> {
              assertThat(owner.path("machine").asText()).isEqualTo(machine);
              assertThat(owner.path("pid").asText()).isEqualTo(pid);
              assertThat(owner.path("address").asText()).isEqualTo(marker.path("va").asText());
            });
  }

  private static void countsAgree(RealAnalysis real, SearchIndex index, String machine)
      throws Exception {
    var system = real.machines().named(machine).orElseThrow().system().orElseThrow();
    assertThat(index.count(QueryParser.parse("kind:process machine:" + machine)))
        .isEqualTo(system.processes().size());
    long mappings = 0;
    for (var process : system.processes()) {
      mappings += system.mappings(process).size();
    }
    assertThat(index.count(QueryParser.parse("kind:mapping machine:" + machine)))
        .isEqualTo(mappings)
        .isPositive();
  }

  /** Whose page is it: of every page of the guest's marker process, and who backs it. */
  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-shadow", "kvm-ept", "kvm-arm64"})
  void everyPageOfAGuestsProcessHasItsTwoOwners(String name) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    JsonNode guest = real.machine("vm1");
    String pid = guest.path("pages").get(0).path("pid").asText();
    String vmm = guest.path("vmmPid").asText();
    try (AnalysisFolder made = real.indexed(folder);
        SearchIndex index = made.index()) {
      int pages = 0;
      for (JsonNode run : guest.path("runs").path(pid)) {
        for (int page = 0; page < run.get(2).asInt(); page++) {
          long physical = RealAnalysis.number(run.get(1)) + ((long) page << 12);
          long virtual = RealAnalysis.number(run.get(0)) + ((long) page << 12);
          String hpa = Hex.of(real.hostOf("vm1", physical));
          List<ObjectNode> owners = search(index, "kind:user hpa:" + hpa);
          assertThat(owners)
              .as("owners of %s, guest-physical 0x%x", hpa, physical)
              .anyMatch(owner -> is(owner, "vm1", pid, Hex.of(virtual)))
              .anyMatch(owner -> is(owner, "host", vmm, null));
          pages++;
        }
      }
      assertThat(pages).isGreaterThan(40);
    }
  }

  private static boolean is(JsonNode owner, String machine, String pid, String address) {
    return owner.path("machine").asText().equals(machine)
        && owner.path("pid").asText().equals(pid)
        && (address == null || owner.path("address").asText().equals(address));
  }

  /** Units that are done by several workers, in any order, some of them twice, are the whole. */
  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt"})
  void unitsInAnyOrderMakeTheSameIndex(String name) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    List<String> units = new ArrayList<>();
    IndexStore store = IndexStore.at(folder.resolve("units").toUri());
    List<String> kept;
    try (IndexBuilder builder = store.build()) {
      for (var machine : real.machines().all()) {
        List<Cataloguer.Unit> all = cataloguer(real).units(machine);
        for (int i = all.size() - 1; i >= 0; i--) {
          units.add(all.get(i).name());
          keep(builder, i % 7 == 0 ? cataloguer(real).units(machine).get(i) : all.get(i));
          if (i % 11 == 0) {
            keep(builder, cataloguer(real).units(machine).get(i));
          }
        }
      }
      kept = builder.warnings();
      builder.finish();
    }
    assertThat(units).doesNotHaveDuplicates().hasSizeGreaterThan(100);
    try (AnalysisFolder made = real.indexed(folder.resolve("whole"));
        SearchIndex whole = made.index();
        SearchIndex index = store.open()) {
      // No unit's: findings may be of more than one machine, hits of YARA's rules are kept by
      // users.
      for (Entry.Kind kind :
          EnumSet.complementOf(EnumSet.of(Entry.Kind.FINDING, Entry.Kind.YARA))) {
        assertThat(documents(index, kind)).isEqualTo(documents(whole, kind)).isNotEmpty();
      }
    }
    assertThat(kept).doesNotHaveDuplicates();
  }

  private static Cataloguer cataloguer(RealAnalysis real) {
    return new Cataloguer(
        io.nestwalk.memory.StoredRuns.of(real.image()), io.nestwalk.image.Progress.NONE);
  }

  private static void keep(IndexBuilder builder, Cataloguer.Unit unit) throws IOException {
    builder.beginPart(unit.name());
    builder.completePart(unit.catalogue(builder::add));
  }

  private static List<String> documents(SearchIndex index, Entry.Kind kind) throws IOException {
    List<String> documents = new ArrayList<>();
    index.forEach(kind, document -> documents.add(document.tree().toString()));
    documents.sort(null);
    return documents;
  }

  /** An analysis that stopped after the host goes on with the guest and ends the same. */
  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt"})
  void anInterruptedAnalysisEndsLikeAWholeOne(String name) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    Path whole = folder.resolve("whole");
    Path broken = folder.resolve("broken");
    try (AnalysisFolder first = real.indexed(whole);
        AnalysisFolder second =
            AnalysisFolder.prepare(
                broken,
                AnalysisFolder.Choice.NAMED,
                ImageIdentity.of(real.path(), List.of(real.path())),
                Json.object(),
                "test")) {
      try (IndexBuilder builder = second.buildIndex()) {
        Cataloguer cataloguer =
            new Cataloguer(
                io.nestwalk.memory.StoredRuns.of(real.image()), io.nestwalk.image.Progress.NONE);
        builder.beginPart("host");
        cataloguer.catalogue(real.machines().host(), builder::add);
        builder.completePart(List.of());
        builder.beginPart("vm1");
        int[] some = {0};
        try {
          cataloguer.catalogue(
              real.machines().named("vm1").orElseThrow(),
              entry -> {
                builder.add(entry);
                if (++some[0] == 100) {
                  throw new IOException("the light goes out");
                }
              });
        } catch (IOException e) {
          assertThat(e).hasMessage("the light goes out");
        }
      }
      Indexing.run(second, real.image(), real.machines(), io.nestwalk.image.Progress.NONE);
      assertThat(second.facts(AnalysisFolder.INDEX_STAGE).path("documents"))
          .isEqualTo(first.facts(AnalysisFolder.INDEX_STAGE).path("documents"));
    }
  }
}
