package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.MachineEntry;
import io.nestwalk.index.IndexBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes an image's entries. What is begun, complete and finished is kept in documents of the same
 * index: who takes it away takes all. A part that is done again overwrites what it wrote before, id
 * by id, and takes away what is left of that when it is complete.
 */
public final class OpenSearchBuilder implements IndexBuilder {

  /** The state of an image of which something may be there. */
  static final String BEGUN = "begun";

  /** The state of a part that is complete. */
  static final String COMPLETE = "complete";

  /** The state of an image of which everything is there. */
  static final String FINISHED = "finished";

  private final Cluster cluster;
  private final String image;
  private final Bulk bulk;
  private final Map<String, List<String>> complete = new LinkedHashMap<>();
  private final Map<String, String> hosts = new HashMap<>();
  private String part;
  private String sequence;
  private long entries;

  OpenSearchBuilder(Cluster cluster) throws IOException {
    this.cluster = cluster;
    image = cluster.place().image().orElseThrow();
    bulk = new Bulk(cluster);
    OpenSearchStore.refresh(cluster);
    new Pages(cluster, Queries.state(COMPLETE, Scope.of(image)))
        .forEach(
            found -> {
              JsonNode own = found.path(Names.OWN);
              List<String> warnings = new ArrayList<>();
              own.path("document").path("warnings").forEach(each -> warnings.add(each.asText()));
              complete.put(own.path("part").asText(), List.copyOf(warnings));
            });
    state(BEGUN, "", Json.object());
  }

  /** Is told of a machine whose entries will come, maybe without the one of itself. */
  public void know(MachineEntry machine) {
    String name = machine.answer().path("os").path("hostName").asText("");
    hosts.put(machine.machineId(), name.isEmpty() ? machine.machineId() : name);
  }

  @Override
  public void beginPart(String name) {
    part = name;
    sequence = EntryDocument.sequence(name);
    entries = 0;
    bulk.forget();
  }

  @Override
  public void add(Entry entry) throws IOException {
    if (part == null) {
      throw new IllegalStateException("no part was begun");
    }
    if (entry instanceof MachineEntry machine) {
      know(machine);
    }
    String host = hosts.getOrDefault(entry.machineId(), entry.machineId());
    bulk.add(
        "%s#%s#%d".formatted(image, part, entries),
        EntryDocument.of(entry, image, part, sequence, entries, host));
    entries++;
  }

  @Override
  public void completePart(List<String> warnings) throws IOException {
    if (part == null) {
      throw new IllegalStateException("no part was begun");
    }
    bulk.flush();
    // What an earlier try has written beyond this one's entries.
    OpenSearchStore.refresh(cluster);
    Deletion.of(cluster, Queries.part(image, part, entries));
    long there = OpenSearchStore.count(cluster, Queries.part(image, part, 0));
    if (there != entries) {
      throw new IOException(
          "%s: %d entries of %s were written, %d are there"
              .formatted(cluster.place(), entries, part, there));
    }
    ObjectNode said = Json.object();
    ArrayNode lines = said.putArray("warnings");
    warnings.forEach(lines::add);
    state(COMPLETE, part, said);
    complete.put(part, List.copyOf(warnings));
    part = null;
  }

  @Override
  public Set<String> completeParts() {
    return Set.copyOf(complete.keySet());
  }

  @Override
  public List<String> warnings() {
    return complete.values().stream().flatMap(List::stream).distinct().toList();
  }

  @Override
  public void finish() throws IOException {
    part = null;
    state(FINISHED, "", Json.object());
    OpenSearchStore.refresh(cluster);
  }

  private void state(String state, String of, ObjectNode more) throws IOException {
    ObjectNode document = Json.object();
    ObjectNode own = document.putObject(Names.OWN);
    own.put("state", state);
    own.put("rank", 0);
    own.put("image", image);
    own.put("part", of);
    own.put("sequence", of);
    own.put("number", 0);
    own.set("document", more);
    bulk.add("%s#%s#%s".formatted(image, of, state), document);
    bulk.flush();
  }

  @Override
  public void close() throws IOException {
    cluster.close();
  }
}
