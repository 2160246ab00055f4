package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.StateAnswer;
import io.nestwalk.answer.WalkAnswer;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.memory.Trace;
import io.nestwalk.paging.Permissions;
import io.nestwalk.session.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An address in every layer.
 *
 * @param image host-physical memory
 * @param space whose address it is
 * @param address as the user gave it
 * @param walk through all layers
 * @param own the walk by the guest's own tables, where shadow tables made {@code walk}
 */
record Translated(
    PhysicalMemory image, Space space, long address, Trace walk, Optional<Trace> own) {

  static Translated of(Session session, Space space, long address) {
    return new Translated(
        session.image().memory(),
        space,
        address,
        space.trace(address),
        space.guestsOwnWalk(address));
  }

  /** Whether the address leads to memory; the host's own that the image does not hold does not. */
  boolean isMapped() {
    return walk.fault().isEmpty() && !isBeyondImage();
  }

  /** A physical address of the host needs no table, but must be in the image. */
  private boolean isBeyondImage() {
    return space.dimensions().isEmpty() && !image.isPresent(walk.lowest());
  }

  /** Shadow tables know no guest-physical address; the guest's own tables do. */
  private OptionalLong guestPhysical() {
    if (own.isPresent() && own.get().stops().size() > 1) {
      return OptionalLong.of(own.get().stops().get(1));
    }
    return space.guestPhysical(walk);
  }

  /** The cells of a table: machine, address, gpa, hpa, file offset, page, permissions. */
  List<String> cells() {
    OptionalLong guest = guestPhysical();
    boolean translated = isMapped() && !space.dimensions().isEmpty();
    return List.of(
        space.machine().id(),
        Hex.of(address),
        guest.isPresent() ? Hex.of(guest.getAsLong()) : "-",
        isMapped() ? Hex.of(walk.lowest()) : "-",
        isMapped() ? place() : "-",
        translated ? Sizes.of(walk.pageSize()) : "-",
        translated ? Permissions.format(walk.permissions()) : "-");
  }

  /** Where in the file the byte stands; a page in a packed block has no place of its own. */
  private String place() {
    long offset = image.locate(walk.lowest());
    if (offset != Memory.NOWHERE) {
      return Hex.of(offset);
    }
    return image.isPresent(walk.lowest()) ? "packed" : "not in the image";
  }

  /** What is to be said below the table, a line each. */
  List<String> remarks() {
    List<String> lines = new ArrayList<>();
    own.ifPresent(
        trace ->
            lines.add(
                agrees(trace)
                    ? "the guest's own tables and the hypervisor's shadow tables agree"
                    : "the guest's own tables say otherwise than the shadow tables: "
                        + outcome(trace)));
    reason().ifPresent(lines::add);
    if (isMapped() && !walk.state().isMapped()) {
      lines.add("not present for the hardware, but in memory: " + state());
    }
    return lines;
  }

  /** Why the address leads nowhere, in one line; empty when it leads to memory. */
  Optional<String> reason() {
    if (isMapped()) {
      return Optional.empty();
    }
    String hint = SpaceOptions.hint(space, address).map(each -> "; " + each).orElse("");
    return Optional.of(
        walk.fault()
            .map(
                fault ->
                    "not mapped: %s%s: %s%s%s"
                        .formatted(
                            fault.dimension(),
                            fault.level().map(level -> " " + level).orElse(""),
                            fault.reason(),
                            walk.state().isMapped() ? "" : "; " + state(),
                            hint))
            .orElse("physical address %s is not in the image".formatted(Hex.of(address))));
  }

  /** A page's state may hold text from the guest. */
  private String state() {
    return Printable.of(walk.state().toString());
  }

  private boolean agrees(Trace other) {
    return walk.fault().isPresent()
        ? other.fault().isPresent()
        : other.fault().isEmpty() && walk.lowest() == other.lowest();
  }

  private static String outcome(Trace trace) {
    return trace.fault().isPresent()
        ? trace.fault().get().reason().toString()
        : "host-physical " + Hex.of(trace.lowest());
  }

  /** The row of an answer. */
  ObjectNode json(boolean steps) {
    ObjectNode row = Json.object();
    row.put("machine", space.machine().id());
    space.process().ifPresent(name -> row.put("process", name));
    row.put("address", Hex.of(address));
    guestPhysical().ifPresent(gpa -> row.put("gpa", Hex.of(gpa)));
    own.ifPresent(trace -> row.put("tablesAgree", agrees(trace)));
    if (isMapped()) {
      row.put("hpa", Hex.of(walk.lowest()));
      long offset = image.locate(walk.lowest());
      if (offset != Memory.NOWHERE) {
        row.put("fileOffset", offset);
      }
      row.put("inImage", image.isPresent(walk.lowest()));
      if (!space.dimensions().isEmpty()) {
        row.put("pageSize", walk.pageSize());
        row.put("permissions", Permissions.format(walk.permissions()));
      }
    } else {
      row.set("fault", fault());
    }
    StateAnswer.addTo(row, walk.state());
    if (steps) {
      row.set("steps", WalkAnswer.steps(walk));
    }
    return row;
  }

  private ObjectNode fault() {
    if (walk.fault().isEmpty()) {
      return Json.object().put("dimension", "physical").put("reason", "not in the image");
    }
    ObjectNode node = WalkAnswer.fault(walk.fault().get());
    SpaceOptions.hint(space, address).ifPresent(hint -> node.put("hint", hint));
    return node;
  }
}
