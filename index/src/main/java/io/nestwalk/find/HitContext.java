package io.nestwalk.find;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The bytes around a hit, in the order in which its first owner has them: they may lie apart in
 * physical memory. Of a hit that is nobody's, those around it in physical memory.
 *
 * @param machine the first owner's machine; empty for a hit that is nobody's
 * @param memory the owner's memory, or the image's
 * @param address of the hit in that memory
 * @param length of the hit in bytes
 */
public record HitContext(Optional<String> machine, Memory memory, long address, int length) {

  private static final HexFormat HEX = HexFormat.of();

  /** The surroundings of a hit. */
  public static HitContext of(Machines machines, Memory physical, Hit hit) {
    List<Owner> owners = hit.owners();
    if (!owners.isEmpty()) {
      Owner owner = owners.getFirst();
      Optional<Memory> memory =
          machines.named(owner.machine()).flatMap(machine -> memoryOf(machine, owner));
      if (memory.isPresent()) {
        return new HitContext(
            Optional.of(owner.machine()), memory.get(), owner.address(), hit.length());
      }
    }
    return new HitContext(Optional.empty(), physical, hit.hpa(), hit.length());
  }

  private static Optional<Memory> memoryOf(Machine machine, Owner owner) {
    Optional<GuestSystem> system = machine.system();
    return switch (owner.space()) {
      case PHYSICAL -> Optional.of(machine.physical());
      case KERNEL -> system.map(GuestSystem::kernelMemory);
      case USER ->
          system.flatMap(
              known ->
                  known.processes().stream()
                      .filter(each -> owner.pid().isPresent())
                      .filter(each -> each.pid() == owner.pid().getAsInt())
                      .findFirst()
                      .flatMap((GuestProcess each) -> known.userMemoryOf(each)));
    };
  }

  /** The address of the first byte that is shown of so many before the hit. */
  public long start(int around) {
    return Long.compareUnsigned(address, around) < 0 ? 0 : address - around;
  }

  /** How many bytes are shown with so many before and after the hit; none behind the last one. */
  public int shown(int around) {
    long wanted = address - start(around) + length + around;
    long left = -start(around);
    return (int) (left == 0 || Long.compareUnsigned(wanted, left) < 0 ? wanted : left);
  }

  /**
   * The node of an answer.
   *
   * @param around how many bytes before and after the hit
   */
  public ObjectNode node(int around) {
    ObjectNode node = Json.object();
    machine.ifPresent(id -> node.put("machine", id));
    long start = start(around);
    node.put("address", Hex.of(start));
    node.put("match", (int) (address - start));
    int shown = shown(around);
    StringBuilder bytes = new StringBuilder(2 * shown);
    for (int i = 0; i < shown; i++) {
      int value = memory.getByte(start + i);
      if (value < 0) {
        bytes.append("??");
      } else {
        HEX.toHexDigits(bytes, (byte) value);
      }
    }
    node.put("bytes", bytes.toString());
    return node;
  }
}
