package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.bpf.BpfListing;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.OpenFiles;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.BpfProgram;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelTypes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Programs that a test gives to traffic control, in real kernels whose modules it makes up. */
class TrafficControlTest {

  private static final int SCHED_CLS = 3;

  /** What the modules of 6.1 and 6.12 say of themselves. */
  private static final KernelTypes MODULES =
      new ListedTypes()
          .with("cls_bpf_head", "plist", 0, 16)
          .with("cls_bpf_prog", "filter", 0, 8)
          .with("cls_bpf_prog", "link", 8, 16)
          .with("cls_bpf_prog", "exts_integrated", 40, 1)
          .with("cls_bpf_prog", "handle", 96, 4)
          .with("red_sched_data", "qe_mark.block", 16, 8)
          .with("htb_sched", "clhash", 0, 24)
          .with("Qdisc_class_hash", "hash", 0, 8)
          .with("Qdisc_class_hash", "hashsize", 8, 4)
          .with("Qdisc_class_common", "classid", 0, 4)
          .with("Qdisc_class_common", "hnode", 8, 16)
          .with("htb_class", "common.hnode", 8, 16)
          .with("htb_class", "block", 32, 8)
          .with("clsact_sched_data", "ingress_block", 0, 8)
          .with("clsact_sched_data", "egress_block", 8, 8);

  /** A kernel with a program, and with a filter that nothing leads to yet. */
  private static final class Network {

    final Victim victim;
    final long program;
    final long device;
    final long protocol;
    final long own;
    final long rest;

    Network(String kernel) {
      victim = new Victim(kernel);
      program = victim.room();
      long aux = program + 512;
      protocol = aux + 2048;
      own = protocol + 512;
      rest = own + 512;
      for (int i = 0; i < 1 << 13; i += Long.BYTES) {
        victim.put(program + i, 0);
      }
      put("bpf_prog", "aux", program, aux);
      victim.number(victim.field("bpf_prog", "type").at(program), SCHED_CLS);
      put("bpf_prog", "bpf_func", program, victim.symbol("__bpf_prog_run32"));
      victim.number(victim.field("bpf_prog_aux", "id").at(aux), 7);
      put("bpf_prog_aux", "prog", aux, program);
      long devices = victim.field("net", "dev_base_head").at(victim.symbol("init_net"));
      device = victim.pointer(devices) - victim.field("net_device", "dev_list").at(0);
    }

    void put(String struct, String member, long object, long value) {
      victim.put(victim.field(struct, member).at(object), value);
    }

    /** A filter of kind "bpf" with a program, as the kernel makes it. */
    void filter() {
      long operations = rest;
      long list = rest + 256;
      victim.text(victim.field("tcf_proto_ops", "kind").at(operations), "bpf");
      put("tcf_proto", "ops", protocol, operations);
      victim.number(victim.field("tcf_proto", "prio").at(protocol), 9 << 16);
      put("tcf_proto", "root", protocol, list);
      victim.put(list, own + 8);
      victim.put(own, program);
      victim.put(own + 8, list);
      victim.put(own + 40, 1);
      victim.number(own + 96, 2);
    }

    /** A queue of what a packet meets. */
    long packetQueue() {
      long queue = rest + 512;
      put("mini_Qdisc", "filter_list", queue, protocol);
      return queue;
    }

    BpfObjects read(Optional<KernelTypes> modules) {
      LinuxSystem changed = victim.changed();
      RealMachine machine = victim.machine.over(victim.memory);
      Kernel kernel =
          new Kernel(
              machine.physical(),
              machine.tables(),
              changed.kernelMemory(),
              changed.types(),
              changed.symbols(),
              new Warnings());
      return BpfListing.of(
          kernel,
          Optional.empty(),
          List.of(),
          new OpenFiles(kernel, changed.types().field("task_struct", "files")),
          List.of(),
          List.of(),
          List.of(victim.symbol("init_net")),
          new FilePaths(kernel),
          _ -> modules);
    }

    BpfProgram only() {
      BpfObjects read = read(Optional.of(MODULES));
      assertThat(read.missing()).isEmpty();
      return read.programs().getFirst();
    }
  }

  @Test
  void aFilterOfADeviceIsAnAttachment() {
    Network net = new Network("kvm-npt host");
    net.filter();
    net.put("net_device", "miniq_egress", net.device, net.packetQueue());
    BpfProgram found = net.only();
    assertThat(found.attachments())
        .containsExactly(new Attachment("tc", "lo egress, pref 9, handle 0x2, direct-action"));
    assertThat(found.seenBy()).containsExactly("filters");
    // Nothing but the filter leads to it.
    assertThat(found.hidden()).isTrue();
  }

  @Test
  void withoutAModulesTypesItsFiltersAreMissing() {
    Network net = new Network("kvm-npt host");
    net.filter();
    net.put("net_device", "miniq_ingress", net.device, net.packetQueue());
    BpfObjects read = net.read(Optional.empty());
    assertThat(read.programs()).isEmpty();
    assertThat(read.missing()).singleElement().asString().contains("cls_bpf");
  }

