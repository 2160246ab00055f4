package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.index.Entry.RunEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of pages in files of their own: the answers are those of runs as documents. */
class StoredRunBlocksTest {

  @TempDir private Path folder;

  private SearchIndex build(List<RunEntry> runs) throws IOException {
    IndexStore store = IndexStore.at(folder.toUri());
    try (IndexBuilder builder = store.build()) {
      builder.beginPart("all");
      for (RunEntry run : runs) {
        builder.add(run);
      }
      builder.completePart(List.of());
      builder.finish();
    }
    return store.open();
  }

  private static List<String> lines(List<RunEntry> runs) {
    return runs.stream().map(run -> EntryJson.of(run).toString()).toList();
  }

  @Test
  void everyQueryHasTheAnswerOfRunsAsDocuments() throws Exception {
    Random random = new Random(11);
    List<RunEntry> runs = QueryExamples.runs(random, 3000);
    int some = 0;
    try (SearchIndex index = build(runs);
        RunsAsDocuments documents = new RunsAsDocuments(runs)) {
      for (int i = 0; i < 1500; i++) {
        String text =
            i < QueryExamples.LEAVES.size()
                ? QueryExamples.LEAVES.get(i) + " kind:run"
                : QueryExamples.query(random, random.nextInt(4));
        Query query = QueryParser.parse(text);
        List<RunEntry> wanted = documents.search(query);
        SearchIndex.Hits hits = index.search(query, runs.size());
        assertThat(hits.documents().stream().map(ObjectNode::toString).toList())
            .as(text)
            .isEqualTo(lines(wanted));
        assertThat(hits.total()).as(text).isEqualTo(wanted.size());
        assertThat(index.count(query)).as(text).isEqualTo(wanted.size());
        some += wanted.isEmpty() || wanted.size() == runs.size() ? 0 : 1;
      }
    }
    // Else nothing was compared.
    assertThat(some).isGreaterThan(500);
  }

  /** More than fits into a block: what is found by order in each comes out in the order of all. */
  @Test
  void severalBlocksAnswerAsOne() throws Exception {
    Random random = new Random(12);
    List<RunEntry> runs = QueryExamples.runs(random, 2 * RunBlock.MOST_RUNS + 17);
    try (SearchIndex index = build(runs)) {
      assertThat(index.count(Entry.Kind.RUN)).isEqualTo(runs.size());
      List<RunEntry> shown = new ArrayList<>();
      index.forEachRun(shown::add);
      assertThat(shown).isEqualTo(runs);
      for (int i = 0; i < 20; i++) {
        long hpa = random.nextLong(4000L << 12);
        List<RunEntry> wanted =
            runs.stream()
                .filter(
                    run ->
                        run.hpa() != RunEntry.NONE
                            && run.hpa() <= hpa
                            && hpa < run.hpa() + run.length())
                .toList();
        assertThat(index.search(QueryParser.parse("hpa:" + Hex.of(hpa)), runs.size()).documents())
            .extracting(ObjectNode::toString)
            .isEqualTo(lines(wanted));
      }
    }
  }

  @Test
  void pagesOfAnAnswerAreTheAnswer() throws Exception {
    List<RunEntry> runs = QueryExamples.runs(new Random(13), 500);
    try (SearchIndex index = build(runs)) {
      Query query = QueryParser.parse("kind:run NOT name:bash");
      List<ObjectNode> whole = index.search(query, 1000).documents();
      for (int size : new int[] {1, 7, whole.size() - 1, whole.size(), whole.size() + 1}) {
        List<ObjectNode> paged = new ArrayList<>();
        Optional<SearchIndex.Cursor> from = Optional.of(SearchIndex.Cursor.START);
        int pages = 0;
        while (from.isPresent()) {
          SearchIndex.Hits page = index.search(query, from.get(), size);
          assertThat(page.total()).isEqualTo(whole.size());
          paged.addAll(page.documents());
          from = page.next();
          pages++;
        }
        assertThat(paged).isEqualTo(whole);
        assertThat(pages).isEqualTo((whole.size() + size - 1) / size);
      }
      assertThatThrownBy(() -> index.search(query, new SearchIndex.Cursor("there"), 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void everyDamagedByteIsToldWhenTheIndexIsOpened() throws Exception {
    build(QueryExamples.runs(new Random(14), 300)).close();
    Path file = folder.resolve(IndexPart.file(0));
    byte[] whole = Files.readAllBytes(file);
    IndexStore store = IndexStore.at(folder.toUri());
    for (int at = 0; at < whole.length; at += at < 200 || at > whole.length - 40 ? 1 : 97) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertThatExceptionOfType(BrokenIndexException.class)
          .as("byte %d", at)
          .isThrownBy(store::open);
    }
    for (int length : new int[] {0, 7, 8, 27, 28, whole.length - 1}) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatExceptionOfType(BrokenIndexException.class).isThrownBy(store::open);
    }
    Files.delete(file);
    assertThatExceptionOfType(BrokenIndexException.class).isThrownBy(store::open);
    Files.write(file, whole);
    store.open().close();
  }
}
