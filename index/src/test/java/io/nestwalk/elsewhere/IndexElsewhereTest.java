package io.nestwalk.elsewhere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.Rule;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.IndexBuilder;
import io.nestwalk.index.IndexStore;
import io.nestwalk.index.Query;
import io.nestwalk.index.QueryParser;
import io.nestwalk.index.SearchIndex;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store of another program's, found by its scheme, keeps and answers what a folder does. */
class IndexElsewhereTest {

  private static final URI PLACE = URI.create("listed:case");

  @TempDir private Path folder;

  private static List<Entry> part(int number) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int pid = number * 100 + i;
      long start = 0x1000L * pid;
      entries.add(
          new RunEntry(
              "vm" + number,
              Entry.Space.USER,
              OptionalInt.of(pid),
              "proc" + pid,
              Optional.of("/bin/busybox"),
              start,
              start + 0x100000,
              start + 0x200000,
              RunEntry.NONE,
              0x1000,
              5,
              12));
    }
    entries.add(
        new FindingEntry(
            new Finding(
                Rule.DELETED_FILE,
                "vm" + number,
                OptionalInt.of(number),
                Optional.of("proc"),
                "a file that has been deleted",
                OptionalLong.of(0x1000),
                List.of(),
                0)));
    return entries;
  }

  private static void write(IndexBuilder builder, int number, int count) throws IOException {
    builder.beginPart("vm" + number);
    for (Entry entry : part(number).subList(0, count)) {
      builder.add(entry);
    }
  }

  private static void fill(IndexStore store) throws IOException {
    try (IndexBuilder builder = store.build()) {
      write(builder, 1, 21);
      builder.completePart(List.of("one"));
      write(builder, 2, 7); // a worker that is lost in the middle
    }
    try (IndexBuilder builder = store.build()) {
      assertThat(builder.completeParts()).containsExactly("vm1");
      write(builder, 2, 21);
      builder.completePart(List.of("two"));
      write(builder, 1, 21); // and one that does again what is done
      builder.completePart(List.of("one"));
      assertThat(builder.warnings()).containsExactlyInAnyOrder("one", "two");
      builder.finish();
    }
  }

  private static List<String> answer(IndexStore store, String text) throws Exception {
    Query query = QueryParser.parse(text);
    List<String> documents = new ArrayList<>();
    try (SearchIndex index = store.open()) {
      Optional<SearchIndex.Cursor> next = Optional.of(SearchIndex.Cursor.START);
      while (next.isPresent()) {
        SearchIndex.Hits page = index.search(query, next.get(), 4);
        assertThat(page.total()).isEqualTo(index.count(query));
        assertThat(page.documents()).hasSizeLessThanOrEqualTo(4);
        page.documents().stream().map(ObjectNode::toString).forEach(documents::add);
        next = page.next();
      }
      assertThat(documents).hasSize((int) index.count(query));
    }
    return documents.stream().sorted().toList();
  }

  @Test
  void aStoreOfAnotherSchemeAnswersAsAFolderDoes() throws Exception {
    IndexStore listed = IndexStore.at(PLACE);
    IndexStore lucene = IndexStore.at(folder.toUri());
    fill(listed);
    fill(lucene);
    for (String query :
        List.of(
            "kind:run",
            "kind:finding",
            "kind:run machine:vm1",
            "pid:105..110 kind:run",
            "kind:run NOT machine:vm2")) {
      assertThat(answer(listed, query)).as(query).isEqualTo(answer(lucene, query)).isNotEmpty();
    }
  }

  @Test
  void entriesThatAreDoneAgainHaveTheSameIds() throws Exception {
    ListedStore store = new ListedStore();
    fill(store);
    assertThat(store.ids()).hasSize(2 * 21).contains("vm1#000000", "vm2#000020");
  }

  @Test
  void aPlaceNobodyKnowsIsRefused() {
    assertThatThrownBy(() -> IndexStore.at(URI.create("nobody://host/case")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "nobody://host/case: no index store for 'nobody:' is on the class path"
                + " (NESTWALK_PLUGINS names jars of such)");
    assertThatThrownBy(() -> IndexStore.at(URI.create("case")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("case: a place of an index begins with a scheme");
  }
}
