package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.Rule;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LuceneIndexTest {

  @TempDir private Path folder;

  private static RunEntry run(String machine, int pid, long va, long gpa, long hpa, long length) {
    return new RunEntry(
        machine,
        va < 0 ? Space.KERNEL : Space.USER,
        va < 0 ? OptionalInt.empty() : OptionalInt.of(pid),
        va < 0 ? "[kernel]" : "proc" + pid,
        Optional.of("/lib/libcrypto.so.3"),
        va,
        gpa,
        hpa,
        hpa == RunEntry.NONE ? RunEntry.NONE : hpa + 64,
        length,
        pid % 2 == 0 ? 9 : 13,
        12);
  }

  private static FindingEntry deletedFile(int pid) {
    return new FindingEntry(
        new Finding(
            Rule.DELETED_FILE,
            "vm1",
            OptionalInt.of(pid),
            Optional.of("proc" + pid),
            "a file that has been deleted: /tmp/x",
            OptionalLong.of(0x1000),
            List.of(),
            0));
  }

  private void build(List<? extends Entry> entries) throws IOException {
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      builder.beginPart("all");
      for (Entry entry : entries) {
        builder.add(entry);
      }
      builder.completePart(List.of());
      builder.finish();
    }
  }

  private List<ObjectNode> search(String query) throws Exception {
    try (SearchIndex index = IndexStore.at(folder.toUri()).open()) {
      Query parsed = QueryParser.parse(query);
      SearchIndex.Hits hits = index.search(parsed, 10_000);
      assertThat(hits.total()).isEqualTo(hits.documents().size()).isEqualTo(index.count(parsed));
      return hits.documents().stream().map(document -> Located.row(document, parsed)).toList();
    }
  }

  /** The ends of the address space and of its halves, where signs and carries go wrong. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x0",
        "0x1000",
        "0x7ffffffff000",
        "0x7ffffffffffff000",
        "0x8000000000000000",
        "0xffff800000000000",
        "0xffffffff81000000",
        "0xfffffffffffff000"
      })
  void aPageContainsItsAddressesAndNoOthers(String text) throws Exception {
    long start = Long.parseUnsignedLong(text.substring(2), 16);
    build(List.of(run("vm1", 1, start, 0x5000, 0x9000, 0x1000)));
    assertThat(search("va:" + text)).hasSize(1);
    ObjectNode last = search("va:" + Hex.of(start + 0xfff)).getFirst();
    assertThat(last.path("address").asText()).isEqualTo(Hex.of(start + 0xfff));
    assertThat(last.path("gpa").asText()).isEqualTo("0x5fff");
    assertThat(last.path("hpa").asText()).isEqualTo("0x9fff");
    assertThat(last.path("fileOffset").asLong()).isEqualTo(0x9fff + 64);
    assertThat(search("va:" + Hex.of(start - 1))).isEmpty();
    assertThat(search("va:" + Hex.of(start + 0x1000))).isEmpty();
  }

  @Test
  void rangesAgreeWithAnExhaustiveSearch() throws Exception {
    Random random = new Random(5);
    List<RunEntry> runs = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      long va = random.nextLong() & -0x1000L;
      long hpa = (long) random.nextInt(64) << 12;
      runs.add(run("vm1", i, va, hpa + 0x100000, hpa, (1L + random.nextInt(8)) << 12));
    }
    build(runs);
    for (int i = 0; i < 200; i++) {
      long hpa = random.nextInt(72 << 12);
      assertThat(search("hpa:" + Hex.of(hpa)))
          .hasSize(
              (int)
                  runs.stream().filter(r -> hpa >= r.hpa() && hpa < r.hpa() + r.length()).count());
      long from = random.nextLong();
      long to = random.nextLong();
      if (Long.compareUnsigned(from, to) <= 0) {
        assertThat(search("va:%s..%s".formatted(Hex.of(from), Hex.of(to))))
            .hasSize(
                (int)
                    runs.stream()
                        .filter(
                            r ->
                                Long.compareUnsigned(r.start(), to) <= 0
                                    && Long.compareUnsigned(r.start() + r.length() - 1, from) >= 0)
                        .count());
      }
    }
  }

  @Test
  void wordsPathsPermissionsAndTheirCombinations() throws Exception {
    build(
        List.of(
            run("host", 1, 0x1000, RunEntry.NONE, 0x1000, 0x1000),
            run("host", 2, 0x2000, RunEntry.NONE, 0x2000, 0x1000),
            run("vm1", 1, 0x1000, 0x1000, RunEntry.NONE, 0x1000),
            deletedFile(1)));
    assertThat(search("kind:run name:proc1")).hasSize(2);
    assertThat(search("kind:run NAME:PROC? machine:host")).hasSize(2);
    assertThat(search("kind:run path:*LibCrypto*")).hasSize(3);
    assertThat(search("kind:run libcrypto.so.3")).hasSize(3);
    assertThat(search("kind:run *crypto.so*")).hasSize(3);
    assertThat(search("kind:run permissions:rx")).hasSize(2);
    assertThat(search("kind:run permissions:r--")).hasSize(1);
    assertThat(search("kind:run NOT machine:host")).hasSize(1);
    assertThat(search("kind:run pid:2")).hasSize(1);
    assertThat(search("kind:run pid:1..2")).hasSize(3);
    assertThat(search("flag:deleted-file")).hasSize(1);
    assertThat(search("deleted")).hasSize(1);
    assertThat(search("hpa:0x1000")).hasSize(1);
    assertThat(search("gpa:0x1000").getFirst().path("hpa").isMissingNode()).isTrue();
    // Runs of pages are many: a name alone does not ask for them.
    assertThat(search("name:proc1")).hasSize(1);
  }

  @Test
  void documentsStayInTheOrderInWhichTheyWereAdded() throws Exception {
    List<RunEntry> runs = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      runs.add(run("host", i, (long) (3000 - i) << 12, RunEntry.NONE, (long) i << 12, 0x1000));
    }
    build(runs);
    List<Integer> pids = new ArrayList<>();
    try (SearchIndex index = IndexStore.at(folder.toUri()).open()) {
      index.forEach(Entry.Kind.RUN, document -> pids.add(document.tree().path("pid").asInt()));
    }
    assertThat(pids).hasSize(3000).isSorted();
  }

  @Test
  void whatWasNotCompletedIsForgotten() throws Exception {
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      builder.beginPart("host");
      builder.add(run("host", 1, 0x1000, RunEntry.NONE, 0x1000, 0x1000));
      builder.completePart(List.of());
      builder.beginPart("vm1");
      builder.add(run("vm1", 1, 0x1000, RunEntry.NONE, 0x1000, 0x1000));
    }
    assertThatExceptionOfType(BrokenIndexException.class)
        .isThrownBy(() -> IndexStore.at(folder.toUri()).open())
        .withMessageContaining("not finished");
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      assertThat(builder.completeParts()).containsExactly("host");
      builder.beginPart("vm1");
      builder.add(run("vm1", 1, 0x1000, RunEntry.NONE, 0x1000, 0x1000));
      builder.completePart(List.of());
      builder.finish();
    }
    assertThat(search("hpa:0x1000")).hasSize(2);
  }

  /** What was to be said while an index was made is said by who reads it later. */
  @Test
  void warningsOfCompletePartsStay() throws Exception {
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      builder.beginPart("host");
      builder.add(run("host", 1, 0x1000, RunEntry.NONE, 0x1000, 0x1000));
      builder.completePart(List.of("tables were cut", "a list has no end"));
      builder.beginPart("vm1");
      builder.completePart(List.of("nothing of it is known"));
      builder.beginPart("vm2");
      builder.completePart(List.of());
      builder.finish();
    }
    try (SearchIndex index = IndexStore.at(folder.toUri()).open()) {
      assertThat(index.warnings())
          .containsExactlyInAnyOrder(
              "tables were cut", "a list has no end", "nothing of it is known");
    }
  }

  /** An entry's id is its part and its number there: doing a part again adds nothing. */
  @Test
  void aPartThatIsDoneAgainTakesThePlaceOfTheFirst() throws Exception {
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      builder.beginPart("host");
      builder.add(run("host", 1, 0x1000, RunEntry.NONE, 0x1000, 0x1000));
      builder.add(deletedFile(1));
      builder.add(deletedFile(2));
      builder.completePart(List.of("first"));
      builder.beginPart("vm1");
      builder.add(run("vm1", 1, 0x1000, 0x1000, 0x1000, 0x1000));
      builder.completePart(List.of());
    }
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      builder.beginPart("host");
      builder.add(run("host", 3, 0x1000, RunEntry.NONE, 0x1000, 0x1000));
      builder.add(deletedFile(3));
    }
    // The second time was not completed: the first one counts.
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      assertThat(builder.warnings()).containsExactly("first");
      builder.finish();
    }
    assertThat(search("hpa:0x1000 pid:1")).hasSize(2);
    assertThat(search("kind:finding")).hasSize(2);
    try (IndexBuilder builder = IndexStore.at(folder.toUri()).build()) {
      builder.beginPart("host");
      builder.add(run("host", 3, 0x1000, RunEntry.NONE, 0x1000, 0x1000));
      builder.add(deletedFile(3));
      builder.completePart(List.of("second"));
      assertThat(builder.warnings()).containsExactly("second");
      builder.finish();
    }
    assertThat(search("hpa:0x1000")).hasSize(2);
    assertThat(search("hpa:0x1000 machine:host").getFirst().path("pid").asInt()).isEqualTo(3);
    assertThat(search("kind:finding")).hasSize(1);
    try (SearchIndex index = IndexStore.at(folder.toUri()).open()) {
      List<ObjectNode> findings = new ArrayList<>();
      index.forEach(Entry.Kind.FINDING, finding -> findings.add(finding.tree()));
      assertThat(findings).hasSize(1);
      assertThat(index.count(Entry.Kind.RUN)).isEqualTo(2);
    }
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()).filter(f -> f.startsWith("runs")))
          .hasSize(2);
    }
  }

  @Test
  void aDamagedIndexIsToldFromAWholeOne() throws Exception {
    build(List.of(deletedFile(1)));
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.getFileName().toString().endsWith(".cfs")).toList()) {
        Files.write(file, new byte[64]);
      }
    }
    assertThatExceptionOfType(BrokenIndexException.class)
        .isThrownBy(() -> IndexStore.at(folder.toUri()).open());
  }
}
