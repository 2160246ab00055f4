package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.ControlGroupPath;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.OpenFiles;
import io.nestwalk.linux.kernel.TreeWalk;
import io.nestwalk.system.BpfHolder;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongPredicate;

/** Everything but the lists of numbers that leads to programs and maps of BPF. */
final class BpfPlaces {

  private static final int MAX_GROUPS = 1 << 16;

  /** Ways that groups may have programs: enum cgroup_bpf_attach_type has some forty. */
  private static final int MAX_WAYS = 1 << 6;

  /** Of all groups together; as all bounds here, since lists may lie. */
  private static final int MAX_PROGRAMS_OF_GROUPS = 1 << 18;

  private static final int MAX_DEVICES = 1 << 16;

  /** Of a device: enum bpf_xdp_mode has three. */
  private static final int MAX_STATES = 1 << 3;

  private static final int MAX_FILE_SYSTEMS = 1 << 12;
  private static final int MAX_ENTRIES = 1 << 18;
  private static final int MAX_OBJECTS = 1 << 16;

  /** Room for texts that tell where programs are, in characters. */
  private static final long MAX_TEXT = 1 << 24;

  /** What a place takes beside its text. */
  private static final int PLACE = 1 << 6;

  private final Kernel kernel;
  private final KernelTypes types;
  private final BpfLinks links;
  private final ListWalk lists;
  private final Map<Long, Set<Attachment>> attachments = new LinkedHashMap<>();
  private final Map<Long, Set<String>> sources = new LinkedHashMap<>();
  private final Map<Long, List<BpfHolder>> holders = new LinkedHashMap<>();
  private final Map<Long, List<String>> pins = new LinkedHashMap<>();
  private final Set<Long> linksSeen = new HashSet<>();
  private final Set<Long> maps = new HashSet<>();
  private final Set<String> missing = new LinkedHashSet<>();
  private long room = MAX_TEXT;

  BpfPlaces(Kernel kernel) {
    this.kernel = kernel;
    types = kernel.types();
    links = new BpfLinks(kernel);
    lists = new ListWalk(kernel);
  }

  /** Programs that are led to, each with the kinds of places that lead to it. */
  Map<Long, Set<String>> sources() {
    return sources;
  }

  /** Maps that descriptors or paths lead to. */
  Set<Long> maps() {
    return maps;
  }

  List<Attachment> attachmentsOf(long program) {
    return List.copyOf(attachments.getOrDefault(program, Set.of()));
  }

  List<BpfHolder> holdersOf(long object) {
    return holders.getOrDefault(object, List.of());
  }

  List<String> pinsOf(long object) {
    return pins.getOrDefault(object, List.of());
  }

  /** What could not be looked at. */
  Set<String> missing() {
    return missing;
  }

  /** A link, from whatever list. */
  void link(long link) {
    long program = links.programOf(link);
    if (kernel.isReadable(program) && linksSeen.add(link)) {
      attached(program, "links", links.describe(link));
    }
  }

  private void attached(long program, String source, Attachment attachment) {
    found(program, source);
    if (hasRoom(attachment.target())) {
      attachments.computeIfAbsent(program, _ -> new LinkedHashSet<>()).add(attachment);
    }
  }

  private void found(long program, String source) {
    Set<String> known = sources.get(program);
    if (known != null) {
      known.add(source);
    } else if (sources.size() < MAX_OBJECTS) {
      sources.put(program, new TreeSet<>(Set.of(source)));
    } else {
      missing.add("programs: more than %d are led to".formatted(MAX_OBJECTS));
    }
  }

  private void foundMap(long map) {
    if (maps.size() < MAX_OBJECTS) {
      maps.add(map);
    } else if (!maps.contains(map)) {
      missing.add("maps: more than %d are led to".formatted(MAX_OBJECTS));
    }
  }

  private void pin(long object, String path) {
    if (hasRoom(path)) {
      pins.computeIfAbsent(object, _ -> new ArrayList<>()).add(path);
    }
  }

