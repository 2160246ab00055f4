package io.nestwalk.output;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * What is the user's alone. On file systems without owners and permissions everything is the
 * user's.
 */
public final class PrivateFiles {

  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private PrivateFiles() {}

  /** How a new file is made that nobody else may read. */
  public static FileAttribute<?>[] fileAttributes(Path folder) {
    return hasPermissions(folder)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(FILE)}
        : new FileAttribute<?>[0];
  }

  /**
   * Makes a folder that nobody else may look into. Its parent exists.
   *
   * @throws java.nio.file.FileAlreadyExistsException when anything has that name, a link too
   */
  public static void createFolder(Path folder) throws IOException {
    if (hasPermissions(folder)) {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(FOLDER));
    } else {
      Files.createDirectory(folder);
    }
  }

  /** Takes others' rights from a folder of the user's, as far as the file system allows. */
  public static void closeFolder(Path folder) {
    close(folder, FOLDER);
  }

  /** Takes others' rights from a file of the user's, as far as the file system allows. */
  public static void closeFile(Path file) {
    close(file, FILE);
  }

  private static void close(Path path, Set<PosixFilePermission> rights) {
    if (hasPermissions(path) && !Files.isSymbolicLink(path) && isMine(path)) {
      try {
        Files.setPosixFilePermissions(path, rights);
      } catch (IOException e) {
        // A file system that is mounted with rights of its own.
      }
    }
  }

  /** Whether a file, a folder or a link itself belongs to who runs this program. */
  public static boolean isMine(Path file) {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return true;
    }
    try {
      Object owner = Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      return owner instanceof Integer uid && uid == (int) new UnixSystem().getUid();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean hasPermissions(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
