package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.OpenFile;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Types and names of objects as the kernel itself has them: the image's objects have neither a
 * table of types nor names, so that both are written into it here.
 */
class WindowsObjectsTest {

  /** From index 2 on; processes have the 7th as in Windows 10, the image gives events the 16th. */
  private static final List<String> TYPES =
      List.of(
          "Type",
          "Directory",
          "SymbolicLink",
          "Token",
          "Job",
          "Process",
          "Thread",
          "Reserve",
          "Completion",
          "Debug",
          "Callback",
          "A",
          "B",
          "C",
          "Gadget",
          "D",
          "E",
          "F",
          "G");

  private static final int HEADER = 0x30;
  private static final int NAME_INFO = 0x20;
  private static final int INFO_MASK = 0x1a;
  private static final int NAMED = 2;

  private final WindowsMachine machine = WindowsMachine.get("win20348-ept");
  private final Layer kernel = machine.system().kernelMemory();
  private final PatchedMemory memory = new PatchedMemory(machine.physical());
  private final long base = machine.truth().child("os").number("kernelBase");

  /** Code of the kernel that nothing reads. */
  private long free = base + 0x20_0000;

  @Test
  void typesAreNamedByTheKernelsOwnTable() {
    long table = variable();
    for (int i = 0; i < TYPES.size(); i++) {
      long type = take(0x40);
      text(type + 0x10, TYPES.get(i));
      putByte(type + 0x28, i + 2);
      putLong(table + (i + 2) * 8L, type);
      if (i == 0) {
        putLong(table - 0x20, type); // as ObpTypeObjectType does, which is no table
      }
    }
    assertThat(type(handle("Event"))).isEqualTo("Gadget");
    assertThat(type(handle("Thread"))).isEqualTo("Thread");
    assertThat(type(handle("File"))).isEqualTo("File");
  }

  @Test
  void anObjectsNameIsItsPathInTheTreeOfObjects() {
    long root = named(object(), 0, "\\");
    long directory = named(object(), root, "BaseNamedObjects");
    Truth event = handle("Event");
    named(event.number("object"), directory, "Global_Ready");
    assertThat(open(event).path()).isEqualTo("\\BaseNamedObjects\\Global_Ready");
    named(event.number("object"), event.number("object"), "loop");
    assertThat(open(event).path()).startsWith("loop\\loop");
  }

  @Test
  void aKeysNameIsItsPathInTheRegistry() {
    Truth key = handle("Key");
    for (int parent : new int[] {0x48, 0x40}) {
      long top = keyBlock(parent, 0, "REGISTRY", true);
      long machineKey = keyBlock(parent, top, "MACHINE", true);
      long own = keyBlock(parent, machineKey, "S\u00d6FTWARE", false);
      putInt(key.number("object"), 0x3230_796b);
      putLong(key.number("object") + 8, own);
      assertThat(open(key).path()).isEqualTo("\\REGISTRY\\MACHINE\\S\u00d6FTWARE");
    }
    putLong(key.number("object") + 8, keyBlock(0x48, 0, "OTHER", true));
    assertThat(open(key).path()).isEmpty();
  }

  private long keyBlock(int parent, long above, String name, boolean narrow) {
    long block = take(0x80);
    long names = take(0x80);
    byte[] bytes = name.getBytes(narrow ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_16LE);
    putInt(names, narrow ? 1 : 0);
    putByte(names + 0x18, bytes.length);
    putByte(names + 0x19, 0);
    put(names + 0x1a, bytes);
    putLong(block + parent, above);
    putLong(block + parent + 8, names);
    return block;
  }

  /** Where nothing stands among the kernel's variables. */
  private long variable() {
    long at = machine.truth().child("os").number("psLoadedModuleList") & -0x1000;
    while (!isEmpty(at - 0x40, 0x200)) {
      at += 0x40;
    }
    return at;
  }

  private boolean isEmpty(long address, int length) {
    for (byte b : kernel.readBytes(address, length)) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private long object() {
    return take(0x100) + 0x80;
  }

  private long named(long object, long directory, String name) {
    putByte(object - HEADER + INFO_MASK, NAMED);
    putLong(object - HEADER - NAME_INFO, directory);
    text(object - HEADER - NAME_INFO + 8, name);
    // The tag of its type stands before all that precedes the object.
    putLong(object - HEADER - NAME_INFO - 0x10, 0x6e65_7645L << 32);
    return object;
  }

  private void text(long string, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_16LE);
    long buffer = take(0x80);
    put(buffer, bytes);
    putLong(string, bytes.length | bytes.length << 16);
    putLong(string + 8, buffer);
  }

  private long take(int bytes) {
    long taken = free;
    free += bytes;
    return taken;
  }

  private void putLong(long address, long value) {
    memory.putLong(physical(address), value);
  }

  private void putInt(long address, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      putByte(address + i, value >>> (Byte.SIZE * i));
    }
  }

  private void putByte(long address, int value) {
    memory.putByte(physical(address), value);
  }

  private void put(long address, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      putByte(address + i, bytes[i]);
    }
  }

  private long physical(long address) {
    long translation = kernel.translate(address);
    assertThat(Translation.isFault(translation)).as("0x%x", address).isFalse();
    return Translation.address(translation);
  }

  /** A handle of the System process to an object of a type. */
  private Truth handle(String type) {
    return machine.truth().children("processes").getFirst().children("handleSample").stream()
        .filter(each -> each.text("type").equals(type))
        .findFirst()
        .orElseThrow();
  }

  private OpenFile open(Truth handle) {
    GuestSystem system = machine.over(memory).system();
    GuestProcess process = system.processes().getFirst();
    return system.openFiles(process).stream()
        .filter(each -> each.descriptor() == handle.number("handle"))
        .findFirst()
        .orElseThrow();
  }

  private String type(Truth handle) {
    return open(handle).traits().values().get("type").toString();
  }
}
