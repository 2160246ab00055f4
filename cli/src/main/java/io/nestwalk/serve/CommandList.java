package io.nestwalk.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.AnswerSchemas;
import io.nestwalk.answer.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A list that a command answers. Which columns it has, and what stands beside its rows, says the
 * command's schema: a new list is one line here.
 *
 * @param name of the question, which is that of its schema
 * @param title for people
 * @param command the command
 * @param switches of the command that make this list
 * @param parameters the command's options that may be asked by
 * @param space of which memory an address of its rows is
 * @param heavy whether it takes so long that one at a time is enough
 */
record CommandList(
    String name,
    String title,
    String command,
    Set<String> switches,
    Set<String> parameters,
    Addresses space,
    boolean heavy) {

  /** Which memory a row's addresses are of. */
  enum Addresses {
    /** The kernel's. */
    KERNEL,
    /** That of the row's process. */
    PROCESS,
    /** The machine's physical memory. */
    PHYSICAL
  }

  private static final String MACHINE = "machine";
  private static final String PID = "pid";

  /** Lists that have no view of their own, in the order in which the page offers them. */
  static final List<CommandList> VIEWS =
      List.of(
          of("check", "Kernel checks", Addresses.KERNEL, true, MACHINE),
          of("malfind", "Injected code", Addresses.PROCESS, true, MACHINE, PID),
          of("threads", "Threads", Addresses.PROCESS, false, MACHINE).by("ps", "threads"),
          of("lsof", "Open files", Addresses.KERNEL, false, MACHINE, PID),
          of("env", "Environments", Addresses.PROCESS, false, MACHINE, PID),
          of("mounts", "Mounts", Addresses.KERNEL, false, MACHINE),
          of("namespaces", "Namespaces", Addresses.KERNEL, false, MACHINE),
          of("files", "Files in memory", Addresses.KERNEL, true, MACHINE),
          of("bash", "Shell history", Addresses.PROCESS, true, MACHINE),
          of("control", "Control structures", Addresses.PHYSICAL, true, MACHINE),
          of("second-level", "Second level", Addresses.PHYSICAL, true, MACHINE),
          of("second-level-stats", "Second level, sums", Addresses.PHYSICAL, true, MACHINE)
              .by("second-level", "stats"),
          of("second-level-odd", "Second level, odd", Addresses.PHYSICAL, true, MACHINE)
              .by("second-level", "odd"));

  /** Lists that the page shows in ways of their own. */
  static final List<CommandList> OTHERS =
      List.of(
          of("ps", "Processes", Addresses.KERNEL, false, MACHINE),
          of("netstat", "Sockets", Addresses.KERNEL, false, MACHINE),
          of("dmesg", "Kernel log", Addresses.KERNEL, false, MACHINE),
          of("modules", "Modules", Addresses.KERNEL, false, MACHINE, PID),
          of("timeline", "Timeline", Addresses.KERNEL, true, MACHINE));

  private static final String REFERENCE = "#/$defs/";

  /** Numbers of bytes, which people read in larger units. */
  private static final Set<String> SIZES =
      Set.of("size", "cachedBytes", "length", "pageSize", "bytes", "undecodedBytes");

  private static final Set<String> TIMES =
      Set.of("time", "startTime", "endTime", "modified", "changed", "accessed");

  private static final Set<String> KERNEL_OBJECTS = Set.of("object", "target", "peer");

  private static CommandList of(
      String name, String title, Addresses space, boolean heavy, String... parameters) {
    return new CommandList(name, title, name, Set.of(), Set.of(parameters), space, heavy);
  }

  private CommandList by(String other, String option) {
    return new CommandList(name, title, other, Set.of(option), parameters, space, heavy);
  }

  /** How it is asked. */
  Question question() {
    return new Question(
        parameters,
        heavy,
        (asked, given) -> {
          Map<String, String> options = new LinkedHashMap<>();
          switches.forEach(each -> options.put(each, ""));
          for (String parameter : parameters) {
            given.text(parameter).ifPresent(value -> options.put(parameter, value));
          }
          return asked.commands().of(command, options);
        });
  }

  /** What a page needs to know to show it. */
  ObjectNode json() {
    ObjectNode node = Json.object();
    node.put("question", name);
    node.put("title", title);
    // The others ask of machines alone, not of what runs on them.
    node.put("systems", space != Addresses.PHYSICAL);
    parameters.stream().sorted().forEach(node.putArray("parameters")::add);
    ObjectNode schema = AnswerSchemas.named(name).orElseThrow();
    JsonNode definitions = schema.path("$defs");
    ArrayNode lists = node.putArray("lists");
    for (Map.Entry<String, JsonNode> each : schema.path("properties").properties()) {
      JsonNode row = resolved(each.getValue().path("items"), definitions);
      if (row.has("properties")) {
        ObjectNode list = lists.addObject();
        list.put("name", each.getKey());
        list.put("description", row.path("description").asText(""));
        columns("", row, definitions, list.putArray("columns"));
      }
    }
    return node;
  }

  private static JsonNode resolved(JsonNode node, JsonNode definitions) {
    String reference = node.path("$ref").asText("");
    return reference.startsWith(REFERENCE)
        ? definitions.path(reference.substring(REFERENCE.length()))
        : node;
  }

  private void columns(String before, JsonNode row, JsonNode definitions, ArrayNode into) {
    for (Map.Entry<String, JsonNode> each : row.path("properties").properties()) {
      JsonNode given = each.getValue();
      JsonNode meant = resolved(given, definitions);
      if (meant.has("properties") && before.isEmpty()) {
        columns(each.getKey() + ".", meant, definitions, into);
        continue;
      }
      ObjectNode column = into.addObject();
      column.put("key", before + each.getKey());
      String type = type(each.getKey(), given, meant);
      column.put("type", type);
      if (type.equals("hex")) {
        space(each.getKey()).ifPresent(where -> column.put("space", where));
      }
      String description = given.path("description").asText(meant.path("description").asText(""));
      if (!description.isEmpty() && !meant.path("$id").isTextual()) {
        column.put("description", description);
      }
    }
  }

  private static String type(String key, JsonNode given, JsonNode meant) {
    if (given.path("$ref").asText("").equals(REFERENCE + "hex")) {
      return "hex";
    }
    String type = meant.path("type").asText("string");
    return type.equals("integer") && SIZES.contains(key)
        ? "size"
        : type.equals("string") && TIMES.contains(key) ? "time" : type;
  }

  /** Which memory an address is of; empty for values that are no addresses. */
  private Optional<String> space(String key) {
    return switch (key) {
      case "hpa" -> Optional.of("host");
      case "gpa" -> Optional.of("physical");
      case "address", "start", "startAddress", "win32StartAddress", "teb" ->
          Optional.of(space.name().toLowerCase(java.util.Locale.ROOT));
      default -> KERNEL_OBJECTS.contains(key) ? Optional.of("kernel") : Optional.empty();
    };
  }
}
