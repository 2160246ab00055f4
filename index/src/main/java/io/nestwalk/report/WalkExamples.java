package io.nestwalk.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.WalkAnswer;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.Trace;
import io.nestwalk.memory.Tracer;
import io.nestwalk.paging.Permissions;
import io.nestwalk.system.GuestProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One told walk for each process: of its first executable page, for the report to draw. */
public final class WalkExamples {

  /** The stage's name. */
  public static final String STAGE = "walks";

  /** More walks than this make a report large and add nothing. */
  private static final int MAX_WALKS = 256;

  private final Machines machines;

  private WalkExamples(Machines machines) {
    this.machines = machines;
  }

  /** Makes the walks and leaves them in the folder; the stage is complete afterwards. */
  public static void make(AnalysisFolder folder, Machines machines) throws IOException {
    ArrayNode walks = Json.MAPPER.createArrayNode();
    WalkExamples examples = new WalkExamples(machines);
    try (SearchIndex index = folder.index()) {
      for (Map.Entry<String, Map<Integer, Long>> each : examples.addresses(index).entrySet()) {
        Machine machine = machines.named(each.getKey()).orElseThrow();
        examples.walks(machine, each.getValue(), walks);
      }
    }
    folder.write(Analysis.WALKS, out -> Json.MAPPER.writeValue(out, walks));
    folder.completed(STAGE, Json.object().put("walks", walks.size()));
  }

  /** For every machine's name and pid the address to walk. */
  private Map<String, Map<Integer, Long>> addresses(SearchIndex index) throws IOException {
    Map<String, Map<Integer, Long>> addresses = new LinkedHashMap<>();
    int[] count = {0};
    index.forEachRun(
        run -> {
          boolean code = (run.permissions() & Permissions.EXECUTE) != 0;
          if (!code || run.pid().isEmpty() || machines.named(run.machineId()).isEmpty()) {
            return;
          }
          Map<Integer, Long> own =
              addresses.computeIfAbsent(run.machineId(), m -> new LinkedHashMap<>());
          int pid = run.pid().getAsInt();
          if (count[0] < MAX_WALKS && !own.containsKey(pid)) {
            count[0]++;
            own.put(pid, run.start());
          }
        });
    return addresses;
  }

  private void walks(Machine machine, Map<Integer, Long> addresses, ArrayNode walks) {
    if (machine.system().isEmpty()) {
      return;
    }
    List<String> dimensions = dimensions(machine);
    for (GuestProcess process : machine.system().get().processes()) {
      Long address = addresses.get(process.pid());
      Optional<Layer> memory = machine.system().get().memoryOf(process);
      if (address != null && memory.isPresent()) {
        Trace trace = Tracer.trace(memory.get(), address, dimensions);
        walks.add(walk(machine, process, address, trace));
      }
    }
  }

  private List<String> dimensions(Machine machine) {
    List<String> names = new ArrayList<>();
    names.add(machine.parent().isPresent() ? "guest" : Machine.HOST);
    Machine level = machine;
    while (level.parent().isPresent()) {
      String kind = level.secondLevel().kind().toString();
      names.add(machine.id().indexOf('.') < 0 ? kind : level.id() + " " + kind);
      level = machines.named(level.parent().get()).orElseThrow();
    }
    return names;
  }

  private static ObjectNode walk(Machine machine, GuestProcess process, long address, Trace trace) {
    ObjectNode node = Json.object();
    node.put("machine", machine.id());
    node.put("pid", process.pid());
    node.put("process", process.name());
    node.put("address", Hex.of(address));
    ArrayNode stops = node.putArray("stops");
    trace.stops().forEach(stop -> stops.add(Hex.of(stop)));
    node.put("pageSize", trace.pageSize());
    node.put("permissions", Permissions.format(trace.permissions()));
    node.set("steps", WalkAnswer.steps(trace));
    return node;
  }
}
