package io.nestwalk.bench.grow;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.linux.LinuxSystem;
import io.nestwalk.machine.Machine;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Kind;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Adds processes to the Linux of an image, as if one of its own had forked them and each had then
 * mapped more: own {@code task_struct}, {@code signal_struct}, {@code cred}, {@code struct pid},
 * kernel stack, {@code mm_struct}, mappings in a maple tree and page tables; in the list of tasks,
 * the parent's list of children and the table of pids. The memory of the process that was copied is
 * shared, as after a fork; of the new mappings seven of eight are anonymous, with about every
 * second page present, each a page of the added memory that nothing else maps, and one shows a
 * file's pages.
 *
 * <p>For x86-64 and kernels since 6.1, whose types are told by their BTF.
 */
final class Processes {

  private static final long READ = 1;
  private static final long WRITE = 2;
  private static final int STACK_BYTES = 16 << 10;
  private static final int COMM_BYTES = 16;
  private static final int TREE_SHIFT = 6;
  private static final int NODE_ALIGNMENT = 64;
  private static final long NODE = 2;

  /** Pages of an anonymous mapping: at least so many, and less than so many more. */
  private static final int PAGES = 16;

  private static final int MORE_PAGES = 32;

  /** One of so many new mappings is of a file. */
  private static final int OF_A_FILE = 8;

  /** Mappings that are made are put below this and all that the process has above. */
  private static final long CEILING = 0x7f00_0000_0000L;

  private final Room room;
  private final LinuxSystem linux;
  private final KernelTypes types;
  private final Walker kernelTables;
  private final Walker ownTables;
  private final X86Tables tables;
  private final long direct;
  private final long initTask;
  private final GuestProcess original;
  private final List<GuestMapping> originalMappings;
  private final GuestMapping anonymous;
  private final GuestMapping file;
  private final MapleTrees trees;
  private final Random random = new Random(1);

  /**
   * Prepares a machine: its kernel maps all of the added memory from now on.
   *
   * @throws IllegalArgumentException where it is none that processes can be added to
   */
  Processes(Room room, MemoryImage image, Machine machine) {
    this.room = room;
    if (machine.root().isEmpty() || !machine.root().get().mode().name().startsWith("x86-64")) {
      throw new IllegalArgumentException("processes can be added to a Linux on x86-64 alone");
    }
    kernelTables =
        new Walker(machine.root().get().mode(), machine.root().get().address(), image.memory());
    if (!(LinuxSystem.recognise(image.memory(), List.of(kernelTables)).orElse(null)
        instanceof LinuxSystem recognised)) {
      throw new IllegalArgumentException("processes can be added to a Linux with BTF alone");
    }
    linux = recognised;
    types = linux.types();
    if (types.findField("mm_struct", "mm_mt").isEmpty()) {
      throw new IllegalArgumentException("processes can be added to a Linux since 6.1 alone");
    }
    initTask = linux.facts().object();
    tables = new X86Tables(room, kernelTables.mode().levels().size());
    original =
        linux.processes().stream()
            .filter(each -> isPlain(each))
            .min(Comparator.comparingInt(each -> linux.mappings(each).size()))
            .orElseThrow(() -> new IllegalArgumentException("no process that could be copied"));
    originalMappings = linux.mappings(original);
    ownTables = new Walker(kernelTables.mode(), original.root().getAsLong(), image.memory());
    anonymous = mapping(Kind.STACK);
    file = mapping(Kind.FILE);
    direct = original.object() - Translation.address(kernelTables.translate(original.object()));
    tables.mapDirect(kernelTables.root(), direct);
    trees = new MapleTrees(room, types, direct);
  }

  private boolean isPlain(GuestProcess process) {
    return !process.kernelThread()
        && process.pid() > 1
        && process.root().isPresent()
        && process.threads().orElse(0) == 1
        && linux.mappings(process).stream().anyMatch(each -> isPresent(each, Kind.STACK))
        && linux.mappings(process).stream().anyMatch(each -> isPresent(each, Kind.FILE));
  }

  private static boolean isPresent(GuestMapping mapping, Kind kind) {
    return mapping.kind() == kind && mapping.presentBytes() > 0;
  }

  /** The mapping of a kind that has most pages. */
  private GuestMapping mapping(Kind kind) {
    return originalMappings.stream()
        .filter(each -> each.kind() == kind)
        .max(Comparator.comparingLong(GuestMapping::presentBytes))
        .orElseThrow();
  }

  /** Adds {@code count} processes with {@code mappings} mappings each. */
  void add(int count, int mappings) {
    if (mappings < originalMappings.size()) {
      throw new IllegalArgumentException(
          "the process that is copied has %d mappings already".formatted(originalMappings.size()));
    }
    int pid = linux.processes().stream().mapToInt(GuestProcess::pid).max().orElseThrow();
    for (int i = 0; i < count; i++) {
      addTask(++pid, i, addSpace(mappings));
    }
  }

