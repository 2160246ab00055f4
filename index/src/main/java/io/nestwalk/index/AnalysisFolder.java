package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.output.OutputException;
import io.nestwalk.output.PendingFile;
import io.nestwalk.output.PrivateFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

  private static final String EARLIER =
      "made by an earlier version of this program; make it anew, elsewhere";

  /** The stage that keeps what YARA rules found. */
  public static final String YARA_STAGE = "yara";

  /** The stage that digests the image. */
  public static final String HASH_STAGE = "hash";

  /** The stage that writes reports of what the index holds. */
  public static final String REPORTS_STAGE = "reports";

  /** The file that says what was analyzed, how, and what is finished. */
  public static final String MANIFEST = "manifest.json";

  private static final String LOCK = ".nestwalk-lock";
  private static final String INDEX = "index";
  private static final String INDEX_IN_THE_MAKING = "index.building";
  private static final String STAGES = "stages";
  private static final String COMMANDS = "commands";

  /** What the name of an image's folder ends in. */
  private static final String SUFFIX = ".nestwalk";

  /** What this program makes in a folder; no link may have one of these names. */
  private static final List<String> OWN =
      List.of(
          CaseMarker.NAME,
          WrittenNames.NAME,
          LOCK,
          MANIFEST,
          "report.html",
          INDEX,
          INDEX_IN_THE_MAKING,
          "reports");

  private final Path folder;
  private final ObjectNode manifest;
  private final WrittenNames written;
  private final FileChannel lockFile;

  /** Whether there was no such folder before. */
  private final boolean made;

  private AnalysisFolder(
      Path folder, ObjectNode manifest, WrittenNames written, FileChannel lockFile, boolean made) {
    this.folder = folder;
    this.manifest = manifest;
    this.written = written;
    this.lockFile = lockFile;
    this.made = made;
  }

  /** How a folder was chosen. */
  public enum Choice {
    /** By the user, in words. */
    NAMED,
    /** By its place beside the image: it may have come with that, from whoever made the image. */
    BESIDE_IMAGE
  }

  /**
   * Opens a folder to work in: a new or an empty one, or one that this program made. What is there
   * of the same image, version and settings is kept; anything else that this program wrote is
   * removed. Nothing else in it is touched. The folder is locked until it is closed.
   *
   * @param image which image is worked on
   * @param settings how it is opened
   * @param version of the program
   * @throws IOException when the folder holds other things, can't be written or is in use
   */
  public static AnalysisFolder prepare(
      Path named, Choice choice, ImageIdentity image, ObjectNode settings, String version)
      throws IOException {
    return prepare(named, choice, new AnalysisWork(image, settings, version));
  }

  /**
   * The same.
   *
   * @param work what is to be in the folder
   */
  public static AnalysisFolder prepare(Path named, Choice choice, AnalysisWork work)
      throws IOException {
    refuseInside(named, Path.of(work.image().path()));
    boolean made = Files.notExists(named, LinkOption.NOFOLLOW_LINKS);
    if (made) {
      create(named, choice);
    }
    Path folder = real(named, choice);
    boolean marked = CaseMarker.isIn(folder);
    boolean own = !marked || isOwn(folder, choice);
    if (!marked) {
      refuseOthers(folder);
      PrivateFiles.closeFolder(folder);
    }
    refuseLinks(folder);
    if (!marked) {
      CaseMarker.create(folder);
    }
    FileChannel lockFile = lock(folder);
    try {
      PendingFile.sweep(folder);
      PendingFile.sweep(folder.resolve("reports"));
      ObjectNode wanted = work.manifest();
      ObjectNode found = own ? manifestIn(folder) : null;
      WrittenNames written = WrittenNames.read(folder);
      AnalysisFolder prepared = new AnalysisFolder(folder, wanted, written, lockFile, made);
      if (found != null
          && work.is(found)
          && found.path(STAGES).isObject()
          && prepared.isWhole(found)) {
        wanted.setAll(found);
        if (work.place(wanted)) {
          prepared.save();
        }
      } else {
        written.delete("");
        if (!own) {
          CaseMarker.replace(folder);
        }
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

  /** The image must not lie where files are replaced and removed. */
  private static void refuseInside(Path named, Path image) throws IOException {
    if (Files.isDirectory(named) && image.toRealPath().startsWith(named.toRealPath())) {
      throw new OutputException(named, "holds the image itself; name a folder elsewhere with -o");
    }
  }

  private static void create(Path named, Choice choice) throws IOException {
    Path parent = named.toAbsolutePath().normalize().getParent();
    try {
      if (parent != null) {
        Files.createDirectories(parent);
      }
      PrivateFiles.createFolder(named);
    } catch (FileSystemException e) {
      if (choice == Choice.NAMED) {
        throw e;
      }
      throw new OutputException(
          named,
          "can't be made beside the image: %s; name a folder elsewhere with -o"
              .formatted(OutputException.reason(e)));
    }
  }

  /** The folder itself, which a user may name by a link, but which no link may stand for. */
  private static Path real(Path named, Choice choice) throws IOException {
    if (choice == Choice.BESIDE_IMAGE && Files.isSymbolicLink(named)) {
      throw new OutputException(named, "is a link; name a folder with -o");
    }
    if (!Files.isDirectory(named)) {
      throw new OutputException(named, "is no folder");
    }
    return named.toRealPath();
  }

  private static boolean isOwn(Path folder, Choice choice) throws IOException {
    if (CaseMarker.read(folder).isOwn(folder)) {
      return true;
    }
    if (choice == Choice.BESIDE_IMAGE) {
      throw new OutputException(
          folder,
          "was not made here by this user, so it may have come with the image; name a folder with"
              + " -o");
    }
    return false;
  }

  /** A folder without a marker has to be empty. */
  private static void refuseOthers(Path folder) throws IOException {
    if (isOfEarlierVersion(folder)) {
      throw new OutputException(folder, EARLIER);
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (!PendingFile.isPartName(file.getFileName().toString())) {
          throw new OutputException(
              folder,
              "holds other files; name an empty or a new folder, or one made by this program, with"
                  + " -o");
        }
      }
    }
  }

  private static boolean isOfEarlierVersion(Path folder) {
    ObjectNode found = manifestIn(folder);
    return found != null && found.path("tool").asText().equals("nestwalk");
  }

  /** No link has a name at which this program writes, in the folder and in those that are ours. */
  static void refuseLinks(Path folder) throws IOException {
    for (String name : OWN) {
      Path own = folder.resolve(name);
      refuseLink(folder, own);
      if (Files.isDirectory(own, LinkOption.NOFOLLOW_LINKS)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(own)) {
          for (Path file : files) {
            refuseLink(folder, file);
          }
        }
      }
    }
  }

  private static void refuseLink(Path folder, Path file) throws IOException {
    if (Files.isSymbolicLink(file)) {
      throw new OutputException(
          folder,
          "holds a link, %s, where files are written; name another folder with -o"
              .formatted(folder.relativize(file)));
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel lockFile =
        FileChannel.open(
            folder.resolve(LOCK),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            PrivateFiles.fileAttributes(folder));
    try {
      if (lockFile.tryLock() != null) {
        return lockFile;
      }
    } catch (OverlappingFileLockException e) {
      // Another part of this very process has it.
    } catch (IOException e) {
      lockFile.close();
      throw e;
    }
    lockFile.close();
    throw new OutputException(folder, "another analysis is working in it");
  }

  /** Has the JVM set up what reading a folder's index takes longest with; for a thread beside. */
  public static void link() {
    LuceneStore.link();
  }

  /** Whether this is a folder that this program made, finished or not. */
  public static boolean isCase(Path folder) {
    return CaseMarker.isIn(folder);
  }

  /**
   * Opens a folder to ask.
   *
   * @throws BrokenIndexException when it holds no finished index of this version
   */
  public static AnalysisFolder read(Path folder) throws IOException {
    if (!CaseMarker.isIn(folder)) {
      throw new BrokenIndexException(
          folder
              + ": "
              + (isOfEarlierVersion(folder)
                  ? EARLIER
                  : "no folder that `analyze` or `index` has made"),
          null);
    }
    CaseMarker.read(folder);
    refuseLinks(folder);
    ObjectNode found = manifestIn(folder);
    if (found == null) {
      throw new BrokenIndexException(
          folder + ": its manifest can't be read; run the analysis again", null);
    }
    AnalysisFolder opened = new AnalysisFolder(folder, found, null, null, false);
    if (!opened.isDone(INDEX_STAGE)) {
      throw new BrokenIndexException(
          folder + ": its index is not finished; run the analysis again", null);
    }
    return opened;
  }

  /** The folder that an image's analysis goes to unless another is named. */
  public static Path beside(Path image) {
    return image.resolveSibling(image.getFileName() + SUFFIX);
  }

  /**
   * Opens a folder to ask, if it has a finished index of that work and this user made it there: one
   * that came with an image may hold anything.
   */
  public static Optional<AnalysisFolder> finished(Path named, AnalysisWork work) {
    try {
      if (!CaseMarker.isIn(named) || !CaseMarker.read(named).isOwn(named.toRealPath())) {
        return Optional.empty();
      }
      AnalysisFolder opened = read(named.toRealPath());
      return work.is(opened.manifest) && opened.isWhole(opened.manifest)
          ? Optional.of(opened)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // what can't be asked is as if it were not there
    }
  }

  /**
   * Opens a finished folder to add to it; it is locked until it is closed.
   *
   * @param work what the folder must be of
   * @throws BrokenIndexException when it holds no finished index of that
   * @throws IOException when it can't be written or is in use
   */
  public static AnalysisFolder amend(Path named, AnalysisWork work) throws IOException {
    read(named).close();
    Path folder = real(named, Choice.NAMED);
    if (!isOwn(folder, Choice.NAMED)) {
      throw new OutputException(folder, "was not made here by this user; analyze the image anew");
    }
    FileChannel lockFile = lock(folder);
    try {
      ObjectNode found = manifestIn(folder);
      WrittenNames written = WrittenNames.read(folder);
      AnalysisFolder opened = new AnalysisFolder(folder, found, written, lockFile, false);
      Optional<String> fault =
          found == null || !opened.isDone(INDEX_STAGE) || !opened.isWhole(found)
              ? Optional.of("damaged")
              : work.difference(found);
      if (fault.isPresent()) {
        throw new BrokenIndexException(
            "%s: its index is %s; run the analysis again".formatted(folder, fault.get()), null);
      }
      work.place(found);
      return opened;
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  /** The manifest; null where there is none that can be read. */
  static ObjectNode manifestIn(Path folder) {
    Path file = folder.resolve(MANIFEST);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    try {
      return Json.MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode node
          ? node
          : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** The SHA-256 of the whole image, in hexadecimal; empty where none was made. */
  public Optional<String> sha256() {
    return sha256(manifest);
  }

  /** The digest of the whole image, by a manifest. */
  static Optional<String> sha256(JsonNode manifest) {
    return Optional.ofNullable(
        manifest.at("/" + STAGES + "/" + HASH_STAGE + "/sha256").textValue());
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

  /** The folder. */
  public Path path() {
    return folder;
  }

  /** Where a report lies. */
  public Path resolve(String name) {
    return folder.resolve(name);
  }

  /** Whether a file of that name is there that was written here, and not by somebody else. */
  public boolean hasWritten(String name) {
    return written != null
        && written.has(name)
        && Files.isRegularFile(folder.resolve(name), LinkOption.NOFOLLOW_LINKS);
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

  /**
   * What was looked at when the index was made, with warnings; a copy. A folder that came from
   * elsewhere may lack it, which is a warning.
   */
  public ObjectNode coverage() {
    ObjectNode coverage =
        facts(INDEX_STAGE).path("coverage") instanceof ObjectNode found
            ? found.deepCopy()
            : Json.object();
    if (!coverage.path("warnings").isArray()) {
      coverage
          .putArray("warnings")
          .add("the folder does not tell what was looked at when its index was made");
    }
    return coverage;
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

  /**
   * Puts entries into the finished index as what a stage has made, in place of what it had made
   * before; whoever asks meanwhile has one or the other. Reports of what the index held count no
   * more.
   *
   * @param facts what the stage notes
   */
  public void replace(String stage, List<Entry> entries, ObjectNode facts) throws IOException {
    ObjectNode stages = manifest.withObject("/" + STAGES);
    stages.remove(List.of(stage, REPORTS_STAGE));
    save();
    Path place = folder.resolve(INDEX);
    try (IndexBuilder builder = IndexStore.folder(place, new InPlace()).build()) {
      builder.beginPart(stage);
      for (Entry entry : entries) {
        builder.add(entry);
      }
      builder.completePart(List.of());
      builder.finish();
    } catch (IOException e) {
      throw OutputException.of(place, 1, 0, e);
    }
    written.save();
    stages.withObject("/" + INDEX_STAGE).setAll(counts());
    completed(stage, facts);
  }

  /** The files of the finished index. */
  private final class InPlace implements OwnFiles {

    @Override
    public void beforeMaking(String name) throws IOException {
      written.add(INDEX + "/" + name);
    }

    @Override
    public boolean mayDelete(String name) {
      return written.has(INDEX + "/" + name);
    }
  }

  /** How much the finished index holds. */
  ObjectNode counts() throws IOException {
    ObjectNode facts = Json.object();
    ObjectNode documents = facts.putObject("documents");
    long total = 0;
    try (SearchIndex index = index()) {
      for (Entry.Kind kind : Entry.Kind.values()) {
        long count = index.count(kind);
        documents.put(kind.toString(), count);
        total += count;
      }
      facts.put("machines", index.count(Entry.Kind.MACHINE));
    }
    facts.put("total", total);
    facts.put("indexBytes", indexBytes());
    return facts;
  }

  /** Begins the index, or goes on with an interrupted one; a damaged one is thrown away. */
  public IndexBuilder buildIndex() throws IOException {
    return new StagedIndex(folder, INDEX_IN_THE_MAKING, INDEX, written);
  }

  /** Takes away what was written for work of which nothing came, and a folder made for it. */
  public void removeIfUnused() throws IOException {
    if (manifest.path(STAGES).isEmpty()) {
      written.delete("");
      for (String name : List.of(WrittenNames.NAME, LOCK, CaseMarker.NAME)) {
        Files.deleteIfExists(folder.resolve(name));
      }
      if (made) {
        WrittenNames.deleteIfEmpty(folder);
      }
    }
  }

  /** The finished index. */
  public SearchIndex index() throws IOException {
    return IndexStore.folder(folder.resolve(INDEX), OwnFiles.ALL).open();
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
    write(MANIFEST, out -> Json.MAPPER.writerWithDefaultPrettyPrinter().writeValue(out, manifest));
  }

  /** Writes a file. */
  @FunctionalInterface
  public interface FileWriter {
    /** Writes all of it; the stream is closed by the caller. */
    void write(OutputStream out) throws IOException;
  }

  /**
   * Puts a file in place as a whole: who looks sees the old one or the new one, never a part.
   *
   * @param name within the folder: {@code report.html}, {@code reports/report.json} ...
   * @throws OutputException when it can't be written, or is in the way of a file that is not ours
   */
  public void write(String name, FileWriter writer) throws IOException {
    Path file = folder.resolve(name);
    Path within = file.getParent();
    refuseLink(folder, within);
    if (!Files.exists(within, LinkOption.NOFOLLOW_LINKS)) {
      PrivateFiles.createFolder(within);
    }
    written.add(name);
    try (PendingFile pending = PendingFile.of(file)) {
      writer.write(pending.stream());
      pending.complete(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (lockFile != null) {
      lockFile.close();
    }
  }
}
