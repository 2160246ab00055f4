package io.nestwalk.index;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.PageRun;
import io.nestwalk.finding.Finding;
import io.nestwalk.memory.PageState;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One thing that an image holds, as it becomes a document. Entries are plain values: nothing in
 * them reads the image.
 */
public sealed interface Entry {

  /** The name of the machine that it belongs to: "host", "vm1". */
  String machineId();

  /** What it is. */
  Kind kind();

  /** What documents are about, in the order in which answers list them. */
  enum Kind {
    /** A host or guest. */
    MACHINE("machine", 0),
    /** A process or kernel thread. */
    PROCESS("process", 1),
    /** A stretch of a process's virtual memory as its operating system knows it. */
    MAPPING("mapping", 2),
    /** A stretch of pages as page tables map them, followed through all layers. */
    RUN("run", 3),
    /** Something that an analyst should look at. */
    FINDING("finding", 4),
    /** A rule of YARA's that is true of some memory; there are none before `yara` keeps them. */
    YARA("yara", 5);

    private final String label;
    private final int rank;

    Kind(String label, int rank) {
      this.label = label;
      this.rank = rank;
    }

    /** Its place in answers, from 0. */
    public int rank() {
      return rank;
    }

    /** The name in queries and answers. */
    @Override
    public String toString() {
      return label;
    }
  }

  /** Whose addresses a run's {@code address} is. */
  enum Space {
    /** A process's virtual addresses. */
    USER("user"),
    /** A kernel's virtual addresses. */
    KERNEL("kernel"),
    /** A guest's physical addresses. */
    PHYSICAL("physical");

    private final String label;

    Space(String label) {
      this.label = label;
    }

    /** The name in queries and answers. */
    @Override
    public String toString() {
      return label;
    }
  }

  /**
   * A machine.
   *
   * @param machineId its name
   * @param answer what every answer shows of it, see {@link io.nestwalk.answer.MachineAnswer}
   */
  record MachineEntry(String machineId, ObjectNode answer) implements Entry {
    /** Copies the answer. */
    public MachineEntry {
      answer = answer.deepCopy();
    }

    /** A copy. */
    @Override
    public ObjectNode answer() {
      return answer.deepCopy();
    }

    @Override
    public Kind kind() {
      return Kind.MACHINE;
    }
  }

  /**
   * A process.
   *
   * @param machineId whose
   * @param process the process
   */
  record ProcessEntry(String machineId, GuestProcess process) implements Entry {
    @Override
    public Kind kind() {
      return Kind.PROCESS;
    }
  }

  /**
   * A mapping.
   *
   * @param machineId whose
   * @param pid of the process that has it
   * @param process that process's name
   * @param mapping the mapping
   */
  record MappingEntry(String machineId, int pid, String process, GuestMapping mapping)
      implements Entry {
    @Override
    public Kind kind() {
      return Kind.MAPPING;
    }
  }

  /**
   * A run of pages, contiguous in every layer.
   *
   * @param machineId whose
   * @param space whose addresses {@code start} is one of
   * @param pid of the process, empty for a kernel's and physical space
   * @param name of the process or space
   * @param path of the mapping that it belongs to
   * @param start the first address in its space, unsigned
   * @param gpa the machine's physical address of it; {@link #NONE} where it has none of its own
   *     (the host, shadow tables)
   * @param hpa the host-physical address, {@link #NONE} where a lower layer does not map it
   * @param fileOffset where it stands in the image's file, {@link #NONE} where it does not
   * @param length in bytes, positive
   * @param permissions what the tables allow, as {@link io.nestwalk.paging.Permissions}
   * @param pageShift log2 of the smallest page on the way
   */
  record RunEntry(
      String machineId,
      Space space,
      OptionalInt pid,
      String name,
      Optional<String> path,
      long start,
      long gpa,
      long hpa,
      long fileOffset,
      long length,
      int permissions,
      int pageShift)
      implements Entry {

    /** An address that there is not. */
    public static final long NONE = PageRun.NONE;

    /** The pages alone, whosever they are. */
    public PageRun pages() {
      return new PageRun(
          start, length, gpa, hpa, fileOffset, 1L << pageShift, permissions, PageState.MAPPED);
    }

    @Override
    public Kind kind() {
      return Kind.RUN;
    }
  }

  /**
   * Something to look at.
   *
   * @param finding what
   */
  record FindingEntry(Finding finding) implements Entry {
    @Override
    public String machineId() {
      return finding.machine();
    }

    @Override
    public Kind kind() {
      return Kind.FINDING;
    }
  }

  /**
   * A rule of YARA's that is true of some memory.
   *
   * @param machineId whose
   * @param answer what every answer shows of it, see {@link io.nestwalk.yara.YaraAnswer}
   */
  record RuleHitEntry(String machineId, ObjectNode answer) implements Entry {
    /** Copies the answer. */
    public RuleHitEntry {
      answer = answer.deepCopy();
    }

    /** A copy. */
    @Override
    public ObjectNode answer() {
      return answer.deepCopy();
    }

    @Override
    public Kind kind() {
      return Kind.YARA;
    }
  }
}
