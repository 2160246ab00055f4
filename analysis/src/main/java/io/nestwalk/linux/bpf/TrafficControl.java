package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Programs that traffic control runs for the packets of a network device: filters and actions of
 * its queues (net/sched/cls_bpf.c, act_bpf.c) and, since 6.6, what stands before them without a
 * filter (net/core/tcx.c, drivers/net/netkit.c).
 */
final class TrafficControl {

  /** A queue's own data, in bytes: the largest in the kernel has some ten thousand. */
  private static final int MAX_PRIVATE = 1 << 16;

  /** Of the data of all queues, in pointers. */
  private static final int MAX_WORDS = 1 << 22;

  /** Of a hash table of queues or classes. */
  private static final int MAX_BUCKETS = 1 << 16;

  /** Of all such tables: many queues may claim one that is large and empty. */
  private static final int MAX_BUCKETS_OF_ALL = 1 << 22;

  /** BPF_MPROG_MAX, of programs for one direction of a device. */
  private static final int MAX_ENTRIES = 1 << 6;

  /** What the kernel rounds a structure up to before private data: SMP_CACHE_BYTES, at most. */
  private static final int CACHE_LINE = 1 << 6;

  /** NETDEV_ALIGN (include/linux/netdevice.h). */
  private static final int DEVICE_ALIGNMENT = 1 << 5;

  /** Queues whose classes have filters of their own, with what is in which module. */
  private record Classful(
      String module, String queue, String table, String each, String link, String block) {}

  private static final Map<String, Classful> CLASSFUL =
      Map.of(
          "htb",
              new Classful("sch_htb", "htb_sched", "clhash", "htb_class", "common.hnode", "block"),
          "hfsc",
              new Classful(
                  "sch_hfsc", "hfsc_sched", "clhash", "hfsc_class", "cl_common.hnode", "block"));

  /** What a queue of kind "red" has filters for, as tc names it. */
  private static final Map<String, String> EVENTS =
      Map.of("early_drop", "qe_early_drop", "mark", "qe_mark");

  /** Queues whose classes may have filters, and that are not known here. */
  private static final Set<String> UNKNOWN_CLASSES = Set.of("cbq", "atm", "dsmark");

  private final TrafficWalk walk;
  private final Kernel kernel;
  private final KernelTypes types;
  private final TrafficFilters filters;
  private int wordsLeft = MAX_WORDS;
  private int bucketsLeft = MAX_BUCKETS_OF_ALL;

  TrafficControl(TrafficWalk walk) {
    this.walk = walk;
    kernel = walk.kernel;
    types = walk.types;
    filters = new TrafficFilters(walk);
  }

  /** Looks at one {@code struct net_device}. */
  void device(long device, String name) {
    for (String way : List.of("ingress", "egress")) {
      // 6.6 put programs without filters first; the filters are behind them.
      Optional<Field> first = types.findField("net_device", "tcx_" + way);
      Optional<Field> filters = types.findField("net_device", "miniq_" + way);
      String place = name + " " + way;
      if (first.isPresent()) {
        long entry = kernel.value(first.get(), device);
        if (walk.there(place, entry)) {
          walk.part(() -> programs(entry, new Attachment("tcx", place)));
          walk.part(() -> filtersBehind(entry, place));
        }
      } else if (filters.isPresent()) {
        long filtersAt = kernel.value(filters.get(), device);
        walk.part(() -> filters(filtersAt, place));
      } else if (types.findField("net_device", way + "_cl_list").isPresent()) {
        walk.missing.add(
            "filters of %s: those of kernels before 4.15 are not known".formatted(place));
      }
      // A kernel with none of these members is built without such filters.
    }
    walk.part(() -> gate(device, name));
    walk.part(() -> queues(device, name));
    walk.part(() -> pair(device, name));
  }

  /** {@code struct bpf_mprog_entry}: programs in the order in which they run, and then 0. */
  private void programs(long entry, Attachment place) {
    Field items = types.field("bpf_mprog_entry", "fp_items");
    Field program = types.field("bpf_mprog_fp", "prog");
    for (int i = 0; i < Math.min(items.count(), MAX_ENTRIES); i++) {
      long each = kernel.value(program, items.at(entry, i));
      if (!walk.there(place.target(), each)) {
        return;
      }
      walk.found.accept(place, each);
    }
  }

