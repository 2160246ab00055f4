package io.nestwalk.session;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.StateAnswer;
import io.nestwalk.answer.WalkAnswer;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.memory.Trace;
import io.nestwalk.paging.Permissions;
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
public record Translated(
    PhysicalMemory image, Space space, long address, Trace walk, Optional<Trace> own) {

  /**
   * Follows an address of a space.
   *
   * @param image host-physical memory
   */
  public static Translated of(PhysicalMemory image, Space space, long address) {
    return new Translated(
        image, space, address, space.trace(address), space.guestsOwnWalk(address));
  }

  /** Whether the address leads to memory; the host's own that the image does not hold does not. */
  public boolean isMapped() {
    return walk.fault().isEmpty() && !isBeyondImage();
  }

  /** A physical address of the host needs no table, but must be in the image. */
  private boolean isBeyondImage() {
    return space.dimensions().isEmpty() && !image.isPresent(walk.lowest());
  }

  /** Shadow tables know no guest-physical address; the guest's own tables do. */
  public OptionalLong guestPhysical() {
    if (own.isPresent() && own.get().stops().size() > 1) {
      return OptionalLong.of(own.get().stops().get(1));
    }
    return space.guestPhysical(walk);
  }

  /** Whether another walk of the address ends where this one does. */
  public boolean agrees(Trace other) {
    return walk.fault().isPresent()
        ? other.fault().isPresent()
        : other.fault().isEmpty() && walk.lowest() == other.lowest();
  }

  /** What each layer allows, and what the hardware raises for an access that is refused. */
  public Explanation explanation() {
    return Explanation.of(this);
  }

  /** The kernel's name for one of its addresses. */
  public Optional<String> symbol() {
    return space.physical() || !space.isKernelAddress(address)
        ? Optional.empty()
        : space
            .machine()
            .system()
            .flatMap(system -> system.symbols().at(address))
            .map(symbol -> symbol.describe(address));
  }

  /**
   * The row of an answer.
   *
   * @param steps whether every table entry on the way is in it
   */
  public ObjectNode json(boolean steps) {
    ObjectNode row = Json.object();
    row.put("machine", space.machine().id());
    space.process().ifPresent(name -> row.put("process", name));
    row.put("address", Hex.of(address));
    symbol().ifPresent(name -> row.put("symbol", name));
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
    return WalkAnswer.fault(walk.fault().get());
  }
}
