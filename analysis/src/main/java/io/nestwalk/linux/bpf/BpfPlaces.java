package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.ControlGroupPath;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.OpenFiles;
import io.nestwalk.system.BpfHolder;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;

/** Everything but the lists of numbers that leads to programs and maps of BPF. */
final class BpfPlaces {

  private static final int MAX_GROUPS = 1 << 16;
  private static final int MAX_PROGRAMS_OF_GROUP = 1 << 8;
  private static final int MAX_DEVICES = 1 << 14;
  private static final int MAX_FILE_SYSTEMS = 1 << 12;
  private static final int MAX_ENTRIES = 1 << 18;

  private final Kernel kernel;
  private final KernelTypes types;
  private final BpfLinks links;
  private final Map<Long, List<Attachment>> attachments = new LinkedHashMap<>();
  private final Map<Long, Set<String>> sources = new LinkedHashMap<>();
  private final Map<Long, List<BpfHolder>> holders = new LinkedHashMap<>();
  private final Map<Long, List<String>> pins = new LinkedHashMap<>();
  private final Set<Long> linksSeen = new HashSet<>();
  private final Set<Long> maps = new HashSet<>();
  private final List<String> missing = new ArrayList<>();

  BpfPlaces(Kernel kernel) {
    this.kernel = kernel;
    types = kernel.types();
    links = new BpfLinks(kernel);
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
    return attachments.getOrDefault(program, List.of());
  }

  List<BpfHolder> holdersOf(long object) {
    return holders.getOrDefault(object, List.of());
  }

  List<String> pinsOf(long object) {
    return pins.getOrDefault(object, List.of());
  }

  /** What could not be looked at. */
  List<String> missing() {
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
    sources.computeIfAbsent(program, _ -> new TreeSet<>()).add(source);
    List<Attachment> own = attachments.computeIfAbsent(program, _ -> new ArrayList<>());
    if (!own.contains(attachment)) {
      own.add(attachment);
    }
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
              sources.computeIfAbsent(object, _ -> new TreeSet<>()).add("descriptors");
              hold(object, process, descriptor);
            } else if (ofMap.isPresent() && ofMap.getAsLong() == table) {
              maps.add(object);
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
    holders
        .computeIfAbsent(object, _ -> new ArrayList<>())
        .add(new BpfHolder(process.pid(), process.name(), descriptor));
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
    Set<Long> seen = new HashSet<>();
    Deque<Long> open = new ArrayDeque<>();
    open.add(root.get().at(hierarchy.getAsLong()));
    while (!open.isEmpty() && seen.size() < MAX_GROUPS) {
      long group = open.poll();
      if (!seen.add(group)) {
        continue;
      }
      for (int i = 0; i < programs.get().count(); i++) {
        programsOf(programs.get().at(group, i), programs.get().stride(), entry.get(), group, paths);
      }
      new ListWalk(kernel)
          .circular(
              "control groups",
              children.at(group),
              MAX_GROUPS,
              node -> open.add(node - sibling.offset() - self.offset()));
    }
    if (!open.isEmpty()) {
      missing.add("programs of control groups: cut off after %d groups".formatted(seen.size()));
    }
  }

  /** A list of two pointers, since 6.0 one that ends with 0. */
  private void programsOf(
      long head, int width, StructLayout entry, long group, ControlGroupPath paths) {
    Field program = entry.field("prog");
    Field link = entry.field("node");
    LongPredicate visitor =
        node -> {
          long own = kernel.value(program, node - link.offset());
          if (kernel.isReadable(own)) {
            attached(
                own,
                "cgroups",
                new Attachment(
                    "cgroup", paths.of(group).orElse("control group 0x%x".formatted(group))));
          }
          return true;
        };
    if (width > types.pointerSize()) {
      new ListWalk(kernel).circular("programs of a group", head, MAX_PROGRAMS_OF_GROUP, visitor);
    } else {
      ending("programs of a group", head, MAX_PROGRAMS_OF_GROUP, visitor);
    }
  }

  private void ending(String what, long head, int limit, LongPredicate visitor) {
    long node = kernel.pointer(head);
    for (int i = 0; node != 0; i++) {
      if (!kernel.isReadable(node) || i >= limit) {
        kernel.warnings().add("%s: cut off at 0x%x".formatted(what, node));
        return;
      }
      if (!visitor.test(node)) {
        return;
      }
      node = kernel.pointer(node);
    }
  }

  /** Programs of network devices that no link ties: struct bpf_xdp_entity. */
  void devices(Collection<Long> namespaces) {
    Optional<Field> list = types.findField("net", "dev_base_head");
    Optional<Field> node = types.findField("net_device", "dev_list");
    Optional<Field> states = types.findField("net_device", "xdp_state");
    Optional<Field> program = types.findField("bpf_xdp_entity", "prog");
    if (list.isEmpty() || node.isEmpty() || states.isEmpty() || program.isEmpty()) {
      missing.add("programs of network devices: the kernel does not tell where they stand");
      return;
    }
    for (long net : namespaces) {
      new ListWalk(kernel)
          .circular(
              "network devices",
              list.get().at(net),
              MAX_DEVICES,
              each -> {
                long device = each - node.get().offset();
                for (int i = 0; i < states.get().count(); i++) {
                  long own = kernel.value(program.get(), states.get().at(device, i));
                  if (kernel.isReadable(own)) {
                    attached(own, "devices", new Attachment("xdp", links.deviceName(device)));
                  }
                }
                return true;
              });
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
    ending(
        "file systems of BPF",
        systems.get().at(type.getAsLong()),
        MAX_FILE_SYSTEMS,
        node -> {
          long system = node - instance.get().offset();
          String point = points.getOrDefault(system, "");
          entries(kernel.value(root.get(), system), point.equals("/") ? "" : point, paths);
          return true;
        });
  }

  private void entries(long top, String point, FilePaths paths) {
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
    Set<Long> seen = new HashSet<>();
    Deque<Long> open = new ArrayDeque<>(List.of(top));
    while (!open.isEmpty() && seen.size() < MAX_ENTRIES) {
      long entry = open.poll();
      if (!kernel.isReadable(entry) || !seen.add(entry)) {
        continue;
      }
      long node = kernel.value(inode, entry);
      long table = kernel.isReadable(node) ? kernel.value(operations, node) : 0;
      long object = table == 0 ? 0 : kernel.value(data, node);
      String path = point + paths.withinFileSystem(entry);
      if (kernel.isReadable(object)) {
        if (isAt(ofProgram, table)) {
          sources.computeIfAbsent(object, _ -> new TreeSet<>()).add("paths");
          pins.computeIfAbsent(object, _ -> new ArrayList<>()).add(path);
        } else if (isAt(ofMap, table)) {
          maps.add(object);
          pins.computeIfAbsent(object, _ -> new ArrayList<>()).add(path);
        } else if (isAt(ofLink, table)) {
          link(object);
          pins.computeIfAbsent(links.programOf(object), _ -> new ArrayList<>()).add(path);
        }
      }
      LongPredicate child = each -> open.add(each - link.offset());
      if (ending.isPresent()) {
        ending("entries of a file system of BPF", below.at(entry), MAX_ENTRIES, child);
      } else {
        new ListWalk(kernel)
            .circular("entries of a file system of BPF", below.at(entry), MAX_ENTRIES, child);
      }
    }
  }

  private static boolean isAt(OptionalLong symbol, long address) {
    return symbol.isPresent() && symbol.getAsLong() == address;
  }
}
