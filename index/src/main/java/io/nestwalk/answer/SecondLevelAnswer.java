package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.machine.SecondLevelTable.Refused;
import io.nestwalk.machine.SecondLevelTable.Run;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.paging.LeafAttributes;
import io.nestwalk.paging.Permissions;
import java.util.Optional;

/** A guest's second level, as every answer shows it. */
public final class SecondLevelAnswer {

  /** KVM of Linux 5.13 and later, {@code arch/x86/kvm/mmu/spte.h}: the host lets it be written. */
  private static final long KVM_EPT_HOST_WRITABLE = 1L << 57;

  /** The same: KVM itself lets it be written, and so may do so without a fault's long way. */
  private static final long KVM_EPT_MMU_WRITABLE = 1L << 58;

  private static final long KVM_HOST_WRITABLE = 1L << 9;
  private static final long KVM_MMU_WRITABLE = 1L << 10;

  private SecondLevelAnswer() {}

  /**
   * Whose second level it is.
   *
   * @param machine the id of the machine
   * @param nested whether the machine that runs it is a guest itself
   * @param attributes what the bits of its leaves mean; empty without tables
   * @param kvm whether KVM made the tables, whose software bits have names
   */
  public record Of(
      String machine, boolean nested, Optional<LeafAttributes> attributes, boolean kvm) {}

  /** The row of a run. */
  public static ObjectNode run(Of of, Run run) {
    ObjectNode node = Json.object();
    node.put("machine", of.machine());
    node.put("gpa", Hex.of(run.guest()));
    node.put("length", run.length());
    if (of.nested()) {
      node.put("parentGpa", Hex.of(run.parent()));
    }
    if (run.host() != PageRuns.NOT_MAPPED) {
      node.put("hpa", Hex.of(run.host()));
    }
    node.put("inImage", run.inImage());
    addLeaf(node, of, run);
    return node;
  }

  /** The row of all runs that are alike in everything but their addresses. */
  public static ObjectNode sum(Of of, Run like, long runs, long bytes) {
    ObjectNode node = Json.object();
    node.put("machine", of.machine());
    node.put("runs", runs);
    node.put("pages", bytes >>> like.pageShift());
    node.put("bytes", bytes);
    node.put("inImage", like.inImage());
    addLeaf(node, of, like);
    return node;
  }

  private static void addLeaf(ObjectNode node, Of of, Run run) {
    node.put("pageSize", 1L << run.pageShift());
    if (of.attributes().isEmpty()) {
      return;
    }
    node.put("permissions", Permissions.format(run.permissions()));
    LeafAttributes attributes = of.attributes().get();
    attributes.memoryType(run.bits()).ifPresent(type -> node.put("memoryType", type));
    if (attributes.kind() == LeafAttributes.Kind.EPT) {
      node.put("ignoresPat", attributes.ignoresPat(run.bits()));
    }
    attributes.accessed(run.bits()).ifPresent(used -> node.put("accessed", used));
    attributes.dirty(run.bits()).ifPresent(written -> node.put("dirty", written));
    long software = run.bits() & attributes.software();
    if (software != 0) {
      node.put("software", Hex.of(software));
      if (of.kvm()) {
        addNames(node, attributes.kind(), software);
      }
    }
  }

  private static void addNames(ObjectNode node, LeafAttributes.Kind kind, long software) {
    ArrayNode names = Json.MAPPER.createArrayNode();
    boolean ept = kind == LeafAttributes.Kind.EPT;
    boolean host = (software & (ept ? KVM_EPT_HOST_WRITABLE : KVM_HOST_WRITABLE)) != 0;
    boolean mmu = (software & (ept ? KVM_EPT_MMU_WRITABLE : KVM_MMU_WRITABLE)) != 0;
    // Older ones have bit 10 for the other of the two, and never bit 9.
    if (host) {
      names.add("host-writable");
    }
    if (mmu && (ept || host)) {
      names.add("mmu-writable");
    }
    if (!names.isEmpty() && (ept || kind == LeafAttributes.Kind.X86)) {
      node.set("softwareNames", names);
    }
  }

  /** The row of something odd: its kind, where it is and how long. */
  public static ObjectNode odd(String machine, String kind, long guest, long length, String text) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("kind", kind);
    node.put("gpa", Hex.of(guest));
    node.put("length", length);
    node.put("text", text);
    return node;
  }

  /** The row of an entry that the processor refuses. */
  public static ObjectNode refused(Of of, Refused entry) {
    return odd(
            of.machine(),
            "refused",
            entry.guest(),
            entry.length(),
            entry.fault()
                + (of.kvm() ? "; KVM marks addresses of emulated devices with such entries" : ""))
        .put("entry", Hex.of(entry.entry()));
  }
}
