package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.types.Field;
import io.nestwalk.windows.layout.Layout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * What members of {@code _EPROCESS} and {@code _KPROCESS} are, told by their values in all
 * processes: rules that no other member keeps.
 */
final class ProcessProbes {

  private static final String PROCESS = "_EPROCESS";
  private static final String KERNEL_PART = "_KPROCESS";

  /** The part of kernels' processes that stands before {@code _EPROCESS}'s own members. */
  private static final int FIRST = 0x80;

  /** No process object is larger. */
  private static final int LAST = 0xc00;

  /** User roots are of the kernel's part, which is smaller. */
  private static final int LAST_USER_ROOT = 0x400;

  private static final int MAX_PID = 1 << 26;
  private static final int PID_STEP = 4;
  private static final long FRAME = 0x000f_ffff_ffff_f000L;
  private static final int USER_ENTRIES = 256;
  private static final int ENTRIES = 512;
  private static final String DEVICE = "\\Device\\";

  /** From a {@code _HANDLE_TABLE} to its owner at the most. */
  private static final int OWNER_WITHIN = 0x40;

  private static final long LOW_BITS = 0xfff;

  /** Kernels use few of the numbers that mark translations of an address space. */
  private static final long MAX_PCID = 3;

  /** {@code _MM_SESSION_SPACE.SessionId}. */
  private static final int SESSION_ID = 8;

  /** {@code _PEB.SessionId}. */
  private static final int PEB_SESSION_64 = 0x2c0;

  private static final int PEB_SESSION_32 = 0x1d4;

  /** {@code _PEB32.ImageBaseAddress}. */
  private static final int PEB32_IMAGE_BASE = 8;

  private final ProcessSamples samples;
  private final Memory memory;
  private final int pointer;
  private final Optional<Instant> now;

  /**
   * Looks at these processes.
   *
   * @param now when the image was taken, where that is known
   */
  ProcessProbes(ProcessSamples samples, Optional<Instant> now) {
    this.samples = samples;
    this.memory = samples.memory();
    this.pointer = samples.pointerSize();
    this.now = now;
  }

  /** The tests that build on no other member. */
  List<Probe> independent(Layout layout) {
    // Its spelling changed with Windows 10.
    String wow64 =
        layout.findField(PROCESS, "Wow64Process").isPresent() ? "Wow64Process" : "WoW64Process";
    return List.of(
        probe("InheritedFromUniqueProcessId", pointer, this::mayBeParent, this::areParents),
        probe("CreateTime", Long.BYTES, this::mayBeCreateTime, this::differ),
        probe("ObjectTable", pointer, this::mayBeObjectTable, this::areObjectTables),
        probe("Peb", pointer, this::mayBePeb, this::arePebs),
        probe("SeAuditProcessCreationInfo", pointer, this::mayBeAuditName, this::areAuditNames),
        probe(wow64, pointer, this::mayBeWow64, this::areWow64),
        new VadRootProbe(samples, layout).root(),
        new Probe(
            KERNEL_PART,
            "UserDirectoryTableBase",
            pointer,
            FIRST,
            LAST_USER_ROOT,
            pointer,
            this::mayBeUserRoot,
            this::areUserRoots));
  }

  /** The tests that build on members that are known by then. */
  List<Probe> dependent(Layout layout) {
    Optional<Field> create = layout.findField(PROCESS, "CreateTime");
    Optional<Field> table = layout.findField(PROCESS, "ObjectTable");
    Optional<Field> peb = layout.findField(PROCESS, "Peb");
    return List.of(
        VadRootProbe.count(layout, pointer),
        probe(
            "ExitTime",
            Long.BYTES,
            offset -> create.isPresent() && mayBeExitTime(offset, create.get(), table),
            offset -> table.isPresent() && areExitTimes(offset, table.get())),
        probe(
            "Session",
            pointer,
            this::mayBeSession,
            offset -> peb.isPresent() && areSessions(offset, peb.get())));
  }

  private static Probe probe(String path, int size, IntPredicate allowed, IntPredicate shown) {
    return new Probe(PROCESS, path, size, FIRST, LAST, size, allowed, shown);
  }

