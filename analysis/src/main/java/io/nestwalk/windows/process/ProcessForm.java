package io.nestwalk.windows.process;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.util.Optional;

/** Tells what is a process object from what is not, by its form. */
final class ProcessForm {

  /** {@code _DISPATCHER_HEADER.Type} without the lock in its highest bit. */
  private static final int TYPE_MASK = 0x7f;

  private static final int PROCESS = 3;
  private static final int THREAD = 6;

  private static final int PID_STEP = 4;
  private static final int MAX_PID = 1 << 26;
  private static final int NAME_BYTES = 15;

  private final Kernel kernel;
  private final ProcessFields fields;
  private final Optional<Field> typeIndex;
  private final int header;
  private final boolean encodedType;

  ProcessForm(Kernel kernel, ProcessFields fields) {
    this.kernel = kernel;
    this.fields = fields;
    typeIndex = kernel.layout().findField("_OBJECT_HEADER", "TypeIndex");
    header = kernel.layout().findField("_OBJECT_HEADER", "Body").map(Field::offset).orElse(0x30);
    encodedType = isTypeEncoded();
  }

  /** Whether a pointer leads to a process object. */
  boolean isProcess(long object) {
    long pid = kernel.value(fields.pid, object);
    return kernel.isObject(object)
        && type(object) == PROCESS
        && pid > 0
        && pid < MAX_PID
        && pid % PID_STEP == 0
        && hasName(object);
  }

  /** Whether a pointer leads to a thread object. */
  boolean isThread(long object) {
    return kernel.isObject(object) && type(object) == THREAD;
  }

  /** Whether the object's header says that it is of the type of the System process. */
  boolean isOfProcessType(long object) {
    return typeIndex.isEmpty() || typeOf(object) == typeOf(kernel.system());
  }

  /** Bytes from an object's header to its body. */
  int headerSize() {
    return header;
  }

  private int type(long object) {
    int value = kernel.memory().getByte(object);
    return value < 0 ? -1 : value & TYPE_MASK;
  }

  private boolean hasName(long object) {
    byte[] bytes = kernel.memory().readBytes(fields.name.at(object), NAME_BYTES);
    if (bytes.length == 0 || bytes[0] == 0) {
      return false;
    }
    for (byte b : bytes) {
      if (b == 0) {
        return true;
      }
      // The name is in the system's own code page: what is above ASCII may be a letter.
      if ((b > 0 && b < ' ') || b == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /**
   * The index of an object's type. Since Windows 10 it is stored with a cookie and a byte of the
   * header's own address mixed in; the cookie is the same for all and so does not matter here.
   */
  long typeOf(long object) {
    long at = object - header;
    long stored = kernel.value(typeIndex, at);
    return encodedType ? (stored ^ at >>> 8) & 0xff : stored;
  }

  /** Whether that is so, by the neighbours of the System process in the list of processes. */
  private boolean isTypeEncoded() {
    long system = kernel.system();
    long next = kernel.pointer(fields.links.at(system)) - fields.links.offset();
    long head = kernel.pointer(fields.links.at(system) + kernel.layout().pointerSize());
    long last = kernel.pointer(head + kernel.layout().pointerSize()) - fields.links.offset();
    for (long other : new long[] {next, last}) {
      if (other != system && kernel.isObject(other)) {
        boolean plain = stored(other) == stored(system);
        boolean mixed = (stored(other) ^ byteOf(other)) == (stored(system) ^ byteOf(system));
        if (plain != mixed) {
          return mixed;
        }
      }
    }
    return false;
  }

  private long stored(long object) {
    return kernel.value(typeIndex, object - header);
  }

  private long byteOf(long object) {
    return (object - header) >>> 8 & 0xff;
  }
}