  /** {@code struct tcx_entry} has the bundle that the programs are of, and the filters. */
  private void filtersBehind(long entry, String place) {
    long bundle = kernel.value(types.field("bpf_mprog_entry", "parent"), entry);
    StructLayout layout = types.struct("tcx_entry");
    if (walk.there(place, bundle)) {
      filters(kernel.value(layout.field("miniq"), bundle - layout.field("bundle").offset()), place);
    }
  }

  /** {@code struct mini_Qdisc}: what a packet meets, and the block that it is made from. */
  private void filters(long queue, String place) {
    if (!walk.there(place, queue)) {
      return;
    }
    long first = types.field("mini_Qdisc", "filter_list").at(queue);
    filters.filterList(first, place);
    Optional<Field> block = types.findField("mini_Qdisc", "block");
    if (block.isPresent()) {
      filters.block(kernel.value(block.get(), queue), place);
    }
  }

  /**
   * The queue that holds the filters of both ways: of what packets meet it has more, chains that
   * only other filters lead to.
   */
  private void gate(long device, String name) {
    long queue = kernel.value(types.field("net_device", "ingress_queue"), device);
    if (!walk.there(name, queue)) {
      return;
    }
    long gate = kernel.value(types.field("netdev_queue", "qdisc_sleeping"), queue);
    long operations = walk.there(name, gate) ? kernel.value(types.field("Qdisc", "ops"), gate) : 0;
    if (!walk.there(name, operations)) {
      return;
    }
    long own = dataOf(gate);
    switch (walk.text(types.field("Qdisc_ops", "id"), operations)) {
      case "clsact" -> {
        StructLayout data =
            walk.typesOf("sch_ingress", "clsact_sched_data").struct("clsact_sched_data");
        filters.block(kernel.value(data.field("ingress_block"), own), name + " ingress");
        filters.block(kernel.value(data.field("egress_block"), own), name + " egress");
      }
      case "ingress" -> {
        StructLayout data =
            walk.typesOf("sch_ingress", "ingress_sched_data").struct("ingress_sched_data");
        filters.block(kernel.value(data.field("block"), own), name + " ingress");
      }
      default -> {
        // The queue that stands there when there is none.
      }
    }
  }

  /** Where a queue's own data begin. */
  private long dataOf(long queue) {
    StructLayout layout = types.struct("Qdisc");
    return layout
        .find("privdata")
        .map(field -> field.at(queue))
        .orElse(queue + roundedUp(layout.size(), CACHE_LINE));
  }

  /** Every {@code struct Qdisc} of a device, but for those of which the device knows itself. */
  private void queues(long device, String name) {
    Set<Long> queues = new HashSet<>();
    long root = kernel.value(types.field("net_device", "qdisc"), device);
    if (walk.there(name, root) && queues.add(root)) {
      queue(root, name);
    }
    Field link = types.field("Qdisc", "hash");
    buckets(
        types.field("net_device", "qdisc_hash"),
        device,
        name,
        node -> {
          long queue = node - link.offset();
          if (queues.add(queue)) {
            queue(queue, name);
          }
        });
  }

  private void buckets(Field table, long object, String place, LongConsumer to) {
    int count = table.size() / types.pointerSize();
    for (int i = 0; i < Math.min(count, MAX_BUCKETS); i++) {
      bucket(table.at(object) + (long) i * types.pointerSize(), place, to);
    }
  }

  private void bucket(long head, String place, LongConsumer to) {
    if (--bucketsLeft < 0) {
      walk.missing.add("filters of traffic control: its hash tables are too large in all");
      return;
    }
    walk.told(
        walk.lists.ending(
            "queues of a device",
            head,
            TrafficWalk.MAX_STEPS,
            node -> {
              to.accept(node);
              return walk.step();
            }),
        place);
  }

