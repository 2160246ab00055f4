package io.nestwalk.session;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.Passage;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.LeafAttributes;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Step;
import io.nestwalk.paging.Translation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Why an address is what it is: what each layer allows, and what the hardware raises where an
 * access is refused.
 *
 * <p>Kernels are taken to run with write protection on (CR0.WP), as all do; what depends on SMEP,
 * SMAP, protection keys or PAN is left out. Sources: Intel SDM volume 3A, 4.7 (page-fault error
 * codes), volume 3C, table 28-7 (EPT violations); AMD APM volume 2, 15.25.6 (NPF); Arm Architecture
 * Reference Manual, D24.2, ESR_ELx; RISC-V Privileged Architecture, scause.
 *
 * @param layers what each layer says, from the top down, as far as the walk came
 * @param refusals the accesses that are refused, with what they raise; empty where all are allowed
 * @param place where the guest-physical address lies: in a memory slot or in none; empty on a host,
 *     and where no slots are known
 * @param memoryType what two layers make together of memory types; empty where that takes registers
 *     that are not known
 */
public record Explanation(
    List<LayerPart> layers,
    List<Refusal> refusals,
    Optional<String> place,
    Optional<String> memoryType) {

  /** Copies the lists. */
  public Explanation {
    layers = List.copyOf(layers);
    refusals = List.copyOf(refusals);
  }

  /**
   * What one layer says.
   *
   * @param dimension its name, as in traces
   * @param permissions what it allows by itself, as in {@link Permissions}; 0 for a fault
   * @param memoryType by its leaf; empty where tables do not say
   * @param fault why its walk ended without a page
   */
  public record LayerPart(
      String dimension, int permissions, Optional<String> memoryType, Optional<Fault> fault) {}

  /**
   * An access that is refused.
   *
   * @param access "read", "write" or "execute"
   * @param user whether by user mode; false also where the layer does not tell the two apart
   * @param dimension the layer that refuses
   * @param event what is raised, by the manual's name
   * @param code the error code, exit qualification or fault status; -1 where there is none
   */
  public record Refusal(String access, boolean user, String dimension, String event, long code) {}

  private static final List<Access> ACCESSES =
      List.of(
          new Access("read", Permissions.READ, 0),
          new Access("write", Permissions.WRITE, 1),
          new Access("execute", Permissions.EXECUTE, 2));

  private record Access(String name, int right, int bit) {}

  /** The node of an answer. */
  public ObjectNode json() {
    ObjectNode node = Json.object();
    ArrayNode layerNodes = node.putArray("layers");
    for (LayerPart part : layers) {
      ObjectNode one = layerNodes.addObject();
      one.put("dimension", part.dimension());
      one.put("permissions", Permissions.format(part.permissions()));
      part.memoryType().ifPresent(type -> one.put("memoryType", type));
      part.fault().ifPresent(fault -> one.put("fault", fault.toString()));
    }
    ArrayNode refusalNodes = node.putArray("refused");
    for (Refusal refusal : refusals) {
      ObjectNode one = refusalNodes.addObject();
      one.put("access", refusal.access());
      one.put("user", refusal.user());
      one.put("dimension", refusal.dimension());
      one.put("event", refusal.event());
      if (refusal.code() >= 0) {
        one.put("code", Hex.of(refusal.code()));
      }
    }
    place.ifPresent(text -> node.put("place", text));
    memoryType.ifPresent(type -> node.put("memoryType", type));
    return node;
  }

  /** Explains an address of a space. */
  static Explanation of(Translated translated) {
    return new Builder(translated).build();
  }

  /** Goes down through the layers. */
  private static final class Builder {

    private static final int PF_PRESENT = 1;
    private static final int PF_WRITE = 1 << 1;
    private static final int PF_USER = 1 << 2;
    private static final int PF_RESERVED = 1 << 3;
    private static final int PF_FETCH = 1 << 4;
    private static final long NPF_FINAL = 1L << 32;
    private static final long NPF_TABLE = 1L << 33;
    private static final int EPT_LINEAR_VALID = 1 << 7;
    private static final int EPT_FINAL = 1 << 8;
    private static final int EPT_GRANTED_SHIFT = 3;
    private static final int EPTP_USE = 1 << 6;
    private static final int LEVELS = 3;

    private final Translated translated;
    private final Space space;
    private final List<LayerPart> parts = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();

    /** The step at which each layer's walk ended, null where no table was read. */
    private final List<Step> ends = new ArrayList<>();

    Builder(Translated translated) {
      this.translated = translated;
      space = translated.space();
    }

    Explanation build() {
      descend();
      for (Access access : ACCESSES) {
        boolean alike = !isFirstStage(0) || parts.isEmpty();
        refuse(access, false);
        if (!alike) {
          refuse(access, true);
        }
      }
      return new Explanation(parts, refusals, place(), memoryType());
    }

    private void descend() {
      long address = translated.address();
      Memory memory = space.memory();
      while (Layer.of(memory).isPresent()) {
        Layer layer = Layer.of(memory).get();
        Passage passage = layer.pass(address);
        Step last = passage.reads().isEmpty() ? null : passage.reads().getLast().step();
        boolean failed = Translation.isFault(passage.translation());
        String dimension = dimension(parts.size());
        parts.add(
            new LayerPart(
                dimension,
                passage.permissions(),
                failed ? Optional.empty() : typeOf(parts.size(), last),
                failed ? Optional.of(Translation.fault(passage.translation())) : Optional.empty()));
        ends.add(last);
        if (failed) {
          return;
        }
        address = Translation.address(passage.translation());
        memory = layer.below();
      }
    }

    private String dimension(int depth) {
      return depth < space.dimensions().size() ? space.dimensions().get(depth) : "layer " + depth;
    }

    private boolean isFirstStage(int depth) {
      return depth == 0 && !space.physical();
    }

    private boolean is(int depth, SecondLevel.Kind kind) {
      String name = dimension(depth);
      return !isFirstStage(depth) && (name.equals(kind.toString()) || name.endsWith(" " + kind));
    }

    private boolean isX86() {
      Architecture architecture = space.machine().architecture();
      return architecture == Architecture.X86 || architecture == Architecture.X86_64;
    }

    private Optional<String> typeOf(int depth, Step leaf) {
      if (leaf == null || leaf.outcome() != Step.Outcome.LEAF) {
        return Optional.empty();
      }
      return attributes(depth)
          .flatMap(
              all -> {
                long bits = all.described(leaf.entry(), leaf.level().shift());
                return all.memoryType(bits)
                    .map(type -> type + (all.ignoresPat(bits) ? "+IPAT" : ""));
              });
    }

    private Optional<LeafAttributes> attributes(int depth) {
      if (is(depth, SecondLevel.Kind.EPT)) {
        return Optional.of(LeafAttributes.of(LeafAttributes.Kind.EPT));
      }
      if (isX86()) {
        return Optional.of(LeafAttributes.of(LeafAttributes.Kind.X86));
      }
      if (space.machine().architecture() == Architecture.RISCV64) {
        return Optional.of(LeafAttributes.of(LeafAttributes.Kind.RISCV));
      }
      // Stage 1 names an entry of MAIR, which is another field than stage 2's.
      return is(depth, SecondLevel.Kind.STAGE2)
          ? Optional.of(LeafAttributes.of(LeafAttributes.Kind.STAGE2))
          : Optional.empty();
    }

    /** The upper layers are asked first: their faults are raised before those of lower ones. */
    private void refuse(Access access, boolean user) {
      if (endsAtTable()) {
        refuseAtTable(access, user);
        return;
      }
      for (int depth = 0; depth < parts.size(); depth++) {
        LayerPart part = parts.get(depth);
        boolean first = isFirstStage(depth);
        boolean allowed = (part.permissions() & access.right()) != 0;
        if (first && user) {
          allowed &= (part.permissions() & Permissions.USER) != 0;
        }
        if (part.fault().isPresent() || !allowed) {
          if (first && !user && isKernelsOwnRule(part, access)) {
            continue;
          }
          add(depth, access, user, part);
          return;
        }
      }
    }

    /** Whether a kernel may execute a page of user mode is not the page's execute bit alone. */
    private static boolean isKernelsOwnRule(LayerPart part, Access access) {
      return part.fault().isEmpty()
          && access.right() == Permissions.EXECUTE
          && (part.permissions() & Permissions.USER) != 0;
    }

    /** Whether a lower layer lacks a table of the top one, so that its walk does not end. */
    private boolean endsAtTable() {
      return translated.walk().stops().size() == 1
          && translated.walk().fault().isPresent()
          && isFirstStage(0)
          && !translated.walk().fault().get().dimension().equals(dimension(0));
    }

    private void refuseAtTable(Access access, boolean user) {
      String dimension = translated.walk().fault().get().dimension();
      Fault fault = translated.walk().fault().get().reason();
      String event;
      long code = -1;
      if (dimension.endsWith(SecondLevel.Kind.EPT.toString())) {
        event = isMisconfigured(fault) ? "EPT misconfiguration" : "EPT violation";
        // Where EPT keeps accessed bits, reading a guest's table counts as reading and writing it.
        long how = (space.machine().secondLevel().pointer().orElse(0L) & EPTP_USE) != 0 ? 3 : 1;
        code = isMisconfigured(fault) ? -1 : how | EPT_LINEAR_VALID;
      } else if (dimension.endsWith(SecondLevel.Kind.NPT.toString())) {
        event = "NPF (nested page fault)";
        code = NPF_TABLE | PF_USER | PF_WRITE | (isMisconfigured(fault) ? PF_RESERVED | 1 : 0);
      } else {
        event = "fault of the second level at a table of the first";
      }
      refusals.add(new Refusal(access.name(), user, dimension, event, code));
    }

    private static boolean isMisconfigured(Fault fault) {
      return fault == Fault.MISCONFIGURED || fault == Fault.RESERVED_BITS;
    }

    private void add(int depth, Access access, boolean user, LayerPart part) {
      String event;
      long code;
      if (part.fault().filter(fault -> fault == Fault.TABLE_MISSING).isPresent()) {
        event = "not known: the image lacks the table";
        code = -1;
      } else if (is(depth, SecondLevel.Kind.EPT)) {
        boolean misconfigured = part.fault().filter(Builder::isMisconfigured).isPresent();
        event = misconfigured ? "EPT misconfiguration" : "EPT violation";
        int granted = part.permissions() & 7;
        code =
            misconfigured
                ? -1
                : 1L << access.bit()
                    | (long) granted << EPT_GRANTED_SHIFT
                    | (space.physical() ? 0 : EPT_LINEAR_VALID | EPT_FINAL);
      } else if (isX86()) {
        boolean nested = is(depth, SecondLevel.Kind.NPT);
        event = nested ? "NPF (nested page fault)" : "#PF";
        code = pageFault(access, user || nested, part) | (nested ? NPF_FINAL : 0);
        if (part.fault().filter(fault -> fault == Fault.NOT_CANONICAL).isPresent()) {
          event = nested ? event : "#GP (not canonical; #SS for the stack)";
          code = nested ? code : 0;
        }
      } else if (space.machine().architecture() == Architecture.RISCV64) {
        boolean guest = !isFirstStage(depth);
        int[] causes = guest ? new int[] {21, 23, 20} : new int[] {13, 15, 12};
        event = guest ? "guest-page fault (scause)" : "page fault (scause)";
        code = causes[access.bit()];
      } else {
        event =
            (access.right() == Permissions.EXECUTE ? "instruction" : "data")
                + " abort, "
                + (isFirstStage(depth) ? "stage 1" : "stage 2 (to EL2)");
        code = faultStatus(depth, part);
      }
      refusals.add(new Refusal(access.name(), user, part.dimension(), event, code));
    }

    private static long pageFault(Access access, boolean user, LayerPart part) {
      boolean reserved = part.fault().filter(Builder::isMisconfigured).isPresent();
      return (part.fault().isEmpty() || reserved ? PF_PRESENT : 0)
          | (access.right() == Permissions.WRITE ? PF_WRITE : 0)
          | (user ? PF_USER : 0)
          | (reserved ? PF_RESERVED : 0)
          | (access.right() == Permissions.EXECUTE ? PF_FETCH : 0);
    }

    /** ESR_ELx.ISS's fault status code: what, and on which level. */
    private long faultStatus(int depth, LayerPart part) {
      Step end = ends.get(depth);
      int level = 0;
      if (end != null) {
        String name = end.level().name();
        level = Math.max(0, Character.digit(name.charAt(name.length() - 1), 10));
      }
      int kind = part.fault().isPresent() ? 0b000100 : 0b001100;
      return kind | (level & LEVELS);
    }

    private Optional<String> place() {
      OptionalLong guest = translated.guestPhysical();
      if (guest.isEmpty() || space.machine().inHypervisor().isEmpty()) {
        return Optional.empty();
      }
      List<MemorySlot> slots = space.machine().inHypervisor().get().slots();
      if (slots.isEmpty()) {
        return Optional.empty();
      }
      for (MemorySlot slot : slots) {
        if (guest.getAsLong() >= slot.start() && guest.getAsLong() < slot.end()) {
          return Optional.of(
              "guest-physical 0x%x is in the memory slot from 0x%x to 0x%x, at 0x%x in the hypervisor's process"
                  .formatted(
                      guest.getAsLong(),
                      slot.start(),
                      slot.end() - 1,
                      slot.hostVirtual() + (guest.getAsLong() - slot.start())));
        }
      }
      return Optional.of(
          "guest-physical 0x%x is in no memory slot: an address of a device, or of nothing"
              .formatted(guest.getAsLong()));
    }

    /** Only EPT with IPAT settles it without registers; PAT's first entry is WB on every system. */
    private Optional<String> memoryType() {
      if (parts.isEmpty() || parts.getLast().fault().isPresent()) {
        return Optional.empty();
      }
      String lowest = parts.getLast().memoryType().orElse("");
      if (lowest.endsWith("+IPAT")) {
        return Optional.of(lowest.substring(0, 2) + ": the second level ignores the guest's PAT");
      }
      String top = parts.getFirst().memoryType().orElse("");
      boolean two = parts.size() == 2 && isFirstStage(0);
      return two && lowest.equals("WB") && top.equals("PAT0")
          ? Optional.of("WB where entry 0 of the guest's PAT is WB, as after a reset")
          : Optional.empty();
    }
  }
}
