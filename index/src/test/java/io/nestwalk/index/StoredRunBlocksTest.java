package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of pages in files of their own: the answers are those of runs as documents. */
class StoredRunBlocksTest {

  private static final String[] NAMES = {
    "sshd", "Sshd-Session", "a b", "bash", "\udc80x", "kworker/u8:1"
  };
  private static final List<Space> SPACES = List.of(Space.values());

  private static final String[] PATHS = {
    "/usr/lib/libCrypto.so.3", "[heap]", "[stack]", "/tmp/b\udc81d (deleted)", "/", "[linear map]"
  };
  private static final String[] LEAVES = {
    "kind:run",
    "kind:user",
    "kind:KERNEL",
    "kind:physical",
    "kind:process",
    "kind:*er*",
    "name:sshd",
    "name:SSHD*",
    "name:?ash",
    "name:\"a b\"",
    "name:*",
    "path:*crypto*",
    "path:[heap]",
    "path:*",
    "path:/tmp/*",
    "machine:host",
    "machine:vm?",
    "flag:deleted-file",
    "permissions:rw",
    "permissions:r-x",
    "permissions:---",
    "permissions:u",
    "permissions:s",
    "permissions:w--",
    "pid:1",
    "pid:2..4",
    "pid:..2",
    "pid:0xffffffffffffffff",
    "ppid:1",
    "uid:0",
    "libcrypto",
    "libcrypto.so",
    "so.3",
    "sshd session",
    "\"sshd session\"",
    "host",
    "*rypt*",
    "worker",
    "\"u8 1\"",
    "deleted",
    "???",
    "\"host sshd\"",
    "*a?b*"
  };

  @TempDir private Path folder;

  private static RunEntry random(Random random) {
    Space space = SPACES.get(random.nextInt(SPACES.size()));
    long length = (1L + random.nextInt(random.nextInt(20) == 0 ? 5000 : 8)) << 12;
    long start = (long) random.nextInt(4000) << 12;
    if (space == Space.KERNEL) {
      // Up to the last page there is, and no further.
      start = -length - ((long) random.nextInt(4000) << 12);
    }
    return new RunEntry(
        random.nextBoolean() ? "host" : "vm" + random.nextInt(2),
        space,
        space == Space.USER ? OptionalInt.of(random.nextInt(6) - 1) : OptionalInt.empty(),
        NAMES[random.nextInt(NAMES.length)],
        random.nextInt(3) == 0
            ? Optional.empty()
            : Optional.of(PATHS[random.nextInt(PATHS.length)]),
        start,
        random.nextInt(3) == 0 ? RunEntry.NONE : (long) random.nextInt(4000) << 12,
        random.nextInt(5) == 0 ? RunEntry.NONE : (long) random.nextInt(4000) << 12,
        random.nextInt(5) == 0 ? RunEntry.NONE : 64 + ((long) random.nextInt(4000) << 12),
        length,
        random.nextInt(16),
        random.nextBoolean() ? 12 : 21);
  }

  private static List<RunEntry> random(Random random, int count) {
    List<RunEntry> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runs.add(random(random));
    }
    return runs;
  }

  private static String address(Random random) {
    String field = List.of("va", "gpa", "hpa", "fileOffset").get(random.nextInt(4));
    long from = random.nextLong(4000L << 12);
    if (field.equals("va") && random.nextBoolean()) {
      from = -1 - from;
    }
    return switch (random.nextInt(3)) {
      case 0 -> field + ":" + Hex.of(from);
      case 1 -> field + ":" + Hex.of(from) + "..";
      default ->
          field
              + ":..%s".formatted(Hex.of(from))
              + (random.nextBoolean() ? " " + field + ":" + Hex.of(from) : "");
    };
  }

  private static String query(Random random, int depth) {
    if (depth > 0) {
      String one = query(random, depth - 1);
      String two = query(random, depth - 1);
      return switch (random.nextInt(4)) {
        case 0 -> "(%s) (%s)".formatted(one, two);
        case 1 -> "(%s) OR (%s)".formatted(one, two);
        case 2 -> "NOT (%s)".formatted(one);
        default -> one;
      };
    }
    return random.nextInt(3) == 0 ? address(random) : LEAVES[random.nextInt(LEAVES.length)];
  }

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
    List<RunEntry> runs = random(random, 3000);
    int some = 0;
    try (SearchIndex index = build(runs);
        RunsAsDocuments documents = new RunsAsDocuments(runs)) {
      for (int i = 0; i < 1500; i++) {
        String text =
            i < LEAVES.length ? LEAVES[i] + " kind:run" : query(random, random.nextInt(4));
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
    List<RunEntry> runs = random(random, 2 * RunBlock.MOST_RUNS + 17);
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
    List<RunEntry> runs = random(new Random(13), 500);
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
    build(random(new Random(14), 300)).close();
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