  private boolean mayBeParent(int offset) {
    return samples.pointer(samples.system() + offset) == 0
        && samples.all(
            process -> {
              long value = samples.pointer(process + offset);
              return process == samples.system()
                  || (value > 0
                      && value < MAX_PID
                      && value % PID_STEP == 0
                      && value != samples.pidOf(process));
            });
  }

  /** Many parents run still, and not all are the same. */
  private boolean areParents(int offset) {
    return samples.count(process -> samples.isPid(samples.pointer(process + offset))) * 4
            >= samples.count()
        && samples.distinct(process -> samples.pointer(process + offset)) > 2;
  }

  private Optional<Instant> time(long process, int offset) {
    return Kernel.time(memory.getLong(process + offset, 0))
        .filter(time -> now.isEmpty() || !time.isAfter(now.get()));
  }

  private boolean mayBeCreateTime(int offset) {
    Optional<Instant> first = time(samples.system(), offset);
    return first.isPresent()
        && samples.all(
            process ->
                time(process, offset).filter(time -> !time.isBefore(first.get())).isPresent());
  }

  private boolean differ(int offset) {
    return samples.distinct(process -> memory.getLong(process + offset, 0)) * 2 >= samples.count();
  }

  /** None, or later than the process was created; one that has no handles any more has one. */
  private boolean mayBeExitTime(int offset, Field create, Optional<Field> table) {
    return offset != create.offset()
        && samples.all(
            process -> {
              if (memory.getLong(process + offset, 0) == 0) {
                return table.isEmpty() || samples.pointer(process + table.get().offset()) != 0;
              }
              Optional<Instant> start = time(process, create.offset());
              Optional<Instant> end = time(process, offset);
              return start.isPresent() && end.isPresent() && end.get().isAfter(start.get());
            });
  }

  /** Some process has ended; hardly one that has handles still is just ending. */
  private boolean areExitTimes(int offset, Field table) {
    int ended = 0;
    int both = 0;
    for (long process : samples.processes()) {
      boolean timed = memory.getLong(process + offset, 0) != 0;
      boolean handles = samples.pointer(process + table.offset()) != 0;
      ended += timed && !handles ? 1 : 0;
      both += timed && handles ? 1 : 0;
    }
    return ended > 0 && both * 8 <= samples.count();
  }

  private boolean mayBeObjectTable(int offset) {
    return samples.isObject(samples.pointer(samples.system() + offset))
        && samples.count(
                    process -> {
                      long table = samples.pointer(process + offset);
                      return process == samples.system() || table == 0 || ownsTable(process, table);
                    })
                * 4
            >= samples.count() * 3;
  }

  private boolean areObjectTables(int offset) {
    return samples.any(process -> ownsTable(process, samples.pointer(process + offset)));
  }

  /** A handle table has its process's address near its start; the system's own has none. */
  private boolean ownsTable(long process, long table) {
    if (!samples.isObject(table)) {
      return false;
    }
    for (int i = 0; i < OWNER_WITHIN; i += pointer) {
      if (samples.pointer(table + i) == process) {
        return true;
      }
    }
    return false;
  }

  private boolean mayBePeb(int offset) {
    return samples.pointer(samples.system() + offset) == 0
        && samples.all(
            process -> {
              long value = samples.pointer(process + offset);
              return value == 0 || samples.isUserPage(value);
            });
  }

  private boolean arePebs(int offset) {
    return samples.any(process -> isPeb(process, samples.pointer(process + offset)));
  }

  /** Image base and parameters of a PEB are addresses in its process. */
  private boolean isPeb(long process, long peb) {
    if (!samples.isUserPage(peb)) {
      return false;
    }
    Optional<Memory> space = samples.spaceOf(process);
    if (space.isEmpty()) {
      return false;
    }
    long base = samples.pointer(space.get(), peb + 2L * pointer);
    long parameters = samples.pointer(space.get(), peb + 4L * pointer);
    return samples.isUserPage(base)
        && samples.isUserPage(parameters & ~0xfffL)
        && space.get().isPresent(parameters);
  }

  private boolean mayBeAuditName(int offset) {
    return samples.all(
        process -> {
          long value = samples.pointer(process + offset);
          return value == 0 || samples.isObject(value);
        });
  }