  private boolean hasRoom(String text) {
    room -= PLACE + text.length();
    if (room < 0) {
      missing.add("places of programs and maps: too many of them");
    }
    return room >= 0;
  }

  /** Descriptors of programs, maps, links and perf events. */
  void descriptors(Collection<GuestProcess> processes, OpenFiles files) {
    Optional<Field> operations = types.findField("file", "f_op");
    Optional<Field> data = types.findField("file", "private_data");
    OptionalLong ofProgram = kernel.symbols().address("bpf_prog_fops");
    OptionalLong ofMap = kernel.symbols().address("bpf_map_fops");
    OptionalLong ofLink = kernel.symbols().address("bpf_link_fops");
    OptionalLong ofEvent = kernel.symbols().address("perf_fops");
    if (operations.isEmpty() || data.isEmpty() || ofProgram.isEmpty()) {
      missing.add("descriptors of programs: the kernel has no symbol bpf_prog_fops");
      return;
    }
    for (GuestProcess process : processes) {
      files.forEach(
          process.object(),
          (descriptor, file) -> {
            long table = kernel.value(operations.get(), file);
            long object = kernel.value(data.get(), file);
            if (!kernel.isReadable(object)) {
              return;
            }
            if (ofProgram.getAsLong() == table) {
              found(object, "descriptors");
              hold(object, process, descriptor);
            } else if (ofMap.isPresent() && ofMap.getAsLong() == table) {
              foundMap(object);
              hold(object, process, descriptor);
            } else if (ofLink.isPresent() && ofLink.getAsLong() == table) {
              link(object);
            } else if (ofEvent.isPresent() && ofEvent.getAsLong() == table) {
              event(object);
            }
          });
    }
  }

  private void hold(long object, GuestProcess process, int descriptor) {
    if (hasRoom("")) {
      holders
          .computeIfAbsent(object, _ -> new ArrayList<>())
          .add(new BpfHolder(process.pid(), process.name(), descriptor));
    }
  }

  private void event(long event) {
    Optional<Field> field = types.findField("perf_event", "prog");
    long program = field.isPresent() ? kernel.value(field.get(), event) : 0;
    if (kernel.isReadable(program)) {
      attached(program, "events", links.perfEvent(event));
    }
  }

  /** Filters of sockets: struct sk_filter. */
  void sockets(Collection<GuestSocket> sockets) {
    Optional<Field> filter = types.findField("sock", "sk_filter");
    Optional<Field> program = types.findField("sk_filter", "prog");
    if (filter.isEmpty() || program.isEmpty()) {
      missing.add("filters of sockets: the kernel does not tell where they stand");
      return;
    }
    for (GuestSocket socket : sockets) {
      long at = kernel.value(filter.get(), socket.object());
      long filtered = kernel.isReadable(at) ? kernel.value(program.get(), at) : 0;
      if (kernel.isReadable(filtered)) {
        attached(
            filtered,
            "sockets",
            new Attachment(
                "socket",
                socket.protocol()
                    + (socket.inode().isPresent()
                        ? " socket:[%d]".formatted(socket.inode().getAsLong())
                        : " 0x%x".formatted(socket.object()))));
      }
    }
  }

