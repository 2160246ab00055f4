package io.nestwalk.linux.files;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.OpenFiles;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.linux.net.SocketReader;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.system.OpenFile;
import io.nestwalk.system.OpenFile.Kind;
import io.nestwalk.system.Traits;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What the descriptors of a task lead to: {@code struct file} (include/linux/fs.h). */
public final class DescriptorReader {

  // include/uapi/linux/stat.h
  private static final int TYPE_MASK = 0170000;
  private static final int SOCKET = 0140000;
  private static final int LINK = 0120000;
  private static final int REGULAR = 0100000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int DIRECTORY = 0040000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int PIPE = 0010000;

  // FMODE_READ, FMODE_WRITE
  private static final int READ = 1;
  private static final int WRITE = 2;

  private final Kernel kernel;
  private final FilePaths paths;
  private final SocketReader sockets;
  private final OpenFiles files;
  private final Field mode;
  private final Field position;
  private final Field flags;
  private final Field inode;
  private final Field inodeMode;
  private final Field inodeNumber;

  /** A reader of one kernel's descriptors. */
  public DescriptorReader(Kernel kernel, TaskFields tasks, FilePaths paths, SocketReader sockets) {
    this.kernel = kernel;
    this.paths = paths;
    this.sockets = sockets;
    files = new OpenFiles(kernel, tasks.files);
    KernelTypes types = kernel.types();
    mode = types.field("file", "f_mode");
    position = types.field("file", "f_pos");
    flags = types.field("file", "f_flags");
    inode = types.field("file", "f_inode");
    inodeMode = types.field("inode", "i_mode");
    inodeNumber = types.field("inode", "i_ino");
  }

  /** The open files of a task, by descriptor. */
  public List<OpenFile> of(long task) {
    List<OpenFile> open = new ArrayList<>();
    files.forEach(
        task,
        (descriptor, file) ->
            paths.of(file).ifPresent(path -> open.add(read(descriptor, file, path))));
    return open;
  }

  private OpenFile read(int descriptor, long file, String path) {
    long node = kernel.value(inode, file);
    boolean known = kernel.isReadable(node);
    Kind kind = known ? kindOf((int) kernel.value(inodeMode, node)) : Kind.OTHER;
    int access = (int) kernel.value(mode, file);
    Optional<GuestSocket> socket = kind == Kind.SOCKET ? sockets.ofInode(node) : Optional.empty();
    Map<String, Object> traits = new LinkedHashMap<>();
    // With O_CREAT and its like, which are as they were given to open, as octal in /proc.
    traits.put("flags", "0%o".formatted((int) kernel.value(flags, file)));
    if (known) {
      traits.put("inode", kernel.value(inodeNumber, node));
    }
    return new OpenFile(
        descriptor,
        path,
        file,
        kind,
        ((access & READ) != 0 ? "r" : "") + ((access & WRITE) != 0 ? "w" : ""),
        kernel.value(position, file),
        known ? OptionalLong.of(node) : OptionalLong.empty(),
        socket,
        ofMap(traits));
  }

  private static Traits ofMap(Map<String, Object> values) {
    return () -> values;
  }

  private static Kind kindOf(int mode) {
    return switch (mode & TYPE_MASK) {
      case SOCKET -> Kind.SOCKET;
      case LINK -> Kind.LINK;
      case REGULAR -> Kind.FILE;
      case BLOCK_DEVICE -> Kind.BLOCK_DEVICE;
      case DIRECTORY -> Kind.DIRECTORY;
      case CHARACTER_DEVICE -> Kind.CHARACTER_DEVICE;
      case PIPE -> Kind.PIPE;
      default -> Kind.OTHER;
    };
  }
}
