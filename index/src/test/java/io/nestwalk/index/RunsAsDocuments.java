package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.paging.Permissions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.LongRange;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
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
    word(document, EntryDocument.TYPE, run.kind().toString());
    word(document, Field.KIND.toString(), run.kind().toString());
    word(document, Field.KIND.toString(), run.space().toString());
    word(document, Field.MACHINE.toString(), run.machineId());
    word(document, Field.NAME.toString(), run.name());
    word(document, Field.PATH.toString(), run.path().orElse(""));
    for (char letter : Permissions.format(run.permissions()).toCharArray()) {
      if (letter != '-') {
        word(document, Field.PERMISSIONS.toString(), Character.toString(letter));
      }
    }
    document.add(
        new TextField(
            EntryDocument.WORDS,
            Field.folded(run.machineId() + "\n" + run.name() + "\n" + run.path().orElse("")),
            Store.NO));
    run.pid()
        .ifPresent(
            pid ->
                document.add(
                    new LongPoint(Field.PID.toString(), EntryDocument.ordered((long) pid))));
    if (run.space() != Entry.Space.PHYSICAL) {
      range(document, Field.VA, run.start(), run.length());
    }
    range(document, Field.GPA, run.gpa(), run.length());
    range(document, Field.HPA, run.hpa(), run.length());
    range(document, Field.FILE_OFFSET, run.fileOffset(), run.length());
    return document;
  }

  private static void word(Document document, String field, String text) {
    if (!text.isEmpty()) {
      document.add(new StringField(field, EntryDocument.term(text), Store.NO));
    }
  }

  private static void range(Document document, Field field, long start, long length) {
    if (start != RunEntry.NONE) {
      document.add(
          new LongRange(
              field.toString(),
              new long[] {EntryDocument.ordered(start)},
              new long[] {EntryDocument.ordered(start + length - 1)}));
    }
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