  /** Programs of control groups, down from the root of the unified hierarchy. */
  void controlGroups() {
    OptionalLong hierarchy = kernel.symbols().address("cgrp_dfl_root");
    Optional<Field> root = types.findField("cgroup_root", "cgrp");
    Optional<Field> programs = types.findField("cgroup", "bpf.progs");
    Optional<StructLayout> entry = types.find("bpf_prog_list");
    if (hierarchy.isEmpty() || root.isEmpty() || programs.isEmpty() || entry.isEmpty()) {
      missing.add("programs of control groups: the kernel does not tell where they stand");
      return;
    }
    Field children = types.field("cgroup", "self.children");
    Field sibling = types.field("cgroup_subsys_state", "sibling");
    Field self = types.field("cgroup", "self");
    ControlGroupPath paths = new ControlGroupPath(kernel);
    TreeWalk groups = new TreeWalk(MAX_GROUPS);
    int[] left = {MAX_PROGRAMS_OF_GROUPS};
    boolean[] whole = {true};
    groups.from(
        root.get().at(hierarchy.getAsLong()),
        (group, below) -> {
          Set<Long> own = new LinkedHashSet<>();
          for (int i = 0; i < Math.min(programs.get().count(), MAX_WAYS); i++) {
            whole[0] &= programsOf(programs.get(), group, i, entry.get(), own, left);
          }
          if (!own.isEmpty()) {
            String path = paths.of(group).orElse("control group 0x%x".formatted(group));
            own.forEach(each -> attached(each, "cgroups", new Attachment("cgroup", path)));
          }
          whole[0] &=
              lists.circular(
                  "control groups",
                  children.at(group),
                  MAX_GROUPS,
                  node -> below.test(node - sibling.offset() - self.offset()));
        });
    if (!groups.isComplete()) {
      missing.add("programs of control groups: cut off after %d groups".formatted(MAX_GROUPS));
    }
    if (left[0] <= 0) {
      missing.add("programs of control groups: too many of them");
    }
    if (!whole[0]) {
      missing.add("programs of control groups: a list of them can't be followed");
    }
  }

  /**
   * A list of two pointers, since 6.0 one that ends with 0.
   *
   * @param own takes the programs
   * @return false where the list can't be followed
   */
  private boolean programsOf(
      Field programs, long group, int way, StructLayout entry, Set<Long> own, int[] left) {
    Field program = entry.field("prog");
    Field link = entry.field("node");
    long head = programs.at(group, way);
    String what = "programs of a group";
    LongPredicate visitor =
        node -> {
          long each = kernel.value(program, node - link.offset());
          if (kernel.isReadable(each)) {
            own.add(each);
          }
          return --left[0] > 0;
        };
    return programs.stride() > types.pointerSize()
        ? lists.circular(what, head, MAX_PROGRAMS_OF_GROUPS, visitor)
        : lists.ending(what, head, MAX_PROGRAMS_OF_GROUPS, visitor);
  }

  /**
   * Programs of network devices, whether or not links tie them: struct bpf_xdp_entity, and what
   * traffic control runs.
   *
   * @param modules the types of a loaded module, by its name
   */
  void devices(Collection<Long> namespaces, Function<String, Optional<KernelTypes>> modules) {
    Optional<Field> list = types.findField("net", "dev_base_head");
    Optional<Field> node = types.findField("net_device", "dev_list");
    if (list.isEmpty() || node.isEmpty()) {
      missing.add("programs of network devices: the kernel does not tell where they stand");
      return;
    }
    TrafficWalk walk =
        new TrafficWalk(
            kernel,
            modules,
            missing,
            (attachment, own) ->
                attached(own, attachment.kind().equals("tc") ? "filters" : "devices", attachment));
    TrafficControl control = new TrafficControl(walk);
    TrafficActions actions = new TrafficActions(walk);
    int[] left = {MAX_DEVICES};
    boolean whole = true;
    for (long net : namespaces) {
      whole &=
          lists.circular(
              "network devices",
              list.get().at(net),
              MAX_DEVICES,
              each -> {
                long device = each - node.get().offset();
                String name = links.deviceName(device);
                early(device, name);
                control.device(device, name);
                return --left[0] > 0;
              });
      actions.of(net);
    }
    if (!whole || left[0] <= 0) {
      missing.add("programs of network devices: a list of devices can't be followed to its end");
    }
  }

