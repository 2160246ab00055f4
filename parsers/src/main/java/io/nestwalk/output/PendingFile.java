package io.nestwalk.output;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A file in the making. It is written beside its place, under a name that nobody can foretell, and
 * gets its own name when it is complete; until then whatever has that name stays as it is. What is
 * not completed is deleted by {@link #close}, and when the process is ended; what a killed process
 * leaves is told by its name, its owner and the lock that is gone, and {@link #sweep} deletes it.
 */
public final class PendingFile implements AutoCloseable {

  private static final int BUFFER = 1 << 16;
  private static final int RANDOM_BYTES = 16;
  private static final int ATTEMPTS = 8;
  private static final Pattern NAME = Pattern.compile("\\.nestwalk-[0-9a-f]{32}\\.part");
  private static final SecureRandom RANDOM = new SecureRandom();

  private static final Set<OpenOption> OPTIONS =
      Set.of(
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.SPARSE,
          LinkOption.NOFOLLOW_LINKS);

  private final Path target;
  private final Path part;
  private final FileChannel file;
  private final OutputStream stream;
  private long expected;
  private boolean complete;

  private PendingFile(Path target, Path part, FileChannel file) {
    this.target = target;
    this.part = part;
    this.file = file;
    stream = new BufferedOutputStream(Channels.newOutputStream(new Checked()), BUFFER);
  }

  /**
   * Begins a file.
   *
   * @param target the name that it will get; its folder exists
   * @throws OutputException when nothing can be written there
   */
  public static PendingFile of(Path target) throws OutputException {
    Path folder = folderOf(target);
    sweep(folder);
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Path part = folder.resolve(randomName());
        FileChannel file = create(part, folder);
        if (file != null) {
          return new PendingFile(target, part, file);
        }
      }
    } catch (IOException e) {
      throw OutputException.of(target, 1, 0, e);
    }
    throw new OutputException(target, "can't be written: another program removes its beginnings");
  }

  /** A new locked file; null when a sweep of another process took it before it was locked. */
  private static FileChannel create(Path part, Path folder) throws IOException {
    Unfinished.add(part);
    FileChannel file = null;
    boolean kept = false;
    try {
      file = FileChannel.open(part, OPTIONS, PrivateFiles.fileAttributes(folder));
      kept = lock(file) && Files.exists(part, LinkOption.NOFOLLOW_LINKS);
      return kept ? file : null;
    } finally {
      if (!kept) {
        Unfinished.remove(part);
        if (file != null) {
          file.close();
          Files.deleteIfExists(part);
        }
      }
    }
  }

  private static boolean lock(FileChannel file) {
    try {
      return file.tryLock() != null;
    } catch (IOException e) {
      return true; // a file system without locks: nobody sweeps there
    }
  }

  private static Path folderOf(Path target) {
    Path folder = target.toAbsolutePath().getParent();
    return folder == null ? target.toAbsolutePath() : folder;
  }

  private static String randomName() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return ".nestwalk-%s.part".formatted(HexFormat.of().formatHex(bytes));
  }

  /** Whether a name is one that a file in the making has. */
  public static boolean isPartName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Deletes what killed processes of this user have left in a folder. Files that are being written
   * stay, and so does everything that is not certainly such a leftover.
   */
  public static void sweep(Path folder) {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, ".nestwalk-*.part")) {
      for (Path found : parts) {
        Path part = found.toAbsolutePath();
        if (isPartName(part.getFileName().toString())
            && Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)
            && PrivateFiles.isMine(part)
            && !Unfinished.has(part)) {
          deleteAbandoned(part);
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // Whoever writes there says what is wrong with the folder.
    }
  }

  private static void deleteAbandoned(Path part) {
    try (FileChannel file =
            FileChannel.open(part, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock lock = file.tryLock()) {
      if (lock != null) {
        Files.deleteIfExists(part);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // In use, gone, or on a file system that has no locks.
    }
  }

  /** Tells how large the file will be at most, for the message about a full disk; in bytes. */
  public PendingFile expect(long bytes) {
    expected = bytes;
    return this;
  }

  /** Writes from its beginning to its end. */
  public OutputStream stream() {
    return stream;
  }

  /** Writes in any order. Not to be used beside {@link #stream}. */
  public SeekableByteChannel channel() {
    return new Checked();
  }

  /**
   * The file is whole: it gets its name.
   *
   * @param replace whether it takes the place of a file of that name; never of anything else
   * @throws OutputException when it can't be written to its end, or the name is taken
   */
  public void complete(boolean replace) throws OutputException {
    try {
      stream.flush();
      file.force(true);
      if (replace) {
        replace();
      } else {
        claim();
      }
      complete = true;
    } catch (FileAlreadyExistsException e) {
      throw new OutputException(target, "exists");
    } catch (IOException e) {
      throw failed(0, e);
    }
  }

  private void replace() throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
        throw new OutputException(target, "is no regular file, and only such a file is replaced");
      }
      if (target.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.setPosixFilePermissions(
            part, Files.getPosixFilePermissions(target, LinkOption.NOFOLLOW_LINKS));
      }
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Takes the name in one step, and fails when anything has it, a link that leads nowhere too. */
  private void claim() throws IOException {
    try {
      Files.createLink(target, part);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException | UnsupportedOperationException e) {
      // A file system without hard links: the next best that it has.
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileAlreadyExistsException(target.toString());
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    Files.delete(part);
  }

  private OutputException failed(long more, IOException cause) {
    long needed = more;
    try {
      needed = file.size() + more;
      if (!complete) {
        file.truncate(0); // so that the free space is told without what goes away with this file
      }
    } catch (IOException e) {
      // What is expected has to do.
    }
    return OutputException.of(target, needed, expected, cause);
  }

  /** Deletes what was not completed. */
  @Override
  public void close() throws OutputException {
    try {
      if (!complete) {
        Files.deleteIfExists(part);
      }
      file.close();
    } catch (IOException e) {
      throw OutputException.of(target, 0, 0, e);
    } finally {
      Unfinished.remove(part);
    }
  }

  /** The file, with faults that name it. */
  private final class Checked implements SeekableByteChannel {

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int wanted = bytes.remaining();
      try {
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
        return wanted;
      } catch (IOException e) {
        throw failed(bytes.remaining(), e);
      }
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
      return file.read(bytes);
    }

    @Override
    public long position() throws IOException {
      return file.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
      file.position(position);
      return this;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) throws IOException {
      file.truncate(size);
      return this;
    }

    @Override
    public boolean isOpen() {
      return file.isOpen();
    }

    /** The file itself is closed by its owner. */
    @Override
    public void close() {}
  }
}
