package io.nestwalk.linux.kernel;

import io.nestwalk.system.GuestText;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The path of an open file: names of directory entries up to the root of the mount, then of the
 * mount's place in its parent, and so on (fs/d_path.c; include/linux/dcache.h, fs/mount.h).
 */
public final class FilePaths {

  /** What the kernel, too, appends to the path of a file that has been deleted. */
  public static final String DELETED = " (deleted)";

  /** PATH_MAX. */
  private static final int MAX_LENGTH = 4096;

  private static final int MAX_NAME = 255;
  private static final int MAX_MOUNTS = 256;

  // include/uapi/linux/magic.h
  private static final long ANONYMOUS_INODES = 0x0904_1934;
  private static final long SOCKETS = 0x534f_434b;
  private static final long PIPES = 0x5049_5045;

  private final Kernel kernel;
  private final Field fileMount;
  private final Field fileEntry;
  private final Field entryParent;
  private final Field entryName;
  private final Field entryHash;
  private final Field entryInode;
  private final Field entrySuper;
  private final Field superMagic;
  private final Field inodeNumber;
  private final Field mountVfs;
  private final Field mountRoot;
  private final Field mountParent;
  private final Field mountPoint;

  public FilePaths(Kernel kernel) {
    this.kernel = kernel;
    KernelTypes types = kernel.types();
    fileMount = types.field("file", "f_path.mnt");
    fileEntry = types.field("file", "f_path.dentry");
    entryParent = types.field("dentry", "d_parent");
    entryName = types.field("dentry", "d_name.name");
    entryHash = types.field("dentry", "d_hash.pprev");
    entryInode = types.field("dentry", "d_inode");
    entrySuper = types.field("dentry", "d_sb");
    superMagic = types.field("super_block", "s_magic");
    inodeNumber = types.field("inode", "i_ino");
    mountVfs = types.field("mount", "mnt");
    mountRoot = types.field("vfsmount", "mnt_root");
    mountParent = types.field("mount", "mnt_parent");
    mountPoint = types.field("mount", "mnt_mountpoint");
  }

  /** The path of {@code struct file}, as /proc/PID/maps would have it. */
  public Optional<String> of(long file) {
    long vfsMount = kernel.value(fileMount, file);
    long entry = kernel.value(fileEntry, file);
    return kernel.isReadable(entry) ? of(vfsMount, entry) : Optional.empty();
  }

  /** The path of a directory entry within its file system, whatever is mounted where. */
  public String withinFileSystem(long entry) {
    return climb(0, entry);
  }

  /** The name alone of a file's directory entry. */
  public String nameOf(long file) {
    return name(kernel.value(fileEntry, file));
  }

  /** The path of a directory entry in a mount: {@code struct path}. */
  public Optional<String> of(long vfsMount, long entry) {
    if (!kernel.isReadable(entry)) {
      return Optional.empty();
    }
    long parent = kernel.value(entryParent, entry);
    long root = kernel.isReadable(vfsMount) ? kernel.value(mountRoot, vfsMount) : 0;
    if (parent == entry && entry != root) {
      return Optional.of(withoutDirectory(entry));
    }
    boolean deleted = parent != entry && kernel.value(entryHash, entry) == 0;
    String path = climb(vfsMount, entry);
    return Optional.of(deleted ? path + DELETED : path);
  }

  /** Files of kernel-internal file systems stand in no directory; their names have other forms. */
  private String withoutDirectory(long entry) {
    long magic = kernel.value(superMagic, kernel.value(entrySuper, entry));
    long number = kernel.value(inodeNumber, kernel.value(entryInode, entry));
    if (magic == ANONYMOUS_INODES) {
      return "anon_inode:" + name(entry);
    }
    if (magic == SOCKETS) {
      return "socket:[" + number + "]";
    }
    if (magic == PIPES) {
      return "pipe:[" + number + "]";
    }
    return "/" + name(entry) + DELETED;
  }

  private String climb(long vfsMount, long start) {
    Deque<String> names = new ArrayDeque<>();
    Set<Long> mountsSeen = new HashSet<>();
    long mount = vfsMount - mountVfs.offset();
    long entry = start;
    int length = 0;
    while (length < MAX_LENGTH) {
      boolean hasMount = kernel.isReadable(mount) && vfsMount != 0;
      long mountTop = hasMount ? kernel.value(mountRoot, mountVfs.at(mount)) : 0;
      long parent = kernel.value(entryParent, entry);
      if (entry == mountTop || parent == entry) {
        if (!hasMount || entry != mountTop) {
          break;
        }
        long upper = kernel.value(mountParent, mount);
        if (upper == mount || !mountsSeen.add(mount) || mountsSeen.size() > MAX_MOUNTS) {
          break;
        }
        entry = kernel.value(mountPoint, mount);
        mount = upper;
      } else {
        String name = name(entry);
        names.addFirst(name);
        length += name.length() + 1;
        entry = parent;
      }
      if (!kernel.isReadable(entry)) {
        kernel.warnings().add("path of 0x%x: no directory entry at 0x%x".formatted(start, entry));
        break;
      }
    }
    if (length >= MAX_LENGTH) {
      kernel.warnings().add("path of 0x%x: longer than %d".formatted(start, MAX_LENGTH));
    }
    return "/" + String.join("/", names);
  }

  private String name(long entry) {
    long at = kernel.value(entryName, entry);
    byte[] bytes = kernel.memory().readBytes(at, MAX_NAME + 1);
    return GuestText.upToZero(bytes);
  }
}
