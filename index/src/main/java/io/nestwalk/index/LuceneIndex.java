package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;

/** A finished index in a folder. */
final class LuceneIndex implements SearchIndex {

  private static final Sort ORDER =
      new Sort(new SortField(EntryDocument.ORDER, SortField.Type.LONG), SortField.FIELD_DOC);

  private static final Set<String> STORED = Set.of(EntryDocument.SOURCE);

  private final Directory folder;
  private final DirectoryReader reader;
  private final IndexSearcher searcher;

  LuceneIndex(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      throw new BrokenIndexException(place + ": no index is there", null); // Lucene would make one
    }
    folder = FSDirectory.open(place);
    DirectoryReader opened = null;
    try {
      opened = DirectoryReader.open(folder);
      check(place, opened.getIndexCommit().getUserData());
    } catch (BrokenIndexException e) {
      close(opened, folder);
      throw e;
    } catch (IOException | RuntimeException e) {
      close(opened, folder);
      throw new BrokenIndexException(
          "%s: no index that can be read: %s".formatted(place, e.getMessage()), e);
    }
    reader = opened;
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
  public Hits search(Query query, int limit) throws IOException {
    org.apache.lucene.search.Query asked = LuceneQueries.of(query);
    List<ObjectNode> documents = new ArrayList<>();
    StoredFields stored = searcher.storedFields();
    for (ScoreDoc hit : searcher.search(asked, limit, ORDER).scoreDocs) {
      documents.add(source(stored, hit.doc));
    }
    return new Hits(searcher.count(asked), documents);
  }

  @Override
  public long count(Query query) throws IOException {
    return searcher.count(LuceneQueries.of(query));
  }

  @Override
  public long count(Entry.Kind kind) throws IOException {
    return searcher.count(LuceneQueries.type(kind));
  }

  @Override
  public void forEach(Entry.Kind kind, Visitor visitor) throws IOException {
    Weight weight =
        searcher.createWeight(
            searcher.rewrite(LuceneQueries.type(kind)), ScoreMode.COMPLETE_NO_SCORES, 1);
    for (LeafReaderContext leaf : reader.leaves()) {
      Scorer scorer = weight.scorer(leaf);
      if (scorer == null) {
        continue;
      }
      StoredFields stored = leaf.reader().storedFields();
      DocIdSetIterator matches = scorer.iterator();
      while (matches.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        visitor.document(source(stored, matches.docID()));
      }
    }
  }

  private static ObjectNode source(StoredFields stored, int number) throws IOException {
    BytesRef bytes = stored.document(number, STORED).getBinaryValue(EntryDocument.SOURCE);
    JsonNode node = Json.MAPPER.readTree(bytes.bytes, bytes.offset, bytes.length);
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new IOException("document %d of the index is damaged".formatted(number));
  }

  @Override
  public void close() throws IOException {
    close(reader, folder);
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
