package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of kernels' addresses against those that the running kernels told. */
class SymbolsCommandTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final JsonNode TRUTH = CommandRun.truth("kvm-npt").path("machines");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"host", "vm1"})
  void everySymbolOfTheTruthHasItsAddress(String machine) {
    JsonNode rows =
        CommandRun.of("symbols", NPT, "--machine", machine, "--format", "json")
            .valid("symbols")
            .path("symbols");
    assertThat(rows.size()).isGreaterThan(80_000);
    Set<String> listed = new TreeSet<>();
    rows.forEach(row -> listed.add(row.path("name").asText() + row.path("address").asText()));
    TRUTH
        .path(machine)
        .path("symbols")
        .properties()
        .forEach(
            symbol -> assertThat(listed).contains(symbol.getKey() + symbol.getValue().asText()));
    String vmList = TRUTH.path("host").path("symbols").path("vm_list").asText();
    assertThat(CommandRun.of("symbols", NPT, "--machine", "host", vmList).out())
        .contains("vm_list+0x0", "kvm");
  }

  @Test
  void aSymbolIsAnAddress() {
    for (String machine : List.of("host", "vm1")) {
      String address = TRUTH.path(machine).path("symbols").path("init_task").asText();
      JsonNode named =
          CommandRun.of("translate", NPT, "init_task", "--machine", machine, "--format", "json")
              .valid("translate");
      JsonNode plain =
          CommandRun.of(
                  "translate", NPT, address, "--machine", machine, "--kernel", "--format", "json")
              .valid("translate");
      assertThat(named).isEqualTo(plain);
      assertThat(named.path("symbol").asText()).isEqualTo("init_task");
      assertThat(named.path("address").asText()).isEqualTo(address);
    }
    CommandRun nothing = CommandRun.of("translate", NPT, "no_such_symbol");
    assertThat(nothing.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(nothing.err()).contains("no_such_symbol");
  }

  @Test
  void whatIsNotThereOrWrongIsSaid() {
    assertThat(CommandRun.of("symbols", NPT, "--grep", "^no_such_name$").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(CommandRun.of("symbols", NPT, "0x1000").code()).isEqualTo(ExitCode.NOT_FOUND);
    for (String[] wrong :
        new String[][] {
          {"--grep", "("}, {"-o", "x"}, {"--export", "isf", "--grep", "x"}, {"--export", "elf"}
        }) {
      String[] line = new String[wrong.length + 2];
      line[0] = "symbols";
      line[1] = NPT;
      System.arraycopy(wrong, 0, line, 2, wrong.length);
      CommandRun run = CommandRun.of(line);
      assertThat(run.code()).isEqualTo(ExitCode.USAGE);
      assertThat(run.err()).hasLineCount(1);
    }
  }

  @Test
  void aSystemMapIsInTheOrderOfAddresses() throws IOException {
    Path map = folder.resolve("System.map");
    assertThat(CommandRun.of("symbols", NPT, "--export", "system-map", "-o", map.toString()).code())
        .isEqualTo(ExitCode.DONE);
    List<String> lines = Files.readAllLines(map);
    assertThat(lines.stream().map(line -> line.substring(0, 16)).toList()).isSorted();
    String address = TRUTH.path("host").path("symbols").path("init_task").asText().substring(2);
    assertThat(lines).contains(address + " D init_task");
  }

  /** The rules of the intermediate symbol format, version 6.2.0. */
  @Test
  void theExportKeepsTheRulesOfItsFormat() throws IOException {
    Path file = folder.resolve("kernel.json");
    CommandRun run = CommandRun.of("symbols", NPT, "--export", "isf", "-o", file.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    JsonNode isf = new ObjectMapper().readTree(Files.readAllBytes(file));
    assertThat(keys(isf))
        .containsExactlyInAnyOrder("metadata", "base_types", "user_types", "enums", "symbols");
    assertThat(isf.path("metadata").path("format").asText()).isEqualTo("6.2.0");
    Rules rules = new Rules(isf);
    isf.path("user_types").properties().forEach(rules::struct);
    isf.path("enums").properties().forEach(rules::enumeration);
    isf.path("symbols").properties().forEach(rules::symbol);
    assertThat(isf.path("base_types").path("pointer").path("size").asInt()).isEqualTo(8);
    assertThat(isf.path("base_types").path("void").path("size").asInt()).isZero();
    JsonNode banner = isf.path("symbols").path("linux_banner");
    assertThat(new String(banner.path("constant_data").binaryValue(), StandardCharsets.US_ASCII))
        .isEqualTo(TRUTH.path("host").path("banner").asText().strip() + "\n\0");
    // At the address that the kernel was linked for.
    JsonNode symbols = TRUTH.path("host").path("symbols");
    BigInteger linked =
        hex(symbols.path("init_task"))
            .subtract(hex(symbols.path("_text")))
            .add(new BigInteger("ffffffff81000000", 16));
    assertThat(isf.path("symbols").path("init_task").path("address").bigIntegerValue())
        .isEqualTo(linked);
    assertThat(isf.path("symbols").path("init_task").path("type").path("name").asText())
        .isEqualTo("task_struct");
    JsonNode task = isf.path("user_types").path("task_struct");
    assertThat(task.path("fields").path("comm").path("type").path("count").asInt()).isEqualTo(16);
  }

  private static BigInteger hex(JsonNode node) {
    return new BigInteger(node.asText().substring(2), 16);
  }

  private static Set<String> keys(JsonNode node) {
    Set<String> keys = new TreeSet<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** Every name leads to an entry and every descriptor has the keys of its kind. */
  private record Rules(JsonNode isf) {

    void struct(Map.Entry<String, JsonNode> entry) {
      JsonNode struct = entry.getValue();
      assertThat(keys(struct)).containsExactlyInAnyOrder("size", "kind", "fields");
      for (Map.Entry<String, JsonNode> field : struct.path("fields").properties()) {
        assertThat(keys(field.getValue())).contains("type", "offset");
        type(field.getValue().path("type"));
      }
    }

    void enumeration(Map.Entry<String, JsonNode> entry) {
      JsonNode each = entry.getValue();
      assertThat(keys(each)).containsExactlyInAnyOrder("size", "base", "constants");
      assertThat(isf.path("base_types").has(each.path("base").asText())).isTrue();
      assertThat(each.path("constants")).allMatch(JsonNode::isIntegralNumber);
    }

    void symbol(Map.Entry<String, JsonNode> entry) {
      assertThat(entry.getValue().path("address").isIntegralNumber()).isTrue();
      if (entry.getValue().has("type")) {
        type(entry.getValue().path("type"));
      }
    }

    private void type(JsonNode type) {
      String kind = type.path("kind").asText();
      Set<String> wanted =
          switch (kind) {
            case "base", "struct", "union", "enum" -> Set.of("kind", "name");
            case "pointer" -> Set.of("kind", "subtype");
            case "array" -> Set.of("kind", "subtype", "count");
            case "function" -> Set.of("kind");
            case "bitfield" -> Set.of("kind", "bit_position", "bit_length", "type");
            default -> Set.of("no kind: " + kind);
          };
      assertThat(keys(type)).isEqualTo(wanted);
      String name = type.path("name").asText();
      switch (kind) {
        case "base" -> assertThat(isf.path("base_types").has(name)).as(name).isTrue();
        case "struct", "union" -> assertThat(isf.path("user_types").has(name)).as(name).isTrue();
        case "enum" -> assertThat(isf.path("enums").has(name)).as(name).isTrue();
        case "bitfield" -> type(type.path("type"));
        case "function" -> assertThat(type).hasSize(1);
        default -> type(type.path("subtype"));
      }
    }
  }
}