  private void addTask(int pid, int number, long mm) {
    long old = original.object();
    long task = copy("task_struct", old, 0);
    put("task_struct", "pid", task, pid);
    put("task_struct", "tgid", task, pid);
    put("task_struct", "mm", task, mm);
    put("task_struct", "active_mm", task, mm);
    put("task_struct", "group_leader", task, task);
    byte[] name = "job%05d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    room.put(physical(field("task_struct", "comm").at(task)), Arrays.copyOf(name, COMM_BYTES));
    Field started = types.struct("task_struct").firstOf("start_boottime", "start_time");
    write(started.at(task), read(started.at(task)) + number * 1_000_000L);
    copyStack(task, old);
    long credentials = copy("cred", read(field("task_struct", "real_cred").at(old)), 0);
    put("task_struct", "real_cred", task, credentials);
    put("task_struct", "cred", task, credentials);
    long signal = copy("signal_struct", read(field("task_struct", "signal").at(old)), 0);
    put("task_struct", "signal", task, signal);
    long thread = field("task_struct", "thread_node").at(task);
    long threads = field("signal_struct", "thread_head").at(signal);
    empty(threads);
    append(threads, thread);
    empty(field("task_struct", "children").at(task));
    append(field("task_struct", "tasks").at(initTask), field("task_struct", "tasks").at(task));
    long parent = read(field("task_struct", "real_parent").at(old));
    append(field("task_struct", "children").at(parent), field("task_struct", "sibling").at(task));
    if (types.findField("mm_struct", "owner").isPresent()) {
      put("mm_struct", "owner", mm, task);
    }
    addPid(pid, task, signal);
  }

  private void copyStack(long task, long old) {
    long oldStack = read(field("task_struct", "stack").at(old));
    long stack = room.take(STACK_BYTES, STACK_BYTES);
    room.put(stack, linux.kernelMemory().readBytes(oldStack, STACK_BYTES));
    put("task_struct", "stack", task, stack + direct);
    Field pointer = field("task_struct", "thread.sp");
    write(pointer.at(task), read(pointer.at(old)) - oldStack + stack + direct);
  }

  /** A {@code struct pid} that leads to the task, in the table of pids. */
  private void addPid(int pid, long task, long signal) {
    long old = read(field("task_struct", "thread_pid").at(original.object()));
    long made = copy("pid", old, types.struct("upid").size());
    Field number = field("upid", "nr");
    room.put(physical(field("pid", "numbers").at(made) + number.offset()), pid, number.size());
    Field heads = field("pid", "tasks");
    Field links = field("task_struct", "pid_links");
    for (int kind = 0; kind < heads.count(); kind++) {
      // Of the process group and the session it is no leader; their lists keep out of it.
      boolean leads = kind < 2;
      write(heads.at(made, kind), leads ? links.at(task, kind) : 0);
      write(links.at(task, kind), 0);
      write(links.at(task, kind) + Long.BYTES, leads ? heads.at(made, kind) : 0);
    }
    put("task_struct", "thread_pid", task, made);
    Field ofGroup = field("signal_struct", "pids");
    write(ofGroup.at(signal, 1), made);
    long proxy = read(field("task_struct", "nsproxy").at(initTask));
    long namespace = read(field("nsproxy", "pid_ns_for_children").at(proxy));
    store(field("pid_namespace", "idr").at(namespace), pid, made);
  }

  /** Stores an entry in a {@code struct xarray}, which gets higher where it has to. */
  private void store(long tree, long index, long value) {
    Field top = field("xarray", "xa_head");
    Field slots = field("xa_node", "slots");
    long head = read(top.at(tree));
    if ((head & 3) != NODE) {
      throw new IllegalArgumentException("the table of pids is too small to be one");
    }
    while (index >>> (shift(head) + TREE_SHIFT) != 0) {
      long higher = node(shift(head) + TREE_SHIFT);
      write(slots.at(higher - NODE, 0), head);
      put("xa_node", "parent", head - NODE, higher - NODE);
      head = higher;
      write(top.at(tree), head);
    }
    while (true) {
      int shift = shift(head);
      long slot = slots.at(head - NODE, (index >>> shift) & ((1 << TREE_SHIFT) - 1));
      if (shift == 0) {
        write(slot, value);
        return;
      }
      if (read(slot) == 0) {
        long lower = node(shift - TREE_SHIFT);
        put("xa_node", "parent", lower - NODE, head - NODE);
        write(slot, lower);
      }
      head = read(slot);
    }
  }

