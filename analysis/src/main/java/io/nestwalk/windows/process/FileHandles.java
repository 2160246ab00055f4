package io.nestwalk.windows.process;

import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.OpenFile;
import io.nestwalk.system.OpenFile.Kind;
import io.nestwalk.system.Traits;
import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What processes have open: the objects that their handles lead to. A file object is told by its
 * own form, so that the numbers of objects' types need not be known; of others type and name are
 * told as far as memory has them.
 */
public final class FileHandles {

  /** So many objects of one process are listed. */
  private static final int LIMIT = 1 << 20;

  /** {@code _FILE_OBJECT.Type}: IO_TYPE_FILE. */
  private static final int FILE = 5;

  /** {@code _FILE_OBJECT.Size}: 0xd8 in 64 bits, 0x80 in 32; what else begins with 5 is smaller. */
  private static final int MIN_SIZE = 0x80;

  private static final int MAX_SIZE = 0x200;

  // FO_NAMED_PIPE and FO_MAILSLOT of _FILE_OBJECT.Flags
  private static final int PIPE = 0x80;
  private static final int MAILSLOT = 0x200;

  // FILE_READ_DATA; FILE_WRITE_DATA and FILE_APPEND_DATA
  private static final int READ = 1;
  private static final int WRITE = 6;

  /** Rights have 25 bits; what stands above them in the same word is of the handle. */
  private static final long RIGHTS = 0x1ff_ffff;

  private final Kernel kernel;
  private final HandleTables tables;
  private final Optional<Field> objectTable;
  private final Optional<Field> rights;
  private final Optional<Field> type;
  private final Optional<Field> size;
  private final Optional<Field> device;
  private final Optional<Field> name;
  private final Optional<Field> flags;
  private final Optional<Field> shared;
  private final Optional<Field> position;
  private final int header;
  private final ObjectTypes types;
  private final ObjectNames names;

  /** Reads the files of that kernel's processes. */
  public FileHandles(Kernel kernel) {
    this.kernel = kernel;
    tables = new HandleTables(kernel);
    ProcessFields processes = new ProcessFields(kernel.layout());
    objectTable = processes.objectTable;
    ProcessForm form = new ProcessForm(kernel, processes);
    header = form.headerSize();
    ObjectForm objects = new ObjectForm(kernel, header);
    types = new ObjectTypes(kernel, form, objects);
    names = new ObjectNames(kernel, objects, processes);
    rights =
        field("_HANDLE_TABLE_ENTRY", "GrantedAccessBits")
            .or(() -> field("_HANDLE_TABLE_ENTRY", "GrantedAccess"));
    type = field("_FILE_OBJECT", "Type");
    size = field("_FILE_OBJECT", "Size");
    device = field("_FILE_OBJECT", "DeviceObject");
    name = field("_FILE_OBJECT", "FileName");
    flags = field("_FILE_OBJECT", "Flags");
    shared = field("_FILE_OBJECT", "FsContext");
    position = field("_FILE_OBJECT", "CurrentByteOffset");
  }

  private Optional<Field> field(String struct, String path) {
    return kernel.layout().findField(struct, path);
  }

  /** Whether this kernel's handle tables and file objects can be read. */
  public boolean areKnown() {
    return objectTable.isPresent() && type.isPresent() && size.isPresent() && name.isPresent();
  }

  /** What a process has open, by handle; none for one that has exited. */
  public List<OpenFile> of(GuestProcess process) {
    long table = kernel.value(objectTable, process.object());
    if (table == 0) {
      return List.of();
    }
    List<OpenFile> files = new ArrayList<>();
    String what = "files of process %d (%s)".formatted(process.pid(), process.name());
    tables.forEach(
        what,
        table,
        (handle, object, entry) -> {
          long body = object + header;
          if (!kernel.isObject(body)) {
            return true;
          }
          if (files.size() == LIMIT) {
            kernel.warnings().add("%s: cut off after %d".formatted(what, LIMIT));
            return false;
          }
          files.add(isFile(body) ? file(handle, body, entry) : other(handle, body, entry));
          return true;
        });
    return files;
  }

  private boolean isFile(long object) {
    if (!kernel.isObject(object) || kernel.value(type, object) != FILE) {
      return false;
    }
    long bytes = kernel.value(size, object);
    long target = kernel.value(device, object);
    return bytes >= MIN_SIZE && bytes <= MAX_SIZE && (target == 0 || kernel.isObject(target));
  }

  private OpenFile file(int handle, long object, long entry) {
    long granted = kernel.value(rights, entry) & RIGHTS;
    long fsContext = kernel.value(shared, object);
    boolean pipe = (kernel.value(flags, object) & (PIPE | MAILSLOT)) != 0;
    return new OpenFile(
        handle,
        name.flatMap(field -> kernel.unicode(kernel.memory(), field.at(object))).orElse(""),
        object,
        pipe ? Kind.PIPE : Kind.FILE,
        access(granted),
        Math.max(0, kernel.value(position, object)),
        fsContext == 0 ? OptionalLong.empty() : OptionalLong.of(fsContext),
        Optional.empty(),
        traits("File", granted, kernel.value(device, object)));
  }

  private OpenFile other(int handle, long object, long entry) {
    String named = types.of(object).orElse("");
    return new OpenFile(
        handle,
        names.of(named, object),
        object,
        Kind.OTHER,
        "",
        0,
        OptionalLong.empty(),
        Optional.empty(),
        traits(named, kernel.value(rights, entry) & RIGHTS, 0));
  }

  private static String access(long granted) {
    return ((granted & READ) != 0 ? "r" : "") + ((granted & WRITE) != 0 ? "w" : "");
  }

  private Traits traits(String named, long granted, long target) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (!named.isEmpty()) {
      values.put("type", named);
    }
    if (rights.isPresent()) {
      values.put("grantedAccess", new Traits.Address(granted));
    }
    if (target != 0) {
      values.put("device", new Traits.Address(target));
    }
    return () -> values;
  }
}
