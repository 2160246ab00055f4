package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder with everything that was learned of one image: an index, reports, and a manifest that
 * says of which image, by which version, with which settings, and how far the work has come.
 *
 * <p>Work is done in stages. A stage counts when the manifest says so, and the manifest is replaced
 * as a whole after the stage's files are in place; whatever is found without that is made again.
 */
public final class AnalysisFolder implements AutoCloseable {

  /** The stage that makes the index. */
  public static final String INDEX_STAGE = "index";

  private static final String MANIFEST = "manifest.json";
  private static final String LOCK = ".lock";
  private static final String INDEX = "index";
  private static final String STAGES = "stages";
  private static final String COMMANDS = "commands";

  /** What this program puts into a folder, and therefore may take away. */
  private static final List<String> OWN = List.of(INDEX, "reports", "report.html", MANIFEST);

  private final Path folder;
  private final ObjectNode manifest;
  private final FileChannel lockFile;

  /** Whether there was no such folder before. */
  private final boolean made;

  private AnalysisFolder(Path folder, ObjectNode manifest, FileChannel lockFile, boolean made) {
    this.folder = folder;
    this.manifest = manifest;
    this.lockFile = lockFile;
    this.made = made;
  }

  /**
   * Opens a folder to work in. What is there of the same image, version and settings is kept;
   * anything else of ours is removed. The folder is locked until it is closed.
   *
   * @param image which image is worked on
   * @param settings how it is opened
   * @param version of the program
   * @throws IOException when the folder holds other things, can't be written or is in use
   */
  public static AnalysisFolder prepare(
      Path folder, ImageIdentity image, ObjectNode settings, String version) throws IOException {
    if (Files.isDirectory(folder) && !isOurs(folder)) {
      throw new IOException(
          folder
              + ": holds other files; name an empty or a new folder, or one made by this program");
    }
    boolean made = Files.notExists(folder);
    Files.createDirectories(folder);
    FileChannel lockFile =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      lock(folder, lockFile);
      ObjectNode wanted = EntryJson.MAPPER.createObjectNode();
      wanted.put("tool", "nestwalk");
      wanted.put("version", version);
      wanted.put("schema", IndexStore.SCHEMA_VERSION);
      image.write(wanted.putObject("image"));
      wanted.set("settings", settings);
      ObjectNode found = manifestIn(folder);
      AnalysisFolder prepared = new AnalysisFolder(folder, wanted, lockFile, made);
      if (found != null && prepared.isSameWork(found) && prepared.isWhole(found)) {
        wanted.setAll(found);
      } else {
        prepared.clear();
        wanted.put("started", Instant.now().toString());
        wanted.putObject(STAGES);
        prepared.save();
      }
      return prepared;
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  private static void lock(Path folder, FileChannel lockFile) throws IOException {
    FileLock lock;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      throw new IOException(folder + ": another analysis is working in it", e);
    }
    if (lock == null) {
      throw new IOException(folder + ": another analysis is working in it");
    }
  }

  /**
   * Opens a folder to ask.
   *
   * @throws BrokenIndexException when it holds no finished index of this version
   */
  public static AnalysisFolder read(Path folder) throws IOException {
    ObjectNode found = manifestIn(folder);
    if (found == null) {
      throw new BrokenIndexException(
          folder + ": no folder that `analyze` or `index` has made", null);
    }
    AnalysisFolder opened = new AnalysisFolder(folder, found, null, false);
    if (!opened.isDone(INDEX_STAGE)) {
      throw new BrokenIndexException(
          folder + ": its index is not finished; run the analysis again", null);
    }
    return opened;
  }

  /** The manifest; null where there is none that can be read. */
  private static ObjectNode manifestIn(Path folder) {
    try {
      return EntryJson.MAPPER.readTree(Files.readAllBytes(folder.resolve(MANIFEST)))
              instanceof ObjectNode node
          ? node
          : null;
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isOurs(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names = files.map(file -> file.getFileName().toString()).toList();
      return names.isEmpty() || names.contains(MANIFEST) || names.equals(List.of(LOCK));
    }
  }

  private boolean isSameWork(ObjectNode found) {
    for (String key : List.of("tool", "version", "schema", "image", "settings")) {
      // By text: a number that was read back may have another type.
      if (!manifest.path(key).toString().equals(found.path(key).toString())) {
        return false;
      }
    }
    return found.path(STAGES).isObject();
  }

  /** Whether the index that the manifest tells of is there and can be read. */
  private boolean isWhole(ObjectNode found) {
    if (!found.path(STAGES).has(INDEX_STAGE)) {
      return true;
    }
    try (SearchIndex index = index()) {
      return index.count(Entry.Kind.MACHINE)
          == found.path(STAGES).path(INDEX_STAGE).path("machines").asLong(-1);
    } catch (IOException e) {
      return false;
    }
  }

  private void clear() throws IOException {
    for (String name : OWN) {
      delete(folder.resolve(name));
    }
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException e)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** The folder. */
  public Path path() {
    return folder;
  }

  /** Where a report lies. */
  public Path resolve(String name) {
    return folder.resolve(name);
  }

  /** What the manifest says; not to be changed. */
  public ObjectNode manifest() {
    return manifest;
  }

  /** Whether a stage is complete. */
  public boolean isDone(String stage) {
    return manifest.path(STAGES).has(stage);
  }

  /** What a complete stage noted; an empty object for one that is not. */
  public JsonNode facts(String stage) {
    return manifest.path(STAGES).path(stage);
  }

  /** Notes the command that works here, for the record. */
  public void noteCommand(String command) throws IOException {
    manifest.withArray("/" + COMMANDS).add(command);
    save();
  }

  /** A stage is complete, and its files are in place. */
  public void completed(String stage, ObjectNode facts) throws IOException {
    facts.put("finished", Instant.now().toString());
    manifest.withObject("/" + STAGES).set(stage, facts);
    save();
  }

  /** Begins the index, or goes on with an interrupted one; a damaged one is thrown away. */
  public IndexBuilder buildIndex() throws IOException {
    Path place = folder.resolve(INDEX);
    try {
      return IndexStore.embedded().build(place);
    } catch (IOException | RuntimeException e) {
      delete(place);
      return IndexStore.embedded().build(place);
    }
  }

  /** Takes away a folder that was made for this work, when nothing came of that. */
  public void removeIfUnused() throws IOException {
    if (made && manifest.path(STAGES).isEmpty()) {
      clear();
      Files.deleteIfExists(folder.resolve(LOCK));
      Files.delete(folder);
    }
  }

  /** The finished index. */
  public SearchIndex index() throws IOException {
    return IndexStore.embedded().open(folder.resolve(INDEX));
  }

  /** The size of the index on disk. */
  public long indexBytes() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(INDEX))) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private void save() throws IOException {
    replace(
        folder.resolve(MANIFEST),
        out -> EntryJson.MAPPER.writerWithDefaultPrettyPrinter().writeValue(out, manifest));
  }

  /** Writes a file. */
  @FunctionalInterface
  public interface FileWriter {
    /** Writes all of it; the stream is closed by the caller. */
    void write(java.io.OutputStream out) throws IOException;
  }

  /** Puts a file in place as a whole: who looks sees the old one or the new one, never a part. */
  public static void replace(Path file, FileWriter writer) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (java.io.OutputStream out =
        new java.io.BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
      writer.write(out);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() throws IOException {
    if (lockFile != null) {
      lockFile.close();
    }
  }
}