  /** What sees packets before there is a buffer for them: XDP. */
  private void early(long device, String name) {
    Optional<Field> states = types.findField("net_device", "xdp_state");
    Optional<Field> program = types.findField("bpf_xdp_entity", "prog");
    if (states.isEmpty() || program.isEmpty()) {
      missing.add("programs of XDP: the kernel does not tell where they stand");
      return;
    }
    for (int i = 0; i < Math.min(states.get().count(), MAX_STATES); i++) {
      long own = kernel.value(program.get(), states.get().at(device, i));
      if (kernel.isReadable(own)) {
        attached(own, "devices", new Attachment("xdp", name));
      }
    }
  }

  /**
   * Objects that have a path: inodes of file systems of BPF (kernel/bpf/inode.c).
   *
   * @param points where a file system is mounted, by its super block
   */
  void paths(Map<Long, String> points, FilePaths paths) {
    OptionalLong type = kernel.symbols().address("bpf_fs_type");
    Optional<Field> systems = types.findField("file_system_type", "fs_supers");
    Optional<Field> instance = types.findField("super_block", "s_instances");
    Optional<Field> root = types.findField("super_block", "s_root");
    if (type.isEmpty() || systems.isEmpty() || instance.isEmpty() || root.isEmpty()) {
      missing.add("paths of programs: the kernel has no symbol bpf_fs_type");
      return;
    }
    TreeWalk entries = new TreeWalk(MAX_ENTRIES);
    boolean[] whole = {true};
    whole[0] &=
        lists.ending(
            "file systems of BPF",
            systems.get().at(type.getAsLong()),
            MAX_FILE_SYSTEMS,
            node -> {
              long system = node - instance.get().offset();
              String point = points.getOrDefault(system, "");
              long top = kernel.value(root.get(), system);
              whole[0] &= entries(entries, top, point.equals("/") ? "" : point, paths);
              return true;
            });
    if (!entries.isComplete()) {
      missing.add("paths of programs: cut off after %d entries".formatted(MAX_ENTRIES));
    }
    if (!whole[0]) {
      missing.add("paths of programs: a list of entries can't be followed");
    }
  }

  /** Whether all lists could be followed. */
  private boolean entries(TreeWalk tree, long top, String point, FilePaths paths) {
    OptionalLong ofProgram = kernel.symbols().address("bpf_prog_iops");
    OptionalLong ofMap = kernel.symbols().address("bpf_map_iops");
    OptionalLong ofLink = kernel.symbols().address("bpf_link_iops");
    Field inode = types.field("dentry", "d_inode");
    Field operations = types.field("inode", "i_op");
    Field data = types.field("inode", "i_private");
    // 6.8 made the list of children one that ends with 0.
    Optional<Field> ending = types.findField("dentry", "d_children");
    Field below = ending.orElseGet(() -> types.field("dentry", "d_subdirs"));
    Field link = types.field("dentry", ending.isPresent() ? "d_sib" : "d_child");
    String what = "entries of a file system of BPF";
    boolean[] whole = {true};
    tree.from(
        top,
        (entry, children) -> {
          if (!kernel.isReadable(entry)) {
            whole[0] = false;
            return;
          }
          long node = kernel.value(inode, entry);
          long table = kernel.isReadable(node) ? kernel.value(operations, node) : 0;
          long object = table == 0 ? 0 : kernel.value(data, node);
          if (kernel.isReadable(object)) {
            if (isAt(ofProgram, table)) {
              found(object, "paths");
              pin(object, point + paths.withinFileSystem(entry));
            } else if (isAt(ofMap, table)) {
              foundMap(object);
              pin(object, point + paths.withinFileSystem(entry));
            } else if (isAt(ofLink, table)) {
              link(object);
              pin(links.programOf(object), point + paths.withinFileSystem(entry));
            }
          }
          LongPredicate child = each -> children.test(each - link.offset());
          whole[0] &=
              ending.isPresent()
                  ? lists.ending(what, below.at(entry), MAX_ENTRIES, child)
                  : lists.circular(what, below.at(entry), MAX_ENTRIES, child);
        });
    return whole[0];
  }

  private static boolean isAt(OptionalLong symbol, long address) {
    return symbol.isPresent() && symbol.getAsLong() == address;
  }
}
