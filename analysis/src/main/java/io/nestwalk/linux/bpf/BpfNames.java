package io.nestwalk.linux.bpf;

import java.util.List;

/** Names of constants of include/uapi/linux/bpf.h, as bpftool has them. */
final class BpfNames {

  /** enum bpf_prog_type. */
  private static final List<String> PROGRAMS =
      List.of(
          "unspec",
          "socket_filter",
          "kprobe",
          "sched_cls",
          "sched_act",
          "tracepoint",
          "xdp",
          "perf_event",
          "cgroup_skb",
          "cgroup_sock",
          "lwt_in",
          "lwt_out",
          "lwt_xmit",
          "sock_ops",
          "sk_skb",
          "cgroup_device",
          "sk_msg",
          "raw_tracepoint",
          "cgroup_sock_addr",
          "lwt_seg6local",
          "lirc_mode2",
          "sk_reuseport",
          "flow_dissector",
          "cgroup_sysctl",
          "raw_tracepoint_writable",
          "cgroup_sockopt",
          "tracing",
          "struct_ops",
          "ext",
          "lsm",
          "sk_lookup",
          "syscall",
          "netfilter");

  /** enum bpf_map_type. */
  private static final List<String> MAPS =
      List.of(
          "unspec",
          "hash",
          "array",
          "prog_array",
          "perf_event_array",
          "percpu_hash",
          "percpu_array",
          "stack_trace",
          "cgroup_array",
          "lru_hash",
          "lru_percpu_hash",
          "lpm_trie",
          "array_of_maps",
          "hash_of_maps",
          "devmap",
          "sockmap",
          "cpumap",
          "xskmap",
          "sockhash",
          "cgroup_storage",
          "reuseport_sockarray",
          "percpu_cgroup_storage",
          "queue",
          "stack",
          "sk_storage",
          "devmap_hash",
          "struct_ops",
          "ringbuf",
          "inode_storage",
          "task_storage",
          "bloom_filter",
          "user_ringbuf",
          "cgrp_storage",
          "arena");

  /** enum bpf_link_type. */
  private static final List<String> LINKS =
      List.of(
          "unspec",
          "raw_tracepoint",
          "tracing",
          "cgroup",
          "iter",
          "netns",
          "xdp",
          "perf_event",
          "kprobe_multi",
          "struct_ops",
          "netfilter",
          "tcx",
          "uprobe_multi",
          "netkit",
          "sockmap");

  private BpfNames() {}

  static String program(long type) {
    return named(PROGRAMS, type);
  }

  static String map(long type) {
    return named(MAPS, type);
  }

  static String link(long type) {
    return named(LINKS, type);
  }

  private static String named(List<String> names, long value) {
    return value >= 0 && value < names.size() ? names.get((int) value) : "type " + value;
  }
}
