package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/** Actions that filters of any kind may have, of kind "bpf" (net/sched/act_bpf.c, act_api.c). */
final class TrafficActions {

  /** The kernel has some twenty. */
  private static final int MAX_KINDS = 1 << 10;

  private final TrafficWalk walk;
  private final Kernel kernel;
  private final KernelTypes types;

  /** Tables of actions: each is one namespace's, whatever others claim. */
  private final Set<Long> seen = new HashSet<>();

  TrafficActions(TrafficWalk walk) {
    this.walk = walk;
    kernel = walk.kernel;
    types = walk.types;
  }

  /** The actions of one {@code struct net}, whichever filters have them. */
  void of(long net) {
    walk.part(() -> look(net));
  }

  private void look(long net) {
    if (types.find("tcf_idrinfo").isEmpty()) {
      if (types.find("tcf_hashinfo").isPresent()) {
        walk.missing.add("actions of traffic control: those of kernels before 4.14 are not known");
      }
      // Otherwise a kernel that is built without actions.
      return;
    }
    StructLayout operations = types.struct("tc_action_ops");
    OptionalLong kinds = kernel.symbols().address("act_base");
    if (kinds.isEmpty()) {
      walk.missing.add("actions of traffic control: the kernel has no symbol act_base");
      return;
    }
    long[] own = {0};
    walk.told(
        walk.lists.circular(
            "kinds of actions",
            kinds.getAsLong(),
            MAX_KINDS,
            node -> {
              long each = node - operations.field("head").offset();
              if (walk.text(operations.field("kind"), each).equals("bpf")) {
                own[0] = each;
              }
              return own[0] == 0 && walk.step();
            }),
        "actions");
    if (own[0] == 0) {
      return;
    }
    // 6.1 put the number of each kind's data of a namespace there; the data are in net_generic.
    long number = kernel.value(operations.field("net_id"), own[0]);
    long table = kernel.value(types.field("net", "gen"), net);
    if (!walk.there("actions", table)
        || number >= kernel.value(types.field("net_generic", "s.len"), table)) {
      return;
    }
    long data =
        kernel.pointer(types.field("net_generic", "ptr").at(table) + number * types.pointerSize());
    long info =
        walk.there("actions", data)
            ? kernel.value(types.field("tc_action_net", "idrinfo"), data)
            : 0;
    if (!walk.there("actions", info) || !seen.add(info)) {
      return;
    }
    KernelTypes module = walk.typesOf("act_bpf", "tcf_bpf");
    StructLayout layout = module.struct("tcf_bpf");
    Field index = types.field("tc_action", "tcfa_index");
    for (long action :
        BpfReader.numberedAt(
            kernel,
            "actions of BPF",
            types.field("tcf_idrinfo", "action_idr").at(info),
            walk.missing)) {
      long program = kernel.value(layout.field("filter"), action);
      if (walk.there("actions", program)) {
        walk.found.accept(
            new Attachment(
                TrafficWalk.KIND,
                "action, index " + kernel.value(index, layout.field("common").at(action))),
            program);
      }
    }
  }
}
