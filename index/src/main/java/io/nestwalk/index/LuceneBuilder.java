package io.nestwalk.index;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexWriterConfig.OpenMode;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.store.Directory;

/** Writes documents with Lucene; each complete part is a commit. */
final class LuceneBuilder implements IndexBuilder {

  /** Documents held in memory before they are written; the program's heap is 512 MiB. */
  private static final double BUFFER_MB = 48;

  private static final int SCHEMA = IndexStore.SCHEMA_VERSION;
  private static final String SEPARATOR = "\n";

  private final Directory folder;
  private final IndexWriter writer;
  private final Set<String> parts = new TreeSet<>();
  private final List<String> warnings = new ArrayList<>();

  LuceneBuilder(Path place, OwnFiles files) throws IOException {
    folder = new OwnFilesDirectory(place, files);
    IndexWriterConfig config = new IndexWriterConfig(new WordAnalyzer());
    config.setOpenMode(OpenMode.CREATE_OR_APPEND);
    config.setRAMBufferSizeMB(BUFFER_MB);
    config.setCommitOnClose(false);
    // Merges neighbours only, so that documents stay in the order in which they were added.
    config.setMergePolicy(new LogDocMergePolicy());
    try {
      writer = new IndexWriter(folder, config);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
    Map<String, String> data = LuceneIndex.userData(writer.getLiveCommitData());
    if (Integer.toString(SCHEMA).equals(data.get(LuceneStore.SCHEMA))) {
      data.getOrDefault(LuceneStore.PARTS, "").lines().forEach(parts::add);
      String warning;
      while ((warning = data.get(LuceneStore.WARNING + warnings.size())) != null) {
        warnings.add(warning);
      }
    } else {
      writer.deleteAll();
    }
  }

  @Override
  public void add(Entry entry) throws IOException {
    writer.addDocument(EntryDocument.of(entry));
  }

  @Override
  public Set<String> completeParts() {
    return Collections.unmodifiableSet(parts);
  }

  @Override
  public List<String> warnings() {
    return Collections.unmodifiableList(warnings);
  }

  @Override
  public void completePart(String name, List<String> told) throws IOException {
    parts.add(name);
    warnings.addAll(told);
    commit(false);
  }

  @Override
  public void finish() throws IOException {
    commit(true);
  }

  private void commit(boolean finished) throws IOException {
    Map<String, String> data = new TreeMap<>();
    data.put(LuceneStore.SCHEMA, Integer.toString(SCHEMA));
    data.put(LuceneStore.PARTS, String.join(SEPARATOR, parts));
    for (int i = 0; i < warnings.size(); i++) {
      data.put(LuceneStore.WARNING + i, warnings.get(i));
    }
    data.put(LuceneStore.FINISHED, Boolean.toString(finished));
    writer.setLiveCommitData(data.entrySet());
    writer.commit();
  }

  @Override
  public void close() throws IOException {
    try {
      writer.close();
    } finally {
      folder.close();
    }
  }
}
