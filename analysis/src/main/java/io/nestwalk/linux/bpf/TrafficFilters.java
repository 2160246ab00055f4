package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.MissingTypeException;
import io.nestwalk.types.StructLayout;
import java.util.HashSet;
import java.util.Set;

/** Filters of packets, and the programs of those of kind "bpf" (net/sched/cls_bpf.c). */
final class TrafficFilters {

  private final TrafficWalk walk;
  private final Kernel kernel;
  private final KernelTypes types;

  /** Blocks with the place that they were met at: many may share one, and each is a place. */
  private final Set<String> seen = new HashSet<>();

  TrafficFilters(TrafficWalk walk) {
    this.walk = walk;
    kernel = walk.kernel;
    types = walk.types;
  }

  /** {@code struct tcf_block}: chains of filters. */
  void block(long block, String place) {
    if (!walk.there(place, block) || !seen.add("%x %s".formatted(block, place))) {
      return;
    }
    Field link = types.field("tcf_chain", "list");
    Field filters = types.field("tcf_chain", "filter_chain");
    Field index = types.field("tcf_chain", "index");
    walk.told(
        walk.lists.circular(
            "chains of filters",
            types.field("tcf_block", "chain_list").at(block),
            TrafficWalk.MAX_STEPS,
            node -> {
              long chain = node - link.offset();
              long number = kernel.value(index, chain);
              filterList(filters.at(chain), number == 0 ? place : place + ", chain " + number);
              return walk.step();
            }),
        place);
  }

  /** {@code struct tcf_proto}, each with its filters of one priority. */
  void filterList(long head, String place) {
    StructLayout filter = types.struct("tcf_proto");
    Field kind = types.field("tcf_proto_ops", "kind");
    if (filter.field("next").offset() != 0) {
      throw new MissingTypeException("tcf_proto.next as its first member");
    }
    walk.told(
        walk.lists.ending(
            "filters",
            head,
            TrafficWalk.MAX_STEPS,
            each -> {
              long operations = kernel.value(filter.field("ops"), each);
              if (walk.there(place, operations) && walk.text(kind, operations).equals("bpf")) {
                // The upper half of a number whose lower half is for the protocol.
                long priority = kernel.value(filter.field("prio"), each) >>> 16;
                walk.part(
                    () ->
                        ownPrograms(
                            kernel.value(filter.field("root"), each),
                            "%s, pref %d".formatted(place, priority)));
              }
              return walk.step();
            }),
        place);
  }

  /** {@code struct cls_bpf_head}: a list of {@code struct cls_bpf_prog}. */
  private void ownPrograms(long root, String place) {
    if (!walk.there(place, root)) {
      return;
    }
    KernelTypes own = walk.typesOf("cls_bpf", "cls_bpf_prog");
    StructLayout layout = own.struct("cls_bpf_prog");
    Field link = layout.field("link");
    walk.told(
        walk.lists.circular(
            "programs of a filter",
            own.field("cls_bpf_head", "plist").at(root),
            TrafficWalk.MAX_STEPS,
            node -> {
              long each = node - link.offset();
              long program = kernel.value(layout.field("filter"), each);
              if (walk.there(place, program)) {
                boolean direct = kernel.value(layout.field("exts_integrated"), each) != 0;
                walk.found.accept(
                    new Attachment(
                        TrafficWalk.KIND,
                        "%s, handle 0x%x%s"
                            .formatted(
                                place,
                                kernel.value(layout.field("handle"), each),
                                direct ? ", direct-action" : "")),
                    program);
              }
              return walk.step();
            }),
        place);
  }
}
