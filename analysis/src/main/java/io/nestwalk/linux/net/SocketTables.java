package io.nestwalk.linux.net;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The tables in which the kernel's protocols look their sockets up, so that sockets are seen which
 * no process has: those that close, and those of a process that was hidden.
 */
public final class SocketTables {

  /** More buckets than any table has: tcp's largest is 2^19. */
  private static final int MAX_BUCKETS = 1 << 20;

  /** UNIX_HASH_SIZE: 256 for paths and as many for abstract names. */
  private static final int UNIX_BUCKETS = 1 << 9;

  /** MAX_LINKS: protocols of netlink. */
  private static final int NETLINK_PROTOCOLS = 32;

  private static final int MAX_SOCKETS = 1 << 20;
  private static final int MAX_CHAIN = 1 << 16;
  private static final int MAX_NAMESPACES = 1 << 14;

  private final Kernel kernel;
  private final KernelTypes types;
  private final SocketReader reader;
  private final Map<Long, GuestSocket> found = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();

  private SocketTables(Kernel kernel, SocketReader reader) {
    this.kernel = kernel;
    this.reader = reader;
    types = kernel.types();
  }

  /**
   * What the tables hold.
   *
   * @param sockets in the order of the tables
   * @param missing tables that could not be looked at, a reason each
   */
  public record Content(List<GuestSocket> sockets, List<String> missing) {}

  /**
   * Walks every table that is known of.
   *
   * @param initTask the first task, whose network is the machine's own
   */
  public static Content of(Kernel kernel, SocketReader reader, long initTask) {
    SocketTables tables = new SocketTables(kernel, reader);
    Set<Long> namespaces = tables.namespaces(initTask);
    tables.tcp(namespaces);
    tables.udp(namespaces);
    tables.raw();
    tables.unix(namespaces);
    tables.packet(namespaces);
    tables.netlink();
    return new Content(List.copyOf(tables.found.values()), List.copyOf(tables.missing));
  }

  /** Every network namespace, the machine's own first. */
  public static Set<Long> namespaces(Kernel kernel, long initTask) {
    return new SocketTables(kernel, new SocketReader(kernel)).namespaces(initTask);
  }

  private Set<Long> namespaces(long initTask) {
    Set<Long> all = new LinkedHashSet<>();
    Optional<Field> proxy = types.findField("task_struct", "nsproxy");
    Optional<Field> net = types.findField("nsproxy", "net_ns");
    Optional<Field> link = types.findField("net", "list");
    long first =
        proxy.isPresent() && net.isPresent()
            ? kernel.value(net.get(), kernel.value(proxy.get(), initTask))
            : 0;
    if (!kernel.isReadable(first) || link.isEmpty()) {
      missing.add("network namespaces: the first is not known");
      return all;
    }
    all.add(first);
    // The list goes through net_namespace_list, which is no namespace and whose address is not
    // always known: it lies in the kernel's image, namespaces do not, but for the first.
    OptionalLong head = kernel.symbols().address("net_namespace_list");
    long start = link.get().at(first);
    long node = kernel.pointer(start);
    for (int count = 0; node != start && count < MAX_NAMESPACES; count++) {
      if (!kernel.isReadable(node)) {
        kernel.warnings().add("network namespaces: no entry at 0x%x".formatted(node));
        break;
      }
      long each = node - link.get().offset();
      boolean isHead = head.isPresent() ? head.getAsLong() == node : !isNamespace(each);
      if (!isHead) {
        all.add(each);
      }
      node = kernel.pointer(node);
    }
    return all;
  }

  /** A namespace's own number is that of an inode of nsfs: from 0xf0000000 on. */
  private boolean isNamespace(long net) {
    Optional<Field> number = types.findField("net", "ns.inum");
    return number.isPresent() && kernel.value(number.get(), net) >>> 28 == 0xf;
  }

