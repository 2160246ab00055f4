package io.nestwalk.index;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.ProcessAnswer;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.MachineEntry;
import io.nestwalk.index.Entry.MappingEntry;
import io.nestwalk.index.Entry.ProcessEntry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.machine.ViewComparison;
import io.nestwalk.paging.Permissions;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.SystemFacts;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a document looks like. Keys are those of the commands' answers; addresses are strings in
 * hexadecimal, sizes and counts are numbers, and what is not known is null.
 */
public final class EntryJson {

  /** Reads and writes documents. */
  public static final ObjectMapper MAPPER = new ObjectMapper();

  private EntryJson() {}

  /** The document of an entry. */
  public static ObjectNode of(Entry entry) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("kind", entry.kind().toString());
    switch (entry) {
      case MachineEntry machine -> machine(machine, node);
      case ProcessEntry process ->
          node.setAll(ProcessAnswer.of(process.machineId(), process.process()));
      case MappingEntry mapping -> mapping(mapping, node);
      case RunEntry run -> run(run, node);
      case FindingEntry finding -> finding(finding, node);
    }
    return node;
  }

  /** An unsigned number as answers spell addresses: "0x1798e000". */
  public static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static String hexOrNull(long value) {
    return value == RunEntry.NONE ? null : hex(value);
  }

  private static String hexOrNull(OptionalLong value) {
    return value.isPresent() ? hex(value.getAsLong()) : null;
  }

  private static void put(ObjectNode node, String key, OptionalLong value) {
    if (value.isPresent()) {
      node.put(key, value.getAsLong());
    } else {
      node.putNull(key);
    }
  }

  private static void put(ObjectNode node, String key, OptionalInt value) {
    put(node, key, value.isPresent() ? OptionalLong.of(value.getAsInt()) : OptionalLong.empty());
  }

  private static void machine(MachineEntry entry, ObjectNode node) {
    Machine machine = entry.machine();
    node.put("id", machine.id());
    node.put("parent", machine.parent().orElse(null));
    node.put("name", machine.inHypervisor().map(HypervisorGuest::name).orElse(null));
    put(
        node,
        "vmmPid",
        machine.inHypervisor().map(HypervisorGuest::pid).orElse(OptionalInt.empty()));
    node.put("arch", machine.architecture().toString());
    machine.sameSystemAs().ifPresent(same -> node.put("sameSystemAs", same));
    node.put("root", machine.root().map(root -> hex(root.address())).orElse(null));
    node.put("rootMode", machine.root().map(root -> root.mode().name()).orElse(null));
    node.put("roots", machine.roots().size());
    node.put("cpus", machine.cpus().size());
    SecondLevel second = machine.secondLevel();
    ObjectNode level = node.putObject("secondLevel");
    level.put("kind", second.kind().toString());
    level.put("root", second.root().map(root -> hex(root.address())).orElse(null));
    level.put("mode", second.root().map(root -> root.mode().name()).orElse(null));
    level.put("pointer", second.pointer().map(EntryJson::hex).orElse(null));
    level.put("mappedBytes", second.mappedBytes());
    second.views().ifPresentOrElse(views -> views(views, level), () -> level.putNull("views"));
    ArrayNode evidence = level.putArray("evidence");
    second.evidence().forEach(e -> evidence.add(e.text()));
    entry.system().ifPresentOrElse(facts -> system(facts, node), () -> node.putNull("os"));
  }

  private static void views(ViewComparison views, ObjectNode level) {
    ObjectNode node = level.putObject("views");
    node.put("agree", views.agree());
    node.put("onlySlots", views.onlySlots());
    node.put("onlyTables", views.onlyTables());
    node.put("disagree", views.disagree());
  }

  private static void system(SystemFacts facts, ObjectNode node) {
    ObjectNode os = node.putObject("os");
    os.put("name", facts.name());
    os.put("version", facts.version());
    os.put("banner", facts.banner().orElse(null));
    os.put("hostName", facts.hostName().orElse(null));
    os.put("kernelBase", hex(facts.kernelBase()));
    os.put("kernelPhysical", hexOrNull(facts.kernelPhysical()));
    os.put("kaslrSlide", hexOrNull(facts.kaslrSlide()));
    os.put("linearMap", hexOrNull(facts.linearMap()));
    os.put("root", hexOrNull(facts.root()));
    os.put("bootTime", facts.bootTime().map(Object::toString).orElse(null));
    os.put("uptimeSeconds", facts.uptime().map(d -> d.toMillis() / 1000.0).orElse(null));
  }

  private static void mapping(MappingEntry entry, ObjectNode node) {
    GuestMapping mapping = entry.mapping();
    node.put("machine", entry.machineId());
    node.put("pid", entry.pid());
    node.put("process", entry.process());
    node.put("start", hex(mapping.start()));
    node.put("end", hex(mapping.end()));
    node.put("permissions", mapping.permissions());
    node.put("mappingKind", mapping.kind().toString());
    node.put("path", mapping.path().orElse(null));
    node.put("offset", mapping.offset());
    ArrayNode flags = node.putArray("flags");
    mapping.flags().forEach(flag -> flags.add(flag.toString()));
    node.put("presentBytes", mapping.presentBytes());
    node.put("object", hex(mapping.object()));
  }

  private static void run(RunEntry run, ObjectNode node) {
    node.put("machine", run.machineId());
    node.put("space", run.space().toString());
    put(node, "pid", run.pid());
    node.put("process", run.name());
    node.put("path", run.path().orElse(null));
    node.put("start", hex(run.start()));
    node.put("length", run.length());
    node.put("gpa", hexOrNull(run.gpa()));
    node.put("hpa", hexOrNull(run.hpa()));
    if (run.fileOffset() == RunEntry.NONE) {
      node.putNull("fileOffset");
    } else {
      node.put("fileOffset", run.fileOffset());
    }
    node.put("pageSize", 1L << run.pageShift());
    node.put("permissions", run.permissions() == 0 ? null : Permissions.format(run.permissions()));
  }

  private static void finding(FindingEntry finding, ObjectNode node) {
    node.put("machine", finding.machineId());
    put(node, "pid", finding.pid());
    node.put("process", finding.process().orElse(null));
    node.put("rule", finding.rule());
    node.put("text", finding.text());
    node.put("address", finding.address().map(EntryJson::hex).orElse(null));
  }

  /** The value of an address that a document holds under {@code key}. */
  static Optional<Long> address(ObjectNode document, String key) {
    String text = document.path(key).asText("");
    return text.startsWith("0x")
        ? Optional.of(Long.parseUnsignedLong(text.substring(2), 16))
        : Optional.empty();
  }
}
