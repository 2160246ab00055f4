package io.nestwalk.windows.process;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;

/** What objects are called: in the tree of objects, in the registry, by the number of a process. */
final class ObjectNames {

  /** Directories and keys are nested less deep; the registry's own limit is 512. */
  private static final int MAX_DEPTH = 512;

  private static final int MAX_NAME = 512;

  /** No process or thread has this number. */
  private static final long UNKNOWN = -1;

  /** Longer names nobody gives; a lie may make as many of them as there are handles. */
  private static final int MAX_PATH = 1 << 12;

  /** {@code _CM_KEY_BODY.Type}: "ky02". */
  private static final int KEY_BODY = 0x3230_796b;

  /** The uppermost key. */
  private static final String REGISTRY = "REGISTRY";

  // _CM_KEY_BODY and _CM_NAME_CONTROL_BLOCK, the same in the symbol files of 7601 to 22000
  private static final int CONTROL_BLOCK = 8;
  private static final int NAME_LENGTH = 0x18;
  private static final int NAME = 0x1a;

  /**
   * {@code _CM_KEY_CONTROL_BLOCK.ParentKcb}, which its NameBlock follows: most builds, 14393 on.
   */
  private static final int[] PARENTS = {0x48, 0x40};

  private final Kernel kernel;
  private final ObjectForm form;
  private final ProcessFields processes;
  private final Optional<Field> processOfThread;
  private final Optional<Field> thread;

  ObjectNames(Kernel kernel, ObjectForm form, ProcessFields processes) {
    this.kernel = kernel;
    this.form = form;
    this.processes = processes;
    processOfThread = kernel.layout().findField("_ETHREAD", "Cid.UniqueProcess");
    thread = kernel.layout().findField("_ETHREAD", "Cid.UniqueThread");
  }

  /** The name of an object of a type; empty for one that has none. */
  String of(String type, long object) {
    return switch (type) {
      case "Process" -> "process " + number(Optional.of(processes.pid), object);
      case "Thread" ->
          "thread %s of process %s"
              .formatted(number(thread, object), number(processOfThread, object));
      case "Key" -> key(object).orElse("");
      default -> path(object);
    };
  }

  /** The number of a process or thread, in words where this kernel's layout or memory lacks it. */
  private String number(Optional<Field> field, long object) {
    long value = field.map(known -> known.get(kernel.memory(), object, UNKNOWN)).orElse(UNKNOWN);
    return value == UNKNOWN ? "(number not known)" : Long.toString(value);
  }

  /** A path in the tree of objects: "\BaseNamedObjects\name". */
  private String path(long object) {
    Deque<String> parts = new ArrayDeque<>();
    long at = object;
    int length = 0;
    while (parts.size() < MAX_DEPTH && length < MAX_PATH && kernel.isObject(at)) {
      OptionalLong info = form.name(at);
      Optional<String> name =
          info.isPresent()
              ? kernel.unicode(kernel.memory(), info.getAsLong() + kernel.layout().pointerSize())
              : Optional.empty();
      if (name.isEmpty() || name.get().length() > MAX_NAME) {
        break;
      }
      if (name.get().equals("\\")) {
        return "\\" + String.join("\\", parts);
      }
      parts.addFirst(name.get());
      length += name.get().length() + 1;
      at = kernel.pointer(info.getAsLong());
    }
    return String.join("\\", parts);
  }

  /** A path in the registry: "\REGISTRY\MACHINE\SYSTEM". */
  private Optional<String> key(long object) {
    if (!kernel.isWide() || kernel.memory().getInt(object, 0) != KEY_BODY) {
      return Optional.empty();
    }
    long block = kernel.pointer(object + CONTROL_BLOCK);
    for (int parent : PARENTS) {
      Optional<String> path = key(block, parent);
      if (path.isPresent()) {
        return path;
      }
    }
    return Optional.empty();
  }

  /** The path, where the chain of parents ends in the uppermost key: else the form is another. */
  private Optional<String> key(long block, int parent) {
    Deque<String> parts = new ArrayDeque<>();
    long at = block;
    int length = 0;
    while (parts.size() < MAX_DEPTH && length < MAX_PATH && kernel.isObject(at)) {
      Optional<String> name = keyName(kernel.pointer(at + parent + Long.BYTES));
      if (name.isEmpty()) {
        return Optional.empty();
      }
      parts.addFirst(name.get());
      length += name.get().length() + 1;
      at = kernel.pointer(at + parent);
    }
    return at == 0 && REGISTRY.equals(parts.peekFirst())
        ? Optional.of("\\" + String.join("\\", parts))
        : Optional.empty();
  }

  /** A key's own name: in one byte a letter where the first bit says so, else in UTF-16. */
  private Optional<String> keyName(long block) {
    if (!kernel.isObject(block)) {
      return Optional.empty();
    }
    boolean narrow = (kernel.memory().getInt(block, 0) & 1) != 0;
    int length = kernel.memory().getShort(block + NAME_LENGTH);
    if (length <= 0 || length > 2 * MAX_NAME) {
      return Optional.empty();
    }
    byte[] bytes = kernel.memory().readBytes(block + NAME, length);
    return bytes.length < length
        ? Optional.empty()
        : Optional.of(
            new String(bytes, narrow ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_16LE));
  }
}
