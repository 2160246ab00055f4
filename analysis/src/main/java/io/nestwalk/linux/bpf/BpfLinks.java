package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.ControlGroupPath;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.Symbol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What {@code struct bpf_link} and {@code struct perf_event} tie a program to: each kind of link
 * begins with a struct bpf_link (kernel/bpf/syscall.c, kernel/trace/bpf_trace.c, net/core/dev.c).
 */
final class BpfLinks {

  private static final int MAX_NAME = 128;

  /** So many functions of one link are named. */
  private static final int MAX_FUNCTIONS = 16;

  private final Kernel kernel;
  private final KernelTypes types;

  BpfLinks(Kernel kernel) {
    this.kernel = kernel;
    types = kernel.types();
  }

  /** The program of a link; 0 where it has none. */
  long programOf(long link) {
    return types.findField("bpf_link", "prog").map(field -> kernel.value(field, link)).orElse(0L);
  }

  /** What a link is attached to. */
  Attachment describe(long link) {
    long type =
        types.findField("bpf_link", "type").map(field -> kernel.value(field, link)).orElse(0L);
    String kind = BpfNames.link(type);
    Optional<Attachment> known =
        switch (kind) {
          case "raw_tracepoint" ->
              named(link, "bpf_raw_tp_link", "btp")
                  .flatMap(event -> named(event, "bpf_raw_event_map", "tp"))
                  .flatMap(point -> text(point, "tracepoint", "name"))
                  .map(name -> new Attachment(kind, name));
          case "tracing" -> tracing(programOf(link));
          case "cgroup" ->
              named(link, "bpf_cgroup_link", "cgroup")
                  .flatMap(group -> new ControlGroupPath(kernel).of(group))
                  .map(path -> new Attachment(kind, path));
          case "xdp" -> device(kind, link, "bpf_xdp_link");
          case "tcx" -> placed(kind, link, "tcx_link", "BPF_TCX_EGRESS", "egress", "ingress");
          case "netkit" ->
              placed(kind, link, "netkit_link", "BPF_NETKIT_PRIMARY", "primary", "peer");
          case "netns" ->
              named(link, "bpf_netns_link", "net")
                  .flatMap(
                      net ->
                          types.findField("net", "ns.inum").map(field -> kernel.value(field, net)))
                  .map(number -> new Attachment(kind, "net:[%d]".formatted(number)));
          case "perf_event" ->
              named(link, "bpf_perf_link", "perf_file")
                  .flatMap(file -> named(file, "file", "private_data"))
                  .map(this::perfEvent);
          case "kprobe_multi" -> functions(link);
          case "netfilter" ->
              types
                  .findField("bpf_nf_link", "hook_ops.hooknum")
                  .map(field -> new Attachment(kind, "hook " + kernel.value(field, link)));
          case "iter" ->
              named(link, "bpf_iter_link", "tinfo")
                  .flatMap(info -> named(info, "bpf_iter_target_info", "reg_info"))
                  .flatMap(info -> text(info, "bpf_iter_reg", "target"))
                  .map(name -> new Attachment(kind, name));
          default -> Optional.empty();
        };
    return known.orElseGet(() -> new Attachment(kind, "link 0x%x".formatted(link)));
  }

  /** The function that a program of kind tracing or lsm is tied to, by its own word. */
  Optional<Attachment> tracing(long program) {
    return named(program, "bpf_prog", "aux")
        .flatMap(aux -> text(aux, "bpf_prog_aux", "attach_func_name"))
        .filter(name -> !name.isEmpty())
        .map(name -> new Attachment("tracing", name));
  }

  /** What a perf event watches: a tracepoint, a probe, or something that is counted. */
  Attachment perfEvent(long event) {
    Optional<Long> call = named(event, "perf_event", "tp_event");
    if (call.isEmpty()) {
      Optional<Field> kind = types.findField("perf_event", "attr.type");
      Optional<Field> config = types.findField("perf_event", "attr.config");
      return new Attachment(
          "perf_event",
          kind.isPresent() && config.isPresent()
              ? "type %d, config 0x%x"
                  .formatted(kernel.value(kind.get(), event), kernel.value(config.get(), event))
              : "0x%x".formatted(event));
    }
    Optional<Field> flags = types.findField("trace_event_call", "flags");
    long set = flags.isPresent() ? kernel.value(flags.get(), call.get()) : 0;
    String name =
        (isSet(set, "TRACE_EVENT_FL_TRACEPOINT")
                ? named(call.get(), "trace_event_call", "tp")
                    .flatMap(point -> text(point, "tracepoint", "name"))
                : text(call.get(), "trace_event_call", "name"))
            .orElse("0x%x".formatted(call.get()));
    Optional<String> group =
        named(call.get(), "trace_event_call", "class")
            .flatMap(each -> text(each, "trace_event_class", "system"));
    if (isSet(set, "TRACE_EVENT_FL_KPROBE")) {
      return new Attachment("kprobe", name);
    }
    if (isSet(set, "TRACE_EVENT_FL_UPROBE")) {
      return new Attachment("uprobe", name);
    }
    return new Attachment("tracepoint", group.map(each -> each + ":" + name).orElse(name));
  }

  private boolean isSet(long flags, String constant) {
    OptionalLong value = types.constant(constant);
    return value.isPresent() && (flags & value.getAsLong()) != 0;
  }

  private Optional<Attachment> functions(long link) {
    Optional<Field> count = types.findField("bpf_kprobe_multi_link", "cnt");
    Optional<Long> addresses = named(link, "bpf_kprobe_multi_link", "addrs");
    if (count.isEmpty() || addresses.isEmpty()) {
      return Optional.empty();
    }
    long all = kernel.value(count.get(), link);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < Math.min(all, MAX_FUNCTIONS); i++) {
      long address = kernel.pointer(addresses.get() + (long) i * types.pointerSize());
      names.add(kernel.symbols().at(address).map(Symbol::name).orElse("0x%x".formatted(address)));
    }
    return Optional.of(
        new Attachment(
            "kprobe_multi",
            String.join(",", names)
                + (all > names.size() ? " and %d more".formatted(all - names.size()) : "")));
  }

  private Optional<Attachment> device(String kind, long link, String struct) {
    return named(link, struct, "dev").map(device -> new Attachment(kind, deviceName(device)));
  }

  /** On a side of a device: the one of a constant, or the other. */
  private Optional<Attachment> placed(
      String kind, long link, String struct, String constant, String one, String other) {
    Optional<Field> side = types.findField(struct, "location");
    OptionalLong value = types.constant(constant);
    return device(kind, link, struct)
        .map(
            whole ->
                side.isEmpty() || value.isEmpty()
                    ? whole
                    : new Attachment(
                        kind,
                        "%s %s"
                            .formatted(
                                whole.target(),
                                kernel.value(side.get(), link) == value.getAsLong()
                                    ? one
                                    : other)));
  }

  /** The name of {@code struct net_device}. */
  String deviceName(long device) {
    return types
        .findField("net_device", "name")
        .map(field -> kernel.text(field.at(device), Math.min(field.size(), MAX_NAME)))
        .filter(name -> !name.isEmpty())
        .orElse("device 0x%x".formatted(device));
  }

  /** The object that a member leads to, where it leads to one. */
  private Optional<Long> named(long object, String struct, String member) {
    return types
        .findField(struct, member)
        .map(field -> kernel.value(field, object))
        .filter(kernel::isReadable);
  }

  private Optional<String> text(long object, String struct, String member) {
    return named(object, struct, member).map(at -> kernel.text(at, MAX_NAME));
  }
}
