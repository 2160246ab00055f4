package io.nestwalk.windows.process;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.kernel.ListWalk;
import io.nestwalk.windows.kernel.PoolScan;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Finds process objects through lists that the system keeps independently of each other. */
final class ProcessSources {

  /** The system has at most 2^24 handles and so fewer processes. */
  private static final int LIMIT = 1 << 20;

  /** Objects' headers and what may stand before them. */
  private static final int MAX_BEFORE_BODY = 0x140;

  /** Windows marks tags of objects in use by the highest bit of the last byte, up to Windows 7. */
  private static final int PROTECTED = 0x8000_0000;

  private static final int PROCESS_TAG = PoolScan.tag("Proc");
  private static final int THREAD_TAG = PoolScan.tag("Thre");

  /** What lists processes. */
  enum Source {
    /** {@code PsActiveProcessHead}, which the system's own tools show. */
    ACTIVE_PROCESS_LINKS("activeProcessLinks"),
    /** The owners of {@code HandleTableListHead}'s tables. */
    HANDLE_TABLE_LIST("handleTableList"),
    /** {@code PspCidTable}, where pids and thread ids are handles. */
    CID_TABLE("cidTable"),
    /** {@code _EPROCESS.SessionProcessLinks}. */
    SESSION("session"),
    /** Blocks of the pool with a process's tag. */
    POOL("pool"),
    /** The owners of threads that were found. */
    THREADS("threads");

    private final String label;