  private void tcp(Set<Long> namespaces) {
    Optional<StructLayout> layout = types.find("inet_hashinfo");
    if (layout.isEmpty()) {
      missing.add("tcp: the kernel does not tell the type of its table");
      return;
    }
    Set<Long> tables = new LinkedHashSet<>();
    Optional<Field> ofNamespace = types.findField("net", "ipv4.tcp_death_row.hashinfo");
    for (long net : namespaces) {
      ofNamespace.ifPresent(field -> tables.add(kernel.value(field, net)));
      types
          .findField("net", "ipv4.tcp_death_row")
          .filter(field -> field.size() == types.pointerSize())
          .ifPresent(
              field ->
                  types
                      .findField("inet_timewait_death_row", "hashinfo")
                      .ifPresent(
                          inner -> tables.add(kernel.value(inner, kernel.value(field, net)))));
    }
    kernel.symbols().address("tcp_hashinfo").ifPresent(tables::add);
    tables.removeIf(table -> !kernel.isReadable(table));
    if (tables.isEmpty()) {
      missing.add("tcp: where its table lies is not known");
    }
    for (long table : tables) {
      tcp(table, layout.get());
    }
  }

  private void tcp(long table, StructLayout layout) {
    Field node = types.field("sock", "__sk_common.skc_nulls_node");
    Optional<Field> chain = types.findField("inet_ehash_bucket", "chain");
    Optional<Field> mask = layout.find("ehash_mask");
    if (chain.isPresent() && mask.isPresent()) {
      buckets(
          "tcp",
          kernel.value(layout.field("ehash"), table),
          kernel.value(mask.get(), table) + 1,
          types.struct("inet_ehash_bucket").size(),
          chain.get(),
          node);
    } else {
      missing.add("tcp: connections: no such table as is known here");
    }
    Optional<StructLayout> bucket = types.find("inet_listen_hashbucket");
    Optional<Field> old = layout.find("listening_hash");
    if (bucket.isEmpty()) {
      missing.add("tcp: listening sockets: no such table as is known here");
    } else if (old.isPresent()) {
      Field head = bucket.get().firstOf("nulls_head", "head");
      buckets(
          "tcp listening", old.get().at(table), old.get().count(), bucket.get().size(), head, node);
    } else if (layout.find("lhash2").isPresent()) {
      buckets(
          "tcp listening",
          kernel.value(layout.field("lhash2"), table),
          kernel.value(layout.field("lhash2_mask"), table) + 1,
          bucket.get().size(),
          bucket.get().firstOf("nulls_head", "head"),
          node);
    }
  }

  private void udp(Set<Long> namespaces) {
    Optional<StructLayout> layout = types.find("udp_table");
    Optional<Field> head = types.findField("udp_hslot", "head");
    if (layout.isEmpty() || head.isEmpty()) {
      missing.add("udp: the kernel does not tell the type of its table");
      return;
    }
    Set<Long> tables = new LinkedHashSet<>();
    Optional<Field> ofNamespace = types.findField("net", "ipv4.udp_table");
    for (long net : namespaces) {
      ofNamespace.ifPresent(field -> tables.add(kernel.value(field, net)));
    }
    for (String name : new String[] {"udp_table", "udplite_table"}) {
      kernel.symbols().address(name).ifPresent(tables::add);
    }
    tables.removeIf(table -> !kernel.isReadable(table));
    if (tables.isEmpty()) {
      missing.add("udp: where its table lies is not known");
    }
    Field node = types.field("sock", "__sk_common.skc_node");
    int stride = types.struct("udp_hslot").size();
    for (long table : tables) {
      buckets(
          "udp",
          kernel.value(layout.get().field("hash"), table),
          kernel.value(layout.get().field("mask"), table) + 1,
          stride,
          head.get(),
          node);
    }
  }

  private void raw() {
    Optional<Field> table = types.findField("raw_hashinfo", "ht");
    Field node = types.field("sock", "__sk_common.skc_node");
    boolean any = false;
    for (String name : new String[] {"raw_v4_hashinfo", "raw_v6_hashinfo"}) {
      OptionalLong address = kernel.symbols().address(name);
      if (address.isPresent() && table.isPresent()) {
        any = true;
        Field hash = table.get();
        buckets(
            "raw",
            hash.at(address.getAsLong()),
            hash.count(),
            hash.stride(),
            Field.of(0, types.pointerSize()),
            node);
      }
    }
    if (!any) {
      missing.add("raw: where its tables lie is not known");
    }
  }

