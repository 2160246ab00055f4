package io.nestwalk.windows.process;

import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.pe.PeImage;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The types of objects by name: those of the kernel's own table ({@code ObTypeIndexTable}), which
 * symbol files name and which without them is known by its form; where that is not in memory, by
 * the tags of the pool.
 */
final class ObjectTypes {

  private static final String SYMBOL = "ObTypeIndexTable";

  /** The index of the type of types, in every build; entries before it lead to no type. */
  private static final int FIRST = 2;

  private static final int MAX_TYPES = 256;
  private static final int MAX_NAME = 64;

  /** Variables of kernels take a few MiB. */
  private static final long MAX_DATA = 32L << 20;

  // _OBJECT_TYPE, by pointer size: the same in the symbol files of all builds from 7601 to 22000
  private static final int NAME_64 = 0x10;
  private static final int INDEX_64 = 0x28;
  private static final int NAME_32 = 8;
  private static final int INDEX_32 = 0x14;

  /**
   * By the first four letters, as types are named in all builds; of two that share them neither.
   */
  private static final Map<Integer, String> BY_TAG = new HashMap<>();

  static {
    for (String name :
        new String[] {
          "ALPC Port",
          "Callback",
          "DebugObject",
          "Desktop",
          "Device",
          "Directory",
          "Driver",
          "Event",
          "File",
          "Job",
          "Key",
          "KeyedEvent",
          "Mutant",
          "Partition",
          "Process",
          "Profile",
          "Section",
          "Semaphore",
          "Session",
          "SymbolicLink",
          "Thread",
          "Timer",
          "Token",
          "TpWorkerFactory",
          "Type",
          "WaitCompletionPacket",
          "WindowStation",
          "WmiGuid"
        }) {
      BY_TAG.put(tag(name), name);
    }
  }

  private final Kernel kernel;
  private final ProcessForm form;
  private final ObjectForm objects;
  private Map<Long, String> table;

  ObjectTypes(Kernel kernel, ProcessForm form, ObjectForm objects) {
    this.kernel = kernel;
    this.form = form;
    this.objects = objects;
  }

  /** The name of an object's type; empty where nothing tells it. */
  Optional<String> of(long object) {
    if (table == null) {
      OptionalLong found = find();
      table = found.isPresent() ? read(found.getAsLong()) : Map.of();
    }
    return table.isEmpty()
        ? Optional.ofNullable(BY_TAG.get(objects.tag(object)))
        : Optional.ofNullable(table.get(form.typeOf(object)));
  }

  private static int tag(String name) {
    int tag = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      tag |= (i < name.length() ? name.charAt(i) : ' ') << (Byte.SIZE * i);
    }
    return tag;
  }

  private OptionalLong find() {
    OptionalLong named = kernel.symbols().address(SYMBOL);
    if (named.isPresent()) {
      return named;
    }
    int pointer = kernel.layout().pointerSize();
    long budget = MAX_DATA;
    for (PeImage.Section section : kernel.image().variables()) {
      long size = Math.min(section.size(), budget);
      for (long at = section.address(); at < section.address() + size; at += pointer) {
        long value = kernel.pointer(at);
        if (kernel.isKernelAddress(value)
            && isType(value, FIRST)
            // A variable of its own names the type of types, too: there the next type is missing.
            && isType(kernel.pointer(at + pointer), FIRST + 1)
            && nameOf(value).filter("Type"::equals).isPresent()) {
          return OptionalLong.of(at - (long) FIRST * pointer);
        }
      }
      budget -= size;
    }
    return OptionalLong.empty();
  }

  private boolean isType(long type, int index) {
    return kernel.isObject(type)
        && kernel.memory().getByte(type + (kernel.isWide() ? INDEX_64 : INDEX_32)) == index;
  }

  private Optional<String> nameOf(long type) {
    return kernel
        .unicode(kernel.memory(), type + (kernel.isWide() ? NAME_64 : NAME_32))
        .filter(name -> name.length() <= MAX_NAME);
  }

  /** The names by what headers have for them, which a cookie may have changed for all alike. */
  private Map<Long, String> read(long address) {
    Map<Integer, String> names = new HashMap<>();
    for (int i = FIRST; i < MAX_TYPES; i++) {
      long type = kernel.pointer(address + (long) i * kernel.layout().pointerSize());
      if (!isType(type, i)) {
        break;
      }
      int index = i;
      nameOf(type).ifPresent(name -> names.put(index, name));
    }
    Optional<Integer> process =
        names.entrySet().stream()
            .filter(each -> each.getValue().equals("Process"))
            .map(Map.Entry::getKey)
            .findFirst();
    Map<Long, String> stored = new HashMap<>();
    if (process.isPresent()) {
      long cookie = form.typeOf(kernel.system()) ^ process.get();
      names.forEach((index, name) -> stored.put(index ^ cookie, name));
    }
    return stored;
  }
}