  /**
   * The blocks of a queue stand somewhere in its own data, of which no common structure tells: they
   * are known by leading back to it.
   */
  private void queue(long queue, String device) {
    StructLayout layout = types.struct("Qdisc");
    long operations = kernel.value(layout.field("ops"), queue);
    if (!walk.there(device, operations)) {
      return;
    }
    String kind = walk.text(types.field("Qdisc_ops", "id"), operations);
    String place =
        "%s %s %x:".formatted(device, kind, kernel.value(layout.field("handle"), queue) >>> 16);
    long size = kernel.value(types.field("Qdisc_ops", "priv_size"), operations);
    long own = dataOf(queue);
    Field back = types.field("tcf_block", "q");
    long at = 0;
    for (; at < Math.min(size, MAX_PRIVATE) && --wordsLeft > 0; at += types.pointerSize()) {
      long block = kernel.pointer(own + at);
      if (block != 0 && kernel.isReadable(block) && kernel.value(back, block) == queue) {
        filters.block(block, place);
      }
    }
    if (at < size || size < 0) {
      walk.missing.add("filters of queues: not all of their data is looked at");
    }
    if (kind.equals("red")) {
      walk.part(() -> events(own, place));
    }
    Classful classes = CLASSFUL.get(kind);
    if (classes != null) {
      walk.part(() -> classes(classes, own, place));
    } else if (UNKNOWN_CLASSES.contains(kind)) {
      walk.missing.add("filters of classes of queues of kind %s are not looked at".formatted(kind));
    }
  }

  /** Since 5.9 such a queue has blocks for packets that it drops or marks; they lead to none. */
  private void events(long queue, String place) {
    KernelTypes own = walk.typesOf("sch_red", "red_sched_data");
    EVENTS.forEach(
        (name, member) ->
            own.findField("red_sched_data", member + ".block")
                .ifPresent(block -> filters.block(kernel.value(block, queue), place + " " + name)));
  }

  /** {@code struct Qdisc_class_hash} of a queue. */
  private void classes(Classful classes, long queue, String place) {
    KernelTypes own = walk.typesOf(classes.module, classes.queue);
    StructLayout table = own.struct("Qdisc_class_hash");
    StructLayout each = own.struct(classes.each);
    Field block = each.field(classes.block);
    Field link = each.field(classes.link);
    Field number = own.field("Qdisc_class_common", "classid");
    long common = (long) link.offset() - own.field("Qdisc_class_common", "hnode").offset();
    long at = own.field(classes.queue, classes.table).at(queue);
    long buckets = kernel.value(table.field("hash"), at);
    long count = kernel.value(table.field("hashsize"), at);
    String device = place.substring(0, place.lastIndexOf(' '));
    if (count > MAX_BUCKETS) {
      walk.missing.add("filters of %s: not all classes are looked at".formatted(place));
    }
    boolean there = walk.there(place, buckets);
    for (long i = 0; there && i < Math.min(count, MAX_BUCKETS) && bucketsLeft >= 0; i++) {
      bucket(
          buckets + i * types.pointerSize(),
          place,
          node -> {
            long one = node - link.offset();
            long id = kernel.value(number, one + common);
            filters.block(
                kernel.value(block, one), "%s %x:%x".formatted(device, id >>> 16, id & 0xffff));
          });
    }
  }

  /** {@code struct netkit}, the private data of a device of that kind. */
  private void pair(long device, String name) {
    long operations = kernel.value(types.field("net_device", "rtnl_link_ops"), device);
    if (!kernel.isReadable(operations)) {
      return;
    }
    long kind = kernel.value(types.field("rtnl_link_ops", "kind"), operations);
    if (!kernel.isReadable(kind) || !kernel.text(kind, TrafficWalk.MAX_NAME).equals("netkit")) {
      return;
    }
    KernelTypes own = walk.typesOf("netkit", "netkit");
    StructLayout layout = types.struct("net_device");
    long data =
        layout
            .find("priv")
            .map(field -> field.at(device))
            .orElse(device + roundedUp(layout.size(), DEVICE_ALIGNMENT));
    long entry = kernel.value(own.field("netkit", "active"), data);
    if (walk.there(name, entry)) {
      // Both programs of a pair are attached through its first device.
      long peer = kernel.value(own.field("netkit", "peer"), data);
      boolean primary = kernel.value(own.field("netkit", "primary"), data) != 0;
      programs(
          entry,
          new Attachment(
              "netkit",
              primary || !walk.there(name, peer)
                  ? name + (primary ? " primary" : " peer")
                  : walk.text(layout.field("name"), peer) + " peer"));
    }
  }

  private static long roundedUp(long size, int unit) {
    return size + unit - 1 & -unit;
  }
}
