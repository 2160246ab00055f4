package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.windows.layout.KnownBuild;
import io.nestwalk.windows.layout.Layout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * The process that every Windows starts first and whose tables map the kernel: pid 4, "System".
 *
 * @param memory the kernel's virtual memory
 * @param image the kernel's image, which holds the head of the list of processes
 * @param address of its {@code _EPROCESS}
 */
record SystemProcess(Memory memory, KernelImage image, long address) {

  static final long PID = 4;
  static final String NAME = "System";

  /** {@code _DISPATCHER_HEADER.Type} of a process; the highest bit is a lock since Windows 10. */
  private static final int PROCESS_OBJECT = 3;

  private static final int TYPE_MASK = 0x7f;

  /** {@code _KPROCESS.DirectoryTableBase}, never moved since Windows 7. */
  private static final int ROOT_64 = 0x28;

  private static final int ROOT_32 = 0x18;
  private static final long FRAME_MASK = 0x000f_ffff_ffff_f000L;

  /** PAE's roots stand at any multiple of 32. */
  private static final long ROOT_32_MASK = 0xffff_ffe0L;

  /** No {@code _EPROCESS} has its name further on. */
  private static final int NAME_WITHIN = 0x800;

  private static final String PROCESS = "_EPROCESS";

  /** The kernel's part, without pid and name, is larger. */
  private static final int FIRST_MEMBER = 0x60;

  private static final int MAX_PID = 1 << 26;

  /** Whether what stands at {@code address} begins as a process does. */
  static boolean isProcess(Memory memory, long address) {
    int type = memory.getByte(address);
    return type >= 0 && (type & TYPE_MASK) == PROCESS_OBJECT;
  }

  /** The physical address of a process's root table, as its {@code _KPROCESS} has it. */
  static long rootOf(Memory memory, long process, boolean wide) {
    return wide
        ? memory.getLong(process + ROOT_64, 0) & FRAME_MASK
        : memory.getInt(process + ROOT_32, 0) & ROOT_32_MASK;
  }

  /** Whether it has the form of a System process, whatever its layout. */
  boolean isPlausible() {
    if (!isProcess(memory, address)) {
      return false;
    }
    for (int i = 0; i < NAME_WITHIN; i += Integer.BYTES) {
      if (isName(i)) {
        return true;
      }
    }
    return false;
  }

  /** Whether types describe it: its number and its name. */
  boolean isDescribedBy(KernelTypes types) {
    Optional<Field> pid = types.findField(PROCESS, "UniqueProcessId");
    Optional<Field> name = types.findField(PROCESS, "ImageFileName");
    return pid.isPresent()
        && name.isPresent()
        && types.findField(PROCESS, "ActiveProcessLinks").isPresent()
        && pid.get().get(memory, address, 0) == PID
        && isName(name.get().offset());
  }

  /** Whether types describe also another process, to which its list leads. */
  boolean hasNeighbour(KernelTypes types) {
    return new Candidate(
            types.field(PROCESS, "UniqueProcessId").offset(),
            types.field(PROCESS, "ImageFileName").offset(),
            types.field(PROCESS, "ActiveProcessLinks").offset(),
            types.pointerSize())
        .hasNeighbour();
  }

  /**
   * The places of its own number, its name, and the list that leads to another process, as it shows
   * them itself.
   *
   * @param nearest tells of all structures but those that describe processes
   */
  Optional<Layout> deduced(KnownBuild nearest) {
    int pointer = nearest.types().pointerSize();
    for (int name = 0; name < NAME_WITHIN; name += Integer.BYTES) {
      if (!isName(name)) {
        continue;
      }
      for (int pid = FIRST_MEMBER; pid < NAME_WITHIN; pid += pointer) {
        Candidate candidate = new Candidate(pid, name, pid + pointer, pointer);
        if (candidate.pointer(address + pid) == PID && candidate.hasNeighbour()) {
          return Optional.of(
              Layout.deduced(
                      "processes described by themselves, all else as in build " + nearest,
                      nearest.types(),
                      Set.of(PROCESS))
                  .with(PROCESS, "UniqueProcessId", Field.of(pid, pointer))
                  .with(PROCESS, "ActiveProcessLinks", Field.of(pid + pointer, 2 * pointer))
                  .with(PROCESS, "ImageFileName", new Field(name, 15, 0, 0, 15)));
        }
      }
    }
    return Optional.empty();
  }

  private boolean isName(int offset) {
    byte[] bytes = memory.readBytes(address + offset, NAME.length() + 1);
    return bytes.length > NAME.length()
        && bytes[NAME.length()] == 0
        && new String(bytes, 0, NAME.length(), StandardCharsets.US_ASCII).equals(NAME);
  }

  /** Places of the members that lead from one process to the next. */
  final class Candidate {
    private final int pid;
    private final int name;
    private final int links;
    private final int pointerSize;

    Candidate(int pid, int name, int links, int pointerSize) {
      this.pid = pid;
      this.name = name;
      this.links = links;
      this.pointerSize = pointerSize;
    }

    private long pointer(long at) {
      return pointerSize == Long.BYTES
          ? memory.getLong(at, 0)
          : memory.getInt(at, 0) & 0xffff_ffffL;
    }

    private String nameOf(long process) {
      byte[] bytes = memory.readBytes(process + name, 15);
      int end = 0;
      while (end < bytes.length && bytes[end] >= ' ' && bytes[end] <= '~') {
        end++;
      }
      boolean whole = end == bytes.length || bytes[end] == 0;
      return whole ? new String(bytes, 0, end, StandardCharsets.US_ASCII) : "";
    }

    /** Whether the next process, or the last one over the list's head, is one. */
    boolean hasNeighbour() {
      long next = pointer(address + links);
      if (isOther(next)) {
        return true;
      }
      long head = pointer(address + links + pointerSize);
      long last = image.contains(head) ? pointer(head + pointerSize) : head;
      return isOther(last) && (image.contains(head) || pointer(last) == address + links);
    }

    private boolean isOther(long entry) {
      long process = entry - links;
      long number = pointer(process + pid);
      return entry != 0
          && entry != address + links
          && !image.contains(entry)
          && isProcess(memory, process)
          && number > 0
          && number < MAX_PID
          && number % 4 == 0
          && !nameOf(process).isEmpty();
    }
  }
}