  private void unix(Set<Long> namespaces) {
    Field node = types.field("sock", "__sk_common.skc_node");
    Field head = Field.of(0, types.pointerSize());
    Optional<Field> ofNamespace = types.findField("net", "unx.table.buckets");
    if (ofNamespace.isPresent()) {
      // Since 6.0 each namespace has its own, of paths and of abstract names.
      for (long net : namespaces) {
        buckets(
            "unix",
            kernel.value(ofNamespace.get(), net),
            UNIX_BUCKETS,
            types.pointerSize(),
            head,
            node);
      }
      return;
    }
    OptionalLong table = kernel.symbols().address("unix_socket_table");
    if (table.isPresent()) {
      buckets("unix", table.getAsLong(), UNIX_BUCKETS, types.pointerSize(), head, node);
    } else {
      missing.add("unix: where its table lies is not known");
    }
  }

  private void packet(Set<Long> namespaces) {
    Optional<Field> list = types.findField("net", "packet.sklist");
    if (list.isEmpty()) {
      missing.add("packet: the kernel does not tell where its list is");
      return;
    }
    Field node = types.field("sock", "__sk_common.skc_node");
    for (long net : namespaces) {
      chain("packet", list.get().at(net), node);
    }
  }

  /** A table that grows for each protocol: struct rhashtable (include/linux/rhashtable.h). */
  private void netlink() {
    OptionalLong variable = kernel.symbols().address("nl_table");
    Optional<StructLayout> layout = types.find("netlink_table");
    Optional<Field> node = types.findField("netlink_sock", "node");
    if (variable.isEmpty() || layout.isEmpty() || node.isEmpty()) {
      missing.add("netlink: where its table lies is not known");
      return;
    }
    long tables = kernel.pointer(variable.getAsLong());
    Field current = layout.get().field("hash.tbl");
    Field size = types.field("bucket_table", "size");
    Field nested = types.field("bucket_table", "nest");
    Field first = types.field("bucket_table", "buckets");
    for (int i = 0; i < NETLINK_PROTOCOLS; i++) {
      long table = kernel.value(current, tables + (long) i * layout.get().size());
      if (!kernel.isReadable(table)) {
        continue;
      }
      if (kernel.value(nested, table) != 0) {
        missing.add("netlink: the table of protocol %d is nested".formatted(i));
        continue;
      }
      long count = Math.min(kernel.value(size, table), MAX_BUCKETS);
      for (long j = 0; j < count; j++) {
        // Bit 0 of a bucket is its lock, or says that it is empty.
        long at = kernel.pointer(first.at(table) + j * types.pointerSize());
        long object = (at & ~1) - node.get().offset();
        if ((at & ~1) != 0 && kernel.isReadable(at & ~1) && reader.isNetlink(object)) {
          found.put(object, reader.read(object));
          chain("netlink", at & ~1, node.get());
        }
      }
    }
  }

  private void buckets(String what, long table, long count, int stride, Field head, Field node) {
    if (!kernel.isReadable(table) || count <= 0 || count > MAX_BUCKETS || stride <= 0) {
      kernel.warnings().add("%s: no table of %d buckets at 0x%x".formatted(what, count, table));
      missing.add(what + ": its table can't be read");
      return;
    }
    for (long i = 0; i < count && found.size() < MAX_SOCKETS; i++) {
      chain(what, head.at(table + i * stride), node);
    }
  }

  /** Both kinds of chains: the end of one is 0, that of the other has bit 0 set. */
  private void chain(String what, long head, Field node) {
    long at = kernel.pointer(head);
    for (int count = 0; at != 0 && (at & 1) == 0; count++) {
      if (!kernel.isReadable(at) || count >= MAX_CHAIN || found.size() >= MAX_SOCKETS) {
        kernel.warnings().add("%s: a chain is cut off at 0x%x".formatted(what, at));
        return;
      }
      long object = at - node.offset();
      if (found.containsKey(object)) {
        return;
      }
      found.put(object, reader.read(object));
      at = kernel.pointer(at);
    }
  }
}
