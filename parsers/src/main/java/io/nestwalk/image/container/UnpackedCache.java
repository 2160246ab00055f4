package io.nestwalk.image.container;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Unpacked images on disk, a folder per entry: the image and {@code about.properties}. An entry
 * appears under its name in one step when it is complete, so that processes may share the cache.
 */
final class UnpackedCache {

  private static final String IMAGE = "image";
  private static final String ABOUT = "about.properties";
  private static final String UNFINISHED = ".unfinished-";

  /** In a folder in the making: locked as long as its process lives. */
  private static final String LIVING = ".living";

  private static final Pattern KEY = Pattern.compile("[0-9a-f]{40}");

  /** On a file system without locks only age tells that nobody is at work any more. */
  private static final Duration UNFINISHED_KEPT = Duration.ofDays(1);

  /** The folders in which this process is at work. */
  private static final Map<Path, FileChannel> LIVE = new ConcurrentHashMap<>();

  private final Path folder;
  private final long maxBytes;
  private final Duration kept;
  private final Clock clock;

  /**
   * Sets up.
   *
   * @param folder where the entries are; made when needed
   * @param maxBytes how much disk the entries may take together
   * @param kept how long an entry stays without being used
   * @param clock tells what is old
   */
  UnpackedCache(Path folder, long maxBytes, Duration kept, Clock clock) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.kept = kept;
    this.clock = clock;
  }

  /** The entry of that key, marked as used just now. */
  Optional<Unpacked> find(String key) throws IOException {
    Path entry = folder.resolve(key);
    Optional<Unpacked> found = read(entry);
    if (found.isPresent()) {
      Files.setLastModifiedTime(entry.resolve(ABOUT), FileTime.from(clock.instant()));
    }
    return found;
  }

  /** An empty folder for an entry in the making. */
  Path begin() throws IOException {
    Files.createDirectories(folder);
    // The images hold whatever was in a machine's memory: nobody else may read them.
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
    deleteAbandoned();
    Path unfinished = Files.createTempDirectory(folder, UNFINISHED);
    // Under another name until it is locked and known here: who finds it sooner, in this process or
    // another, would take the folder for an abandoned one.
    Path unnamed = unfinished.resolve(LIVING + ".new");
    FileChannel living =
        FileChannel.open(unnamed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      living.lock();
    } catch (IOException e) {
      // A file system without locks.
    }
    LIVE.put(unfinished, living);
    Files.move(unnamed, unfinished.resolve(LIVING), StandardCopyOption.ATOMIC_MOVE);
    return unfinished;
  }

  /** Deletes what killed processes have left half made. */
  private void deleteAbandoned() throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, UNFINISHED + "*")) {
      for (Path unfinished : found) {
        Path living = unfinished.resolve(LIVING);
        if (LIVE.containsKey(unfinished)
            || !Files.isRegularFile(living, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        try (FileChannel channel =
                FileChannel.open(living, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            FileLock lock = channel.tryLock()) {
          if (lock != null) {
            delete(unfinished);
          }
        } catch (IOException | OverlappingFileLockException e) {
          // In use or gone; what is left goes with its age.
        }
      }
    }
  }

  /** A folder from {@link #begin} is complete or given up. */
  static void end(Path unfinished) throws IOException {
    FileChannel living = LIVE.remove(unfinished);
    if (living != null) {
      living.close();
    }
    Files.deleteIfExists(unfinished.resolve(LIVING));
  }

  /** Turns what was made in a folder from {@link #begin} into the entry of that key. */
  Unpacked finish(String key, Path unfinished, Unpacked made) throws IOException {
    Files.move(made.file(), unfinished.resolve(IMAGE));
    write(unfinished.resolve(ABOUT), made);
    end(unfinished);
    Path entry = folder.resolve(key);
    for (int attempt = 0; ; attempt++) {
      try {
        Files.move(unfinished, entry, StandardCopyOption.ATOMIC_MOVE);
        break;
      } catch (FileSystemException e) {
        // Another process has finished the same entry meanwhile, or a broken one is in the way.
        Optional<Unpacked> other = read(entry);
        if (other.isPresent()) {
          delete(unfinished);
          return other.get();
        }
        if (attempt > 0) {
          throw e;
        }
        delete(entry);
      }
    }
    return read(entry)
        .orElseThrow(() -> new IOException("the unpacked image vanished from " + entry));
  }

  /**
   * Deletes what is old, then the least recently used beyond the size limit, but never {@code key},
   * nor anything whose name is none that this cache gives.
   */
  void prune(String key) throws IOException {
    record Entry(Path path, Instant used, long allocated) {}
    List<Entry> entries = new ArrayList<>();
    Instant now = clock.instant();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
      for (Path path : found) {
        String name = path.getFileName().toString();
        try {
          if (name.startsWith(UNFINISHED)) {
            if (lastChange(path).isBefore(now.minus(UNFINISHED_KEPT))) {
              delete(path);
            }
          } else if (!name.equals(key) && KEY.matcher(name).matches()) {
            Path about = path.resolve(ABOUT);
            Optional<Unpacked> entry = read(path);
            if (entry.isEmpty()) {
              delete(path);
            } else {
              entries.add(
                  new Entry(
                      path, Files.getLastModifiedTime(about).toInstant(), entry.get().allocated()));
            }
          }
        } catch (NoSuchFileException e) {
          // Another process tidies up as well.
        }
      }
    }
    entries.sort(Comparator.comparing(Entry::used).reversed());
    long total = read(folder.resolve(key)).map(Unpacked::allocated).orElse(0L);
    for (Entry entry : entries) {
      total += entry.allocated;
      if (total > maxBytes || entry.used.isBefore(now.minus(kept))) {
        delete(entry.path);
      }
    }
  }

  /** Deletes a folder with all that is in it; what is gone already is fine. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException | DirectoryNotEmptyException e) {
      // Another process is at it too.
      return;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The newest change in a folder: an image in the making changes all the time. */
  private static Instant lastChange(Path unfinished) throws IOException {
    Instant last = Files.getLastModifiedTime(unfinished).toInstant();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(unfinished)) {
      for (Path file : files) {
        Instant change = Files.getLastModifiedTime(file).toInstant();
        last = change.isAfter(last) ? change : last;
      }
    }
    return last;
  }

  /** Reads an entry; empty when there is none or it is not whole. */
  private static Optional<Unpacked> read(Path entry) throws IOException {
    Properties about = new Properties();
    try (Reader reader = Files.newBufferedReader(entry.resolve(ABOUT))) {
      about.load(reader);
      Path image = entry.resolve(IMAGE);
      long length = Long.parseLong(about.getProperty("length", "-1"));
      if (Files.size(image) != length) {
        return Optional.empty();
      }
      List<String> warnings = new ArrayList<>();
      String warning;
      while ((warning = about.getProperty("warning." + warnings.size())) != null) {
        warnings.add(warning);
      }
      return Optional.of(
          new Unpacked(
              image,
              about.getProperty("member", ""),
              about.getProperty("container", ""),
              length,
              Long.parseLong(about.getProperty("allocated", "0")),
              List.copyOf(warnings)));
    } catch (NoSuchFileException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static void write(Path file, Unpacked made) throws IOException {
    Properties about = new Properties();
    about.setProperty("member", made.member());
    about.setProperty("container", made.container());
    about.setProperty("length", Long.toString(made.length()));
    about.setProperty("allocated", Long.toString(made.allocated()));
    for (int i = 0; i < made.warnings().size(); i++) {
      about.setProperty("warning." + i, made.warnings().get(i));
    }
    try (Writer writer = Files.newBufferedWriter(file)) {
      about.store(writer, null);
    }
  }
}
