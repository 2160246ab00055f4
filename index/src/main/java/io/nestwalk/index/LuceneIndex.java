package io.nestwalk.index;

import io.nestwalk.index.AnswerPage.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

/**
 * A finished index in a folder. Answers list what comes before runs of pages, runs, and what comes
 * after them; a {@link Cursor}'s place is the number of that stage and what was shown last in it.
 */
final class LuceneIndex implements SearchIndex {

  private static final Sort ORDER =
      new Sort(new SortField(EntryDocument.ORDER, SortField.Type.LONG), SortField.FIELD_DOC);

  /** The stages of an answer, in their order: documents, runs, documents. */
  private static final int BEFORE_RUNS = 0;

  private static final int RUNS = 1;
  private static final int AFTER_RUNS = 2;

  private static final Set<String> STORED = Set.of(EntryDocument.SOURCE);

  private final Directory folder;
  private final DirectoryReader reader;
  private final IndexSearcher searcher;
  private final StoredRunBlocks runs;
  private final List<IndexPart> parts;

  LuceneIndex(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      throw new BrokenIndexException(place + ": no index is there", null); // Lucene would make one
    }
    folder = FSDirectory.open(place);
    DirectoryReader opened = null;
    StoredRunBlocks blocks;
    List<IndexPart> complete;
    try {
      opened = DirectoryReader.open(folder);
      Map<String, String> data = opened.getIndexCommit().getUserData();
      check(place, data);
      complete = IndexPart.parts(data.getOrDefault(LuceneStore.PARTS, "[]"));
      blocks = new StoredRunBlocks(place, complete);
    } catch (BrokenIndexException e) {
      close(opened, folder);
      throw e;
    } catch (IOException | RuntimeException e) {
      close(opened, folder);
      throw new BrokenIndexException(
          "%s: no index that can be read: %s".formatted(place, e.getMessage()), e);
    }
    reader = opened;
    runs = blocks;
    parts = complete;
    searcher = new IndexSearcher(reader);
  }

  private static void check(Path place, Map<String, String> data) throws BrokenIndexException {
    String version = data.getOrDefault(LuceneStore.SCHEMA, "none");
    if (!version.equals(Integer.toString(IndexStore.SCHEMA_VERSION))) {
      throw new BrokenIndexException(
          "%s: index of schema version %s, this program has %d"
              .formatted(place, version, IndexStore.SCHEMA_VERSION),
          null);
    }
    if (!Boolean.parseBoolean(data.get(LuceneStore.FINISHED))) {
      throw new BrokenIndexException(place + ": the index is not finished", null);
    }
  }

  static Map<String, String> userData(Iterable<Map.Entry<String, String>> data) {
    Map<String, String> map = new TreeMap<>();
    if (data != null) {
      data.forEach(entry -> map.put(entry.getKey(), entry.getValue()));
    }
    return map;
  }

  @Override
  public Hits search(Query query, Cursor from, int limit) throws IOException {
    Place begin = Place.of(from);
    AnswerPage page = new AnswerPage(begin, limit);
    long total = 0;
    for (int stage = BEFORE_RUNS; stage <= AFTER_RUNS; stage++) {
      boolean isShown = stage >= begin.stage();
      Place place = stage == begin.stage() ? begin : Place.beginOf(stage);
      int wanted = isShown ? page.wanted() : 0;
      total +=
          stage == RUNS
              ? runs(query, place, wanted, page)
              : documents(LuceneQueries.of(query, stage == BEFORE_RUNS), place, wanted, page);
    }
    return page.hits(total);
  }

  private long runs(Query query, Place place, int wanted, AnswerPage page) throws IOException {
    return runs.find(
        query,
        place.isBegin() ? 0 : place.major() + 1,
        wanted,
        (number, run) -> page.offer(EntryJson.of(run), new Place(RUNS, number, 0)));
  }

  private long documents(
      org.apache.lucene.search.Query asked, Place place, int wanted, AnswerPage page)
      throws IOException {
    int total = searcher.count(asked);
    if (wanted == 0 || total == 0) {
      return total;
    }
    FieldDoc after =
        place.isBegin()
            ? null
            : new FieldDoc(place.minor(), 0, new Object[] {place.major(), place.minor()});
    StoredFields stored = searcher.storedFields();
    for (ScoreDoc hit : searcher.searchAfter(after, asked, wanted, ORDER).scoreDocs) {
      long rank = (Long) ((FieldDoc) hit).fields[0];
      page.offer(source(stored, hit.doc).tree(), new Place(place.stage(), rank, hit.doc));
    }
    return total;
  }

  @Override
  public long count(Query query) throws IOException {
    return searcher.count(LuceneQueries.of(query)) + runs.count(query);
  }

  @Override
  public long count(Entry.Kind kind) throws IOException {
    return kind == Entry.Kind.RUN ? runs.count() : searcher.count(LuceneQueries.type(kind));
  }

  @Override
  public void forEachRun(RunVisitor visitor) throws IOException {
    runs.forEach(visitor);
  }

  @Override
  public void forEach(Entry.Kind kind, Visitor visitor) throws IOException {
    if (kind == Entry.Kind.RUN) {
      runs.forEach(run -> visitor.document(StoredDocument.of(EntryJson.of(run))));
      return;
    }
    Weight weight =
        searcher.createWeight(
            searcher.rewrite(LuceneQueries.type(kind)), ScoreMode.COMPLETE_NO_SCORES, 1);
    for (LeafReaderContext leaf : reader.leaves()) {
      Scorer scorer = weight.scorer(leaf);
      if (scorer == null) {
        continue;
      }
      StoredFields stored = inOrder(leaf.reader());
      Bits live = leaf.reader().getLiveDocs();
      DocIdSetIterator matches = scorer.iterator();
      while (matches.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        if (live == null || live.get(matches.docID())) {
          visitor.document(source(stored, matches.docID()));
        }
      }
    }
  }

  @Override
  public List<String> warnings() {
    return parts.stream().flatMap(part -> part.warnings().stream()).toList();
  }

  /** Documents for who reads them one after the other: each block of them is unpacked once. */
  private static StoredFields inOrder(LeafReader leaf) throws IOException {
    return leaf instanceof CodecReader codec
        ? codec.getFieldsReader().getMergeInstance()
        : leaf.storedFields();
  }

  private static StoredDocument source(StoredFields stored, int number) throws IOException {
    BytesRef bytes = stored.document(number, STORED).getBinaryValue(EntryDocument.SOURCE);
    return StoredDocument.of(bytes.bytes, bytes.offset, bytes.length);
  }

  @Override
  public void close() throws IOException {
    try {
      runs.close();
    } finally {
      close(reader, folder);
    }
  }

  private static void close(DirectoryReader reader, Directory folder) throws IOException {
    try {
      if (reader != null) {
        reader.close();
      }
    } finally {
      folder.close();
    }
  }
}