  private int shift(long node) {
    return room.getInt(physical(field("xa_node", "shift").at(node - NODE))) & 0xff;
  }

  private long node(int shift) {
    long node = room.take(types.struct("xa_node").size(), NODE_ALIGNMENT) + direct;
    put("xa_node", "shift", node, shift);
    return node + NODE;
  }

  /** An {@code mm_struct} with the mappings and page tables of a process. */
  private long addSpace(int mappings) {
    long mm = copy("mm_struct", read(field("task_struct", "mm").at(original.object())), 0);
    boolean isolated = original.userRoot().isPresent();
    long root = tables.copy(original.root().getAsLong(), isolated);
    List<MapleTrees.Area> areas = new ArrayList<>();
    for (GuestMapping mapping : originalMappings) {
      areas.add(area(mm, mapping, mapping.start(), mapping.end()));
    }
    long end = CEILING;
    for (GuestMapping mapping : originalMappings) {
      end = mapping.end() > CEILING - (1L << 40) ? Math.min(end, mapping.start()) : end;
    }
    for (int i = originalMappings.size(); i < mappings; i++) {
      boolean ofFile = i % OF_A_FILE == 0;
      int pages = PAGES + random.nextInt(MORE_PAGES);
      long bytes = ofFile ? file.end() - file.start() : (long) pages * Room.PAGE;
      long start = end - bytes;
      if (ofFile) {
        areas.add(area(mm, file, start, end));
        mapFile(root, start);
      } else {
        areas.add(anonymousArea(mm, start, end, i % 2 == 0));
        mapPages(root, start, end);
      }
      end = start;
    }
    if (isolated) {
      tables.copyUserHalf(original.userRoot().getAsLong(), root);
    }
    areas.sort(Comparator.comparingLong(MapleTrees.Area::start));
    write(field("mm_struct", "mm_mt.ma_root").at(mm), trees.write(areas));
    put("mm_struct", "pgd", mm, root + direct);
    put("mm_struct", "map_count", mm, mappings);
    return mm;
  }

  private MapleTrees.Area area(long mm, GuestMapping like, long start, long end) {
    long area = copy("vm_area_struct", like.object(), 0);
    put("vm_area_struct", "vm_mm", area, mm);
    put("vm_area_struct", "vm_start", area, start);
    put("vm_area_struct", "vm_end", area, end);
    return new MapleTrees.Area(start, end, area);
  }

  private MapleTrees.Area anonymousArea(long mm, long start, long end, boolean writable) {
    MapleTrees.Area area = area(mm, anonymous, start, end);
    put("vm_area_struct", "vm_pgoff", area.object(), start / Room.PAGE);
    put("vm_area_struct", "vm_flags", area.object(), writable ? READ | WRITE : READ);
    return area;
  }

  private void mapPages(long root, long start, long end) {
    for (long address = start; address < end; address += Room.PAGE) {
      if (random.nextBoolean()) {
        tables.map(root, address, room.takeAsIs(Room.PAGE, Room.PAGE), true);
      }
    }
  }

  /** Maps what the original has of the file. */
  private void mapFile(long root, long start) {
    for (long at = file.start(); at < file.end(); at += Room.PAGE) {
      long translation = ownTables.translate(at);
      if (!Translation.isFault(translation)) {
        tables.map(root, start + at - file.start(), Translation.address(translation), false);
      }
    }
  }

  private void empty(long list) {
    write(list, list);
    write(list + Long.BYTES, list);
  }

  /** list_add_tail. */
  private void append(long list, long node) {
    long last = read(list + Long.BYTES);
    write(node, list);
    write(node + Long.BYTES, last);
    write(last, node);
    write(list + Long.BYTES, node);
  }

  /** A copy of a kernel's object, which may be longer than its type says. */
  private long copy(String type, long object, int more) {
    int bytes = types.struct(type).size() + more;
    long made = room.take(bytes, NODE_ALIGNMENT);
    room.put(made, linux.kernelMemory().readBytes(object, bytes));
    return made + direct;
  }

  private Field field(String type, String path) {
    return types.field(type, path);
  }

  private void put(String type, String path, long object, long value) {
    Field field = field(type, path);
    room.put(physical(field.at(object)), value, field.stride());
  }

  private long read(long address) {
    return room.getLong(physical(address));
  }

  private void write(long address, long value) {
    room.putLong(physical(address), value);
  }

  private long physical(long address) {
    long inDirect = address - direct;
    if (inDirect >= room.start() && inDirect < room.end()) {
      return inDirect;
    }
    long translation = kernelTables.translate(address);
    if (Translation.isFault(translation)) {
      throw new IllegalArgumentException("the image lacks what is at 0x%x".formatted(address));
    }
    return Translation.address(translation);
  }
}
