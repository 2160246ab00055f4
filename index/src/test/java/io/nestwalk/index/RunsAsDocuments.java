package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;

/** Runs as documents of Lucene, one for each: what the answers over runs are held against. */
final class RunsAsDocuments implements AutoCloseable {

  private final Directory folder = new ByteBuffersDirectory();
  private final DirectoryReader reader;
  private final List<RunEntry> runs;

  RunsAsDocuments(List<RunEntry> runs) throws IOException {
    this.runs = List.copyOf(runs);
    IndexWriterConfig config = new IndexWriterConfig(new WordAnalyzer());
    try (IndexWriter writer = new IndexWriter(folder, config)) {
      for (RunEntry run : runs) {
        writer.addDocument(document(run));
      }
      writer.forceMerge(1);
    }
    reader = DirectoryReader.open(folder);
  }

  private static Document document(RunEntry run) {
    Document document = new Document();
    document.add(new StringField(EntryDocument.TYPE, run.kind().toString(), Store.NO));
    EntryDocument.addFields(run, EntryJson.of(run), document);
    return document;
  }

  /** The runs that a query is about, in the order in which they were given. */
  List<RunEntry> search(Query query) throws IOException {
    List<RunEntry> found = new ArrayList<>();
    if (query.wantsRuns()) {
      IndexSearcher searcher = new IndexSearcher(reader);
      for (ScoreDoc hit :
          searcher.search(LuceneQueries.of(query), runs.size(), Sort.INDEXORDER).scoreDocs) {
        found.add(runs.get(hit.doc));
      }
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    reader.close();
    folder.close();
  }
}