    Source(String label) {
      this.label = label;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  private final Kernel kernel;
  private final ProcessFields fields;
  private final ProcessForm form;
  private final ListWalk lists;
  private final Map<Long, EnumSet<Source>> found = new LinkedHashMap<>();
  private boolean listIsWhole;

  ProcessSources(Kernel kernel, ProcessFields fields, ProcessForm form) {
    this.kernel = kernel;
    this.fields = fields;
    this.form = form;
    lists = new ListWalk(kernel);
  }

  /** The addresses of all processes that any source has. */
  Map<Long, EnumSet<Source>> find() {
    activeProcesses();
    handleTables();
    cidTable();
    pool();
    sessions();
    if (!listIsWhole) {
      linkedOnes();
    }
    return found;
  }

  private boolean add(long process, Source source) {
    if (!form.isProcess(process)) {
      return false;
    }
    found.computeIfAbsent(process, key -> EnumSet.noneOf(Source.class)).add(source);
    return true;
  }

  /** The head of the list stands in the kernel's own data, everything else does not. */
  private void activeProcesses() {
    add(kernel.system(), Source.ACTIVE_PROCESS_LINKS);
    String what = "list of processes";
    // Entered at the head, each direction goes through all processes.
    long first = fields.links.at(kernel.system());
    long head = kernel.pointer(first + kernel.layout().pointerSize());
    long start = kernel.image().contains(head) ? head : first;
    boolean[] refused = {false};
    boolean ended =
        lists.both(
            what,
            start,
            LIMIT,
            entry -> {
              if (kernel.image().contains(entry)) {
                return start == first;
              }
              boolean process =
                  listed(what, entry - fields.links.offset(), Source.ACTIVE_PROCESS_LINKS);
              refused[0] |= !process;
              return process;
            });
    listIsWhole = ended && !refused[0];
  }

  /**
   * Where the list is cut in both directions: the processes that other sources have and whose
   * neighbours in the list point back to them. One that was taken out has no such neighbour.
   */
  private void linkedOnes() {
    int pointer = kernel.layout().pointerSize();
    for (Map.Entry<Long, EnumSet<Source>> each : found.entrySet()) {
      long entry = fields.links.at(each.getKey());
      long next = kernel.pointer(entry);
      long previous = kernel.pointer(entry + pointer);
      if ((isInList(next) && next != entry && kernel.pointer(next + pointer) == entry)
          || (isInList(previous) && previous != entry && kernel.pointer(previous) == entry)) {
        each.getValue().add(Source.ACTIVE_PROCESS_LINKS);
      }
    }
  }

  private boolean isInList(long entry) {
    return kernel.image().contains(entry) || found.containsKey(entry - fields.links.offset());
  }

  private boolean listed(String what, long process, Source source) {
    if (!add(process, source)) {
      kernel.warnings().add("%s: no process at 0x%x".formatted(what, process));
      return false;
    }
    return true;
  }

  private void handleTables() {
    Optional<Field> links = kernel.layout().findField("_HANDLE_TABLE", "HandleTableList");
    Optional<Field> owner = kernel.layout().findField("_HANDLE_TABLE", "QuotaProcess");
    long table = kernel.value(fields.objectTable, kernel.system());
    if (links.isEmpty() || owner.isEmpty() || !kernel.isObject(table)) {
      return;
    }
    // The system's own table is charged to nobody.
    if (kernel.isObject(kernel.pointer(links.get().at(table)))) {
      add(kernel.system(), Source.HANDLE_TABLE_LIST);
    }
    lists.both(
        "list of handle tables",
        links.get().at(table),
        LIMIT,
        entry -> {
          if (!kernel.image().contains(entry)) {
            add(kernel.value(owner, entry - links.get().offset()), Source.HANDLE_TABLE_LIST);
          }
          return true;
        });
  }

  private void cidTable() {
    HandleTables tables = new HandleTables(kernel);
    OptionalLong table = new CidTable(kernel, tables, form).find();
    if (table.isEmpty()) {
      return;
    }
    tables.forEach(
        "table of processes and threads",
        table.getAsLong(),
        (handle, object, entry) -> {
          long body =
              kernel.value(fields.pid, object) == handle ? object : object + form.headerSize();
          if (kernel.value(fields.pid, body) == handle && add(body, Source.CID_TABLE)) {
            return true;
          }
          for (long each : new long[] {object, object + form.headerSize()}) {
            if (form.isThread(each)) {
              owner(each);
              break;
            }
          }
          return true;
        });
  }

  private void owner(long thread) {
    Optional<Field> process =
        kernel
            .layout()
            .findField("_KTHREAD", "Process")
            .or(() -> kernel.layout().findField("_KTHREAD", "ApcState.Process"));
    long object = kernel.value(process, thread);
    if (process.isPresent() && form.isProcess(object)) {
      add(object, Source.THREADS);
    }
  }

  private void pool() {
    new PoolScan(kernel)
        .forEach(
            Set.of(PROCESS_TAG, PROCESS_TAG | PROTECTED, THREAD_TAG, THREAD_TAG | PROTECTED),
            this::block);
  }

  private void block(long header) {
    int tag = kernel.memory().getInt(header + 4, 0) & ~PROTECTED;
    int step = 2 * kernel.layout().pointerSize();
    for (int i = step + form.headerSize(); i <= MAX_BEFORE_BODY; i += step) {
      long body = header + i;
      if (kernel.pointer(body - form.headerSize()) <= 0) {
        continue;
      }
      if (tag == PROCESS_TAG && form.isProcess(body) && form.isOfProcessType(body)) {
        add(body, Source.POOL);
        return;
      }
      if (tag == THREAD_TAG && form.isThread(body)) {
        owner(body);
        return;
      }
    }
  }

  private void sessions() {
    if (fields.sessionLinks.isEmpty() || fields.session.isEmpty()) {
      return;
    }
    for (long process : Set.copyOf(found.keySet())) {
      if (kernel.value(fields.session, process) != 0) {
        session(process);
      }
    }
  }

  private void session(long process) {
    Field links = fields.sessionLinks.orElseThrow();
    EnumSet<Source> sources = found.get(process);
    if (sources.contains(Source.SESSION) || kernel.pointer(links.at(process)) == 0) {
      return;
    }
    // The list's head is in session space, which another process may not map: both directions.
    lists.both(
        "list of a session's processes",
        links.at(process),
        LIMIT,
        entry -> add(entry - links.offset(), Source.SESSION));
  }
}
