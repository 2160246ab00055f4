package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.output.PendingFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexWriterConfig.OpenMode;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.Directory;

/**
 * Writes documents with Lucene, and each part's runs of pages into a file of their own. A complete
 * part is a commit of Lucene's, which names the files of runs: one that it does not name does not
 * count.
 */
final class LuceneBuilder implements IndexBuilder {

  /** Documents held in memory before they are written; the program's heap is 512 MiB. */
  private static final double BUFFER_MB = 48;

  private static final int SCHEMA = IndexStore.SCHEMA_VERSION;

  private final Path place;
  private final OwnFiles files;
  private final Directory folder;
  private final IndexWriter writer;
  private final Map<String, IndexPart> parts = new LinkedHashMap<>();

  /** Whether the index was whole when it was opened: then it is after every part. */
  private boolean whole;

  /** The part that is not complete; null for none. */
  private String part;

  /** Its runs; null before the first. */
  private PartRuns runs;

  /** The number of the next file of runs; greater than those of all complete parts. */
  private int nextFile;

  /** The name of the file with them. */
  private String runsFile;

  LuceneBuilder(Path place, OwnFiles files) throws IOException {
    this.place = place;
    this.files = files;
    PendingFile.sweep(place);
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
    try {
      goOn(LuceneIndex.userData(writer.getLiveCommitData()));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Goes on with what an interrupted run has completed, where it can be read. */
  private void goOn(Map<String, String> data) throws IOException {
    if (!Integer.toString(SCHEMA).equals(data.get(LuceneStore.SCHEMA))) {
      writer.deleteAll();
      return;
    }
    whole = Boolean.parseBoolean(data.get(LuceneStore.FINISHED));
    for (IndexPart found : IndexPart.parts(data.getOrDefault(LuceneStore.PARTS, "[]"))) {
      if (found.runs().isPresent()) {
        try (Arena arena = Arena.ofConfined()) {
          RunFile.open(place.resolve(found.runs().get()), arena);
        }
        nextFile = Math.max(nextFile, IndexPart.number(found.runs().get()) + 1);
      }
      parts.put(found.name(), found);
    }
  }

  @Override
  public void beginPart(String name) throws IOException {
    if (part != null) {
      throw new IllegalStateException("part %s is not complete".formatted(part));
    }
    part = name;
    if (parts.containsKey(name)) {
      writer.deleteDocuments(new Term(EntryDocument.PART, name));
    }
  }

  @Override
  public void add(Entry entry) throws IOException {
    if (part == null) {
      throw new IllegalStateException("no part is begun");
    }
    if (entry instanceof RunEntry run) {
      if (runs == null) {
        runsFile = IndexPart.file(nextFile++);
        files.beforeMaking(runsFile);
        runs = new PartRuns(place.resolve(runsFile));
      }
      runs.add(run);
    } else {
      writer.addDocument(EntryDocument.of(entry, part));
    }
  }

  @Override
  public Set<String> completeParts() {
    return Collections.unmodifiableSet(parts.keySet());
  }

  @Override
  public List<String> warnings() {
    return parts.values().stream().flatMap(each -> each.warnings().stream()).distinct().toList();
  }

  @Override
  public void completePart(List<String> told) throws IOException {
    if (part == null) {
      throw new IllegalStateException("no part is begun");
    }
    Optional<String> file = Optional.empty();
    if (runs != null) {
      runs.complete();
      file = Optional.of(runsFile);
      closeRuns();
    }
    IndexPart replaced = parts.remove(part);
    parts.put(part, new IndexPart(part, file, told));
    part = null;
    commit(whole);
    if (replaced != null && replaced.runs().isPresent()) {
      // Not before the commit: until then the old part is the one that counts.
      deleteRuns(replaced.runs().get());
    }
  }

  private void deleteRuns(String file) throws IOException {
    if (files.mayDelete(file)) {
      Files.deleteIfExists(place.resolve(file));
    }
  }

  private void closeRuns() throws IOException {
    if (runs != null) {
      PartRuns closing = runs;
      runs = null;
      closing.close();
    }
  }

  @Override
  public void finish() throws IOException {
    if (part != null) {
      throw new IllegalStateException("part %s is not complete".formatted(part));
    }
    commit(true);
  }

  private void commit(boolean finished) throws IOException {
    Map<String, String> data = new TreeMap<>();
    data.put(LuceneStore.SCHEMA, Integer.toString(SCHEMA));
    data.put(LuceneStore.PARTS, IndexPart.text(parts.values()));
    data.put(LuceneStore.FINISHED, Boolean.toString(finished));
    writer.setLiveCommitData(data.entrySet());
    writer.commit();
  }

  @Override
  public void close() throws IOException {
    try (folder;
        writer) {
      closeRuns();
    }
  }
}