  @Test
  void chainsOfTheQueueForBothWaysAreFollowed() {
    Network net = new Network("kvm-npt host");
    net.filter();
    long gate = net.victim.pointer(net.victim.field("net_device", "qdisc").at(net.device));
    long operations = net.rest + 512;
    long block = net.rest + 1024;
    long chain = net.rest + 1536;
    long queue = net.rest + 2048;
    net.victim.text(net.victim.field("Qdisc_ops", "id").at(operations), "clsact");
    net.put("net_device", "ingress_queue", net.device, queue);
    net.put("netdev_queue", "qdisc_sleeping", queue, gate);
    net.put("Qdisc", "ops", gate, operations);
    long data = net.victim.field("Qdisc", "privdata").at(gate);
    net.victim.put(data, block);
    net.victim.put(data + 8, 0);
    long head = net.victim.field("tcf_block", "chain_list").at(block);
    long link = net.victim.field("tcf_chain", "list").at(chain);
    net.victim.put(head, link);
    net.victim.put(link, head);
    net.victim.number(net.victim.field("tcf_chain", "index").at(chain), 5);
    net.put("tcf_chain", "filter_chain", chain, net.protocol);
    assertThat(net.only().attachments())
        .containsExactly(
            new Attachment("tc", "lo ingress, chain 5, pref 9, handle 0x2, direct-action"));
  }

  @Test
  void aQueuesOwnBlockIsKnownByLeadingBackToIt() {
    Network net = new Network("kvm-npt host");
    net.filter();
    long queue = net.victim.pointer(net.victim.field("net_device", "qdisc").at(net.device));
    long operations = net.rest + 512;
    long block = net.rest + 1024;
    long chain = net.rest + 1536;
    net.victim.text(net.victim.field("Qdisc_ops", "id").at(operations), "prio");
    net.victim.number(net.victim.field("Qdisc_ops", "priv_size").at(operations), 32);
    net.put("Qdisc", "ops", queue, operations);
    net.victim.number(net.victim.field("Qdisc", "handle").at(queue), 1 << 16);
    net.victim.put(net.victim.field("Qdisc", "privdata").at(queue) + 16, block);
    long head = net.victim.field("tcf_block", "chain_list").at(block);
    long link = net.victim.field("tcf_chain", "list").at(chain);
    net.victim.put(head, link);
    net.victim.put(link, head);
    net.put("tcf_chain", "filter_chain", chain, net.protocol);
    assertThat(net.read(Optional.of(MODULES)).programs()).isEmpty();
    net.put("tcf_block", "q", block, queue);
    assertThat(net.only().attachments())
        .containsExactly(new Attachment("tc", "lo prio 1:, pref 9, handle 0x2, direct-action"));
    // A block that several queues share leads back to none of them.
    net.put("tcf_block", "q", block, 0);
    net.victim.text(net.victim.field("Qdisc_ops", "id").at(operations), "red");
    assertThat(net.only().attachments())
        .containsExactly(new Attachment("tc", "lo red 1: mark, pref 9, handle 0x2, direct-action"));
  }

  @Test
  void classesHaveFiltersAndTablesOfThemThatAreTooLargeAreSaidToBe() {
    Network net = new Network("kvm-npt host");
    net.filter();
    long queue = net.victim.pointer(net.victim.field("net_device", "qdisc").at(net.device));
    long operations = net.rest + 512;
    long block = net.rest + 1024;
    long chain = net.rest + 1536;
    long buckets = net.rest + 2048;
    long one = net.rest + 2560;
    net.victim.text(net.victim.field("Qdisc_ops", "id").at(operations), "htb");
    net.victim.number(net.victim.field("Qdisc_ops", "priv_size").at(operations), 0);
    net.put("Qdisc", "ops", queue, operations);
    long data = net.victim.field("Qdisc", "privdata").at(queue);
    net.victim.put(data, buckets);
    net.victim.number(data + 8, 1);
    net.victim.put(buckets, one + 8);
    net.victim.number(one, 0x1000a);
    net.victim.put(one + 32, block);
    long head = net.victim.field("tcf_block", "chain_list").at(block);
    long link = net.victim.field("tcf_chain", "list").at(chain);
    net.victim.put(head, link);
    net.victim.put(link, head);
    net.put("tcf_chain", "filter_chain", chain, net.protocol);
    assertThat(net.only().attachments())
        .containsExactly(new Attachment("tc", "lo htb 1:a, pref 9, handle 0x2, direct-action"));
    net.victim.number(data + 8, 1 << 20);
    assertThat(net.read(Optional.of(MODULES)).missing())
        .anyMatch(line -> line.contains("not all classes are looked at"));
  }

  @Test
  void whatStandsBeforeFiltersIsAnAttachmentToo() {
    Network net = new Network("kvm-npt-612 host");
    net.filter();
    long entry = net.rest + 1024;
    long both = net.rest + 2048;
    net.put("net_device", "tcx_ingress", net.device, entry);
    net.put("bpf_mprog_entry", "fp_items", entry, net.program);
    net.put("bpf_mprog_entry", "parent", entry, net.victim.field("tcx_entry", "bundle").at(both));
    net.put("tcx_entry", "miniq", both, net.packetQueue());
    assertThat(net.only().attachments())
        .containsExactly(
            new Attachment("tcx", "lo ingress"),
            new Attachment("tc", "lo ingress, pref 9, handle 0x2, direct-action"));
  }

  /** Lists that lead back into themselves or to nothing end, and are told of. */
  @Test
  void liesAreBounded() {
    Network net = new Network("kvm-npt host");
    net.filter();
    net.put("net_device", "miniq_egress", net.device, net.packetQueue());
    net.put("tcf_proto", "next", net.protocol, net.protocol);
    net.victim.put(net.own + 8, net.own + 8);
    assertThat(net.read(Optional.of(MODULES)).missing())
        .containsExactly(
            "filters of lo egress, pref 9: a list can't be followed to its end",
            "filters of lo egress: a list can't be followed to its end");
    net.put("net_device", "miniq_egress", net.device, -4096);
    assertThat(net.read(Optional.of(MODULES)).missing())
        .anyMatch(line -> line.contains("lo egress: nothing at 0x"));
  }
}