  private boolean areAuditNames(int offset) {
    return samples.any(process -> isDevicePath(samples.pointer(process + offset)));
  }

  private boolean isDevicePath(long name) {
    if (!samples.isObject(name)) {
      return false;
    }
    long text = samples.pointer(name + pointer);
    return samples.isObject(text & -pointer)
        && new String(memory.readBytes(text, DEVICE.length() * 2), StandardCharsets.UTF_16LE)
            .equals(DEVICE);
  }

  private boolean mayBeSession(int offset) {
    return samples.pointer(samples.system() + offset) == 0
        && samples.all(
            process -> {
              long value = samples.pointer(process + offset);
              return value == 0 || (samples.isKernelAddress(value) && (value & LOW_BITS) == 0);
            });
  }

  /** What describes a session has its number, the same that the PEBs of its processes have. */
  private boolean areSessions(int offset, Field peb) {
    return samples.any(process -> sessionAgrees(process, offset, peb) > 0)
        && samples.all(process -> sessionAgrees(process, offset, peb) >= 0);
  }

  /** 1 when both have the same number, -1 when they have not, 0 when one of them is not there. */
  private int sessionAgrees(long process, int offset, Field peb) {
    long session = samples.pointer(process + offset);
    long block = samples.pointer(process + peb.offset());
    Optional<Memory> space = samples.spaceOf(process);
    if (session == 0 || block == 0 || space.isEmpty()) {
      return 0;
    }
    int number = space.get().getInt(session + SESSION_ID, -1);
    int inPeb = space.get().getInt(block + (pointer == 8 ? PEB_SESSION_64 : PEB_SESSION_32), -1);
    return number == -1 || inPeb == -1 ? 0 : number == inPeb ? 1 : -1;
  }

  /** Processes that have ended may still name what they have given back. */
  private boolean mayBeUserRoot(int offset) {
    return pointer == Long.BYTES
        && samples.count(
                    process -> {
                      long value = samples.pointer(process + offset);
                      return value == 0 || value == 1 || isUserRoot(process, value);
                    })
                * 4
            >= samples.count() * 3;
  }

  private boolean areUserRoots(int offset) {
    return samples.any(process -> isUserRoot(process, samples.pointer(process + offset)));
  }

  /** A user root's entries lead where the kernel root's do, and it has some. */
  private boolean isUserRoot(long process, long value) {
    long user = value & FRAME;
    long root = SystemProcess.rootOf(memory, process, true);
    if ((value & LOW_BITS) > MAX_PCID
        || user == 0
        || user == root
        || !samples.physical().isPresent(user)) {
      return false;
    }
    int same = 0;
    int other = 0;
    for (int i = 0; i < ENTRIES; i++) {
      long entry = samples.physical().getLong(user + 8L * i, 0);
      long theirs = samples.physical().getLong(root + 8L * i, 0);
      if ((entry & 1) != 0 && (entry & FRAME) != user) {
        boolean equal = (theirs & 1) != 0 && (entry & FRAME) == (theirs & FRAME);
        same += equal ? 1 : 0;
        other += !equal && i < USER_ENTRIES ? 1 : 0;
      }
    }
    return other == 0 && same > 0;
  }

  private boolean mayBeWow64(int offset) {
    return samples.pointer(samples.system() + offset) == 0
        && samples.all(
            process -> {
              long value = samples.pointer(process + offset);
              return value == 0 || peb32(value) != 0;
            });
  }

  private boolean areWow64(int offset) {
    return samples.any(process -> isPeb32(process, peb32(samples.pointer(process + offset))));
  }

  /** The value itself, or what the structure that it leads to begins with; 0 for neither. */
  private long peb32(long value) {
    long address = samples.isObject(value) ? samples.pointer(value) : value;
    return address > 0 && address < 1L << Integer.SIZE && (address & LOW_BITS) == 0 ? address : 0;
  }

  private boolean isPeb32(long process, long peb) {
    Optional<Memory> space = samples.spaceOf(process);
    if (peb == 0 || space.isEmpty()) {
      return false;
    }
    int base = space.get().getInt(peb + PEB32_IMAGE_BASE, 0);
    return base != 0 && (base & LOW_BITS) == 0;
  }
}
