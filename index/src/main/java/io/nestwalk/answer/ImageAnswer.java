package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.MachineSnapshot;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.SystemHints;
import io.nestwalk.image.VirtualPieces;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.Virtualization;
import io.nestwalk.system.VirtualizationFact.Feature;

/** What is in an image's file as every answer shows it. */
public final class ImageAnswer {

  private ImageAnswer() {}

  /**
   * The node of an image.
   *
   * @param machines what was found in it
   */
  public static ObjectNode of(MemoryImage opened, Machines machines) {
    ObjectNode row = Json.object();
    row.put("image", opened.file().name());
    row.put("format", opened.format());
    if (!opened.file().container().isEmpty()) {
      row.put("container", opened.file().container());
    }
    opened.creator().ifPresent(creator -> row.put("creator", creator));
    opened.architecture().ifPresent(arch -> row.put("arch", arch.toString()));
    ArrayNode snapshots = row.putArray("snapshots");
    for (MachineSnapshot snapshot : opened.snapshots()) {
      snapshots
          .addObject()
          .put("id", snapshot.id())
          .put("name", snapshot.name())
          .put("time", snapshot.time().toString())
          .put("stateBytes", snapshot.stateBytes())
          .put("read", snapshot.read());
    }
    ObjectNode memory = row.putObject("memory");
    memory.put("bytes", opened.memory().presentBytes());
    ArrayNode runs = memory.putArray("runs");
    for (MemoryRun run : opened.runs()) {
      ObjectNode node = runs.addObject();
      node.put("start", Hex.of(run.start()));
      node.put("length", run.length());
      node.put("fileOffset", run.fileOffset());
    }
    if (opened.runs().isEmpty()) {
      // Stored in blocks, compressed or apart from one another: no run has one place in the file.
      for (AddressRange range : opened.memory().ranges()) {
        runs.addObject().put("start", Hex.of(range.start())).put("length", range.length());
      }
    }
    ArrayNode cpus = row.putArray("cpus");
    opened.cpus().forEach(cpu -> cpus.add(CpuAnswer.of(cpu)));
    if (!opened.hints().isEmpty()) {
      row.set("hints", hints(opened.hints()));
    }
    row.set("virtualization", virtualization(Virtualization.of(machines)));
    return row;
  }

  /** What the dump's writer noted; addresses as all addresses are, in hexadecimal. */
  private static ObjectNode hints(SystemHints hints) {
    ObjectNode node = Json.object();
    node.put("source", hints.source());
    ObjectNode values = node.putObject("values");
    hints.values().forEach((name, value) -> values.put(name, Hex.of(value)));
    ArrayNode modules = node.putArray("modules");
    for (SystemHints.Module module : hints.modules()) {
      modules
          .addObject()
          .put("base", Hex.of(module.base()))
          .put("size", module.size())
          .put("name", module.name());
    }
    node.put("virtualBytes", hints.virtual().map(VirtualPieces::presentBytes).orElse(0L));
    return node;
  }

  private static ObjectNode virtualization(Virtualization virtualization) {
    ObjectNode all = Json.object();
    for (Feature feature : Feature.values()) {
      ObjectNode node = all.putObject(feature.toString());
      virtualization.supported(feature).ifPresent(known -> node.put("supported", known));
      virtualization.enabled(feature).ifPresent(known -> node.put("enabled", known));
      ArrayNode evidence = node.putArray("evidence");
      virtualization.evidence(feature).forEach(fact -> evidence.add(fact.evidence()));
    }
    return all;
  }
}
