package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.nestwalk.answer.CheckAnswer;
import io.nestwalk.answer.InjectionAnswer;
import io.nestwalk.answer.SharedAnswer;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.machine.SharedPages;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.PageKind;
import io.nestwalk.system.Suspicion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What processes have and are, against what was read in /proc inside the machines. */
class InsideGuestTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final JsonNode TRUTH = CommandRun.truth("kvm-npt").path("machines");

  @TempDir private static Path folder;

  private static JsonNode rows(String command, String machine, String name, String... more) {
    List<String> line = new ArrayList<>(List.of(command, NPT, "--machine", machine));
    line.addAll(List.of(more));
    line.addAll(List.of("--format", "json"));
    CommandRun run = CommandRun.of(line.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    String schema = List.of(more).contains("--threads") ? "threads" : command;
    JsonNode answer = run.valid(schema);
    assertThat(answer.path("coverage").path("warnings")).isEmpty();
    return answer.path(name);
  }

  private static Map<Integer, List<String>> byPid(JsonNode rows, String... keys) {
    Map<Integer, List<String>> map = new TreeMap<>();
    for (JsonNode row : rows) {
      StringBuilder text = new StringBuilder();
      for (String key : keys) {
        text.append(text.isEmpty() ? "" : " ").append(row.path(key).asText());
      }
      map.computeIfAbsent(row.path("pid").asInt(), _ -> new ArrayList<>()).add(text.toString());
    }
    return map;
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "vm1"})
  void openFilesAreThoseOfTheTruth(String machine) {
    Map<Integer, List<String>> wanted = new TreeMap<>();
    for (JsonNode process : TRUTH.path(machine).path("processes")) {
      for (JsonNode file : process.path("files")) {
        wanted
            .computeIfAbsent(process.path("pid").asInt(), _ -> new ArrayList<>())
            .add(file.path(0).asInt() + " " + file.path(1).asText());
      }
    }
    JsonNode files = rows("lsof", machine, "files");
    Map<Integer, List<String>> found = byPid(files, "descriptor", "path");
    assertThat(wanted).isNotEmpty();
    wanted.forEach((pid, list) -> assertThat(found.get(pid)).isEqualTo(list));
    // A pipe's ends and a pair of sockets know each other.
    List<JsonNode> pipes = new ArrayList<>();
    List<JsonNode> sockets = new ArrayList<>();
    for (JsonNode file : files) {
      switch (file.path("kind").asText()) {
        case "pipe" -> pipes.add(file);
        case "socket" -> sockets.add(file);
        default -> assertThat(file.has("socket")).isFalse();
      }
    }
    assertThat(pipes).hasSizeGreaterThanOrEqualTo(2);
    assertThat(pipes).extracting(file -> file.path("access").asText()).contains("r", "w");
    assertThat(sockets).hasSize(2);
    for (int i = 0; i < 2; i++) {
      JsonNode own = sockets.get(i);
      JsonNode other = sockets.get(1 - i);
      assertThat(own.path("socket").path("peer")).isEqualTo(other.path("socket").path("object"));
      assertThat(own.path("others").path(0).path("descriptor")).isEqualTo(other.path("descriptor"));
      assertThat(own.path("path").asText())
          .isEqualTo("socket:[%d]".formatted(own.path("socket").path("inode").asLong()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "vm1"})
  void socketsOfProcessesAreInTheKernelsTablesToo(String machine) {
    JsonNode sockets = rows("netstat", machine, "sockets");
    List<JsonNode> held = new ArrayList<>();
    int ofKernel = 0;
    for (JsonNode socket : sockets) {
      if (socket.path("holders").isEmpty()) {
        ofKernel++;
        assertThat(socket.path("seenBy")).extracting(JsonNode::asText).containsExactly("tables");
      } else {
        held.add(socket);
      }
    }
    // The kernel's own ends of netlink.
    assertThat(ofKernel).isPositive();
    assertThat(held)
        .hasSize(2)
        .allSatisfy(
            socket -> {
              assertThat(socket.path("protocol").asText()).isEqualTo("unix");
              assertThat(socket.path("state").asText()).isEqualTo("ESTABLISHED");
              assertThat(socket.path("seenBy"))
                  .extracting(JsonNode::asText)
                  .containsExactly("descriptors", "tables");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "vm1"})
  void environmentsAndCredentialsAreThoseOfTheTruth(String machine) {
    JsonNode found = rows("env", machine, "processes");
    int compared = 0;
    for (JsonNode process : TRUTH.path(machine).path("processes")) {
      for (JsonNode row : found) {
        if (row.path("pid").asInt() == process.path("pid").asInt()) {
          compared++;
          assertThat(row.path("environment"))
              .extracting(JsonNode::asText)
              .containsExactlyElementsOf(texts(process.path("environment")));
          assertThat(row.path("credentials").path("uid").asInt())
              .isEqualTo(process.path("uid").asInt());
          assertThat(row.path("workingDirectory").asText()).isEqualTo("/");
          // Who is root has all capabilities here, and nobody else has any.
          boolean root = process.path("uid").asInt() == 0;
          assertThat(texts(row.path("capabilities").path("effective")))
              .isEqualTo(root ? List.of("all") : List.of());
        }
      }
    }
    assertThat(compared).isGreaterThan(40);
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "vm1"})
  void threadsAreThoseOfTheTruth(String machine) {
    Map<Integer, List<String>> found =
        byPid(rows("ps", machine, "threads", "--threads"), "tid", "name");
    int several = 0;
    for (JsonNode process : TRUTH.path(machine).path("processes")) {
      List<String> wanted = new ArrayList<>();
      for (JsonNode task : process.path("tasks")) {
        String name = task.path(1).asText();
        wanted.add(task.path(0).asInt() + " " + name.substring(0, Math.min(15, name.length())));
      }
      several += wanted.size() > 1 ? 1 : 0;
      if (!process.path("transient").asBoolean() && !process.path("kernelThread").asBoolean()) {
        assertThat(found.get(process.path("pid").asInt())).isEqualTo(wanted);
      }
    }
    assertThat(several).isPositive();
  }

  @Test
  void mountsAndNamespacesAreListed() {
    JsonNode mounts = rows("mounts", "host", "mounts");
    assertThat(mounts)
        .anySatisfy(
            mount -> {
              assertThat(mount.path("point").asText()).isEqualTo("/proc");
              assertThat(mount.path("type").asText()).isEqualTo("proc");
              assertThat(mount.path("root").asText()).isEqualTo("/");
            });
    JsonNode namespaces = rows("namespaces", "host", "namespaces");
    assertThat(namespaces)
        .anySatisfy(
            namespace -> {
              assertThat(namespace.path("kind").asText()).isEqualTo("mnt");
              assertThat(namespace.path("initial").asBoolean()).isFalse();
              assertThat(namespace.path("first").asText()).isEqualTo("kdevtmpfs");
            });
  }

  @Test
  void aCleanKernelIsSaidToBeCleanByWhatWasExamined() {
    CommandRun run = CommandRun.of("check", NPT, "--format", "json");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    JsonNode answer = run.valid("check");
    assertThat(answer.path("findings")).isEmpty();
    assertThat(answer.path("examined")).hasSize(26);
    assertThat(answer.path("examined"))
        .allMatch(each -> each.path("examined").asInt() > 0 && each.path("omitted").isEmpty());
    // A kernel whose types are not known is not said to be clean.
    assertThat(CommandRun.of("check", NPT).out()).contains("NOT EXAMINED", "system-call-table");
    aFindingShowsTheCodeInQuestion(answer);
  }

  /** A row as it would be, with and without the system's Capstone. */
  private static void aFindingShowsTheCodeInQuestion(JsonNode answer) {
    Suspicion suspicion =
        new Suspicion(
            "a function begins with a way out",
            -8192,
            OptionalLong.of(-4096),
            Optional.empty(),
            OptionalInt.empty(),
            List.of(
                new Suspicion.Code(-8192, "e9"),
                new Suspicion.Code(-4096, "55c3"),
                new Suspicion.Code(-4095, "c3c3", false)));
    CheckResult check = new CheckResult("kernel-text", "why", 1, List.of(), List.of(suspicion));
    ((ArrayNode) answer.path("findings"))
        .add(
            CheckAnswer.found(
                "vm1",
                check,
                suspicion,
                (bytes, address) ->
                    bytes.length == 1
                        ? List.of()
                        : List.of(new Instruction(address, 1, "push rbp"))));
    JsonNode code =
        CommandRun.valid("check", answer.toString()).path("findings").path(0).path("code");
    assertThat(code.path(0).has("instructions")).isFalse();
    assertThat(code.path(1).path("instructions").path(0).asText())
        .isEqualTo("0xfffffffffffff000: push rbp");
    assertThat(code.path(2).has("instructions")).isFalse();
  }

  /** A program's file is what a process that runs it has in memory. */
  @ParameterizedTest
  @ValueSource(strings = {"host", "vm1"})
  void aFileInMemoryIsExtracted(String machine) throws IOException {
    JsonNode files = rows("files", machine, "files");
    JsonNode probe = null;
    for (JsonNode file : files) {
      probe = file.path("path").asText().equals("/bin/probe") ? file : probe;
    }
    assertThat(probe).isNotNull();
    Path file = folder.resolve("probe-" + machine);
    CommandRun run =
        CommandRun.of(
            "files", NPT, "--machine", machine, "--extract", "/bin/probe", "-o", file.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes).hasSize(probe.path("size").asInt());
    assertThat(run.err()).doesNotContain("not in memory");
    int marker = -1;
    for (JsonNode process : TRUTH.path(machine).path("processes")) {
      marker =
          process.path("name").asText().equals("marker") ? process.path("pid").asInt() : marker;
    }
    JsonNode text = null;
    for (JsonNode mapping : rows("maps", machine, "mappings", "--pid", Integer.toString(marker))) {
      text = mapping.path("permissions").asText().equals("r-xp") && text == null ? mapping : text;
    }
    Path page = folder.resolve("page-" + machine);
    CommandRun.of(
        "read",
        NPT,
        text.path("start").asText(),
        "4096",
        "--machine",
        machine,
        "--pid",
        Integer.toString(marker),
        "-o",
        page.toString());
    int offset = Integer.decode(text.path("offset").asText());
    assertThat(Files.readAllBytes(page))
        .isEqualTo(Arrays.copyOfRange(bytes, offset, offset + 4096));
    assertThat(CommandRun.of("files", NPT, "--extract", "/no/such", "-o", page + "x").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void aTimelineHasEverythingInTheOrderOfTime() {
    JsonNode events = rows("timeline", "vm1", "events");
    List<String> times = new ArrayList<>();
    Map<String, Integer> kinds = new TreeMap<>();
    for (JsonNode event : events) {
      times.add(event.path("time").asText());
      kinds.merge(event.path("event").asText(), 1, Integer::sum);
    }
    assertThat(times.stream().map(Instant::parse).toList()).isSorted();
    assertThat(kinds.get("log")).isEqualTo(rows("dmesg", "vm1", "log").size());
    assertThat(kinds.get("process-start")).isEqualTo(rows("ps", "vm1", "processes").size());
    assertThat(kinds.get("file-modified")).isEqualTo(rows("files", "vm1", "files").size());
    CommandRun body = CommandRun.of("timeline", NPT, "--machine", "vm1", "--body");
    assertThat(body.out().lines())
        .hasSize(kinds.get("process-start") + kinds.get("file-modified"))
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == 10)
        .anyMatch(line -> line.startsWith("0|vm1:/bin/probe|"));
    assertThat(CommandRun.of("timeline", NPT, "--body", "--format", "csv").code())
        .isEqualTo(ExitCode.USAGE);
    // Nobody types there.
    assertThat(rows("bash", "vm1", "commands")).isEmpty();
  }

  /** A program from a process's memory is its file, page by page, where it is in memory. */
  @Test
  void aProgramIsDumpedAsAnElfFile() throws IOException {
    Path original = folder.resolve("original");
    Path dumped = folder.resolve("dumped");
    CommandRun.of(
        "files", NPT, "--machine", "vm1", "--extract", "/bin/probe", "-o", original.toString());
    CommandRun run =
        CommandRun.of("dump", NPT, "--machine", "vm1", "--pid", "86", "-o", dumped.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    byte[] file = Files.readAllBytes(original);
    byte[] program = Files.readAllBytes(dumped);
    assertThat(program).startsWith(0x7f, 'E', 'L', 'F').hasSizeLessThanOrEqualTo(file.length);
    // No sections: e_shoff and e_shnum.
    assertThat(Arrays.copyOfRange(program, 40, 48)).containsOnly(0);
    int same = 0;
    // The pages of the code, which begins at the second page.
    for (int at = 0x1000; at < 0x8000; at += 0x1000) {
      byte[] page = Arrays.copyOfRange(program, at, at + 0x1000);
      if (Arrays.equals(page, Arrays.copyOfRange(file, at, at + 0x1000))) {
        same++;
      } else {
        assertThat(page).containsOnly(0);
      }
    }
    assertThat(same).isPositive();
    Path mapping = folder.resolve("mapping");
    Path read = folder.resolve("read");
    CommandRun.of(
        "dump",
        NPT,
        "--machine",
        "vm1",
        "--pid",
        "86",
        "--mapping",
        "0x401010",
        "-o",
        mapping.toString());
    CommandRun.of(
        "read",
        NPT,
        "0x401000",
        Long.toString(Files.size(mapping)),
        "--machine",
        "vm1",
        "--pid",
        "86",
        "-o",
        read.toString());
    assertThat(Files.readAllBytes(mapping)).isEqualTo(Files.readAllBytes(read)).isNotEmpty();
    for (String wrong : List.of("--pid 2", "--pid 86 --path /no/such", "--pid 86 --mapping 8")) {
      List<String> line = new ArrayList<>(List.of("dump", NPT, "--machine", "vm1", "-o"));
      line.add(folder.resolve("none").toString());
      line.addAll(List.of(wrong.split(" ", -1)));
      assertThat(CommandRun.of(line.toArray(String[]::new)).code())
          .as(wrong)
          .isEqualTo(ExitCode.NOT_FOUND);
      assertThat(folder.resolve("none")).doesNotExist();
    }
  }

  /** One guest shares with nobody, which is said: it is not that nothing is shared. */
  @Test
  void oneGuestIsComparedWithNobody() {
    CommandRun run = CommandRun.of("shared", NPT, "--format", "json");
    JsonNode answer = run.valid("shared");
    assertThat(answer.path("runs")).isEmpty();
    assertThat(answer.path("coverage").path("warnings").toString())
        .contains("nothing was compared");
    JsonNode sums =
        CommandRun.of("shared", NPT, "--stats", "--format", "json").valid("shared-stats");
    assertThat(sums.path("sums")).isEmpty();
    assertThat(sums.path("coverage").path("warnings").toString())
        .contains("nothing was compared between guests");
    // Rows as they would be.
    for (PageKind kind : PageKind.values()) {
      SharedPages.Run shared =
          new SharedPages.Run(
              0x1000,
              0x2000,
              List.of(new SharedPages.Owner("vm1", List.of(0L), 1, 7)),
              Optional.of(kind));
      ((ArrayNode) answer.path("runs")).add(SharedAnswer.of("host", shared, 0x1498));
      SharedPages.Sum sum =
          new SharedPages.Sum(List.of("vm1", "vm2"), Optional.of(kind), 0x2000, 0x4000, 0);
      ((ArrayNode) sums.path("sums")).add(SharedAnswer.sum("host", sum));
    }
    CommandRun.valid("shared", answer.toString());
    CommandRun.valid("shared-stats", sums.toString());
  }

  /** Nobody has loaded any there, and all places were looked at. */
  @ParameterizedTest
  @ValueSource(strings = {"host", "vm1"})
  void noProgramsOfBpfAreLoaded(String machine) {
    assertThat(rows("bpf", machine, "programs")).isEmpty();
    CommandRun run = CommandRun.of("bpf", NPT, "--machine", machine, "--maps", "--format", "json");
    assertThat(run.valid("bpf-maps").path("maps")).isEmpty();
    assertThat(run.err()).isEmpty();
    run = CommandRun.of("bpf", NPT, "--machine", machine, "--instructions", "--format", "json");
    assertThat(run.valid("bpf-instructions").path("instructions")).isEmpty();
    assertThat(run.err()).isEmpty();
  }

  @Test
  void noCodeIsInjectedIntoCleanProcesses() {
    JsonNode answer = CommandRun.of("malfind", NPT, "--format", "json").valid("malfind");
    assertThat(answer.path("mappings")).isEmpty();
    // A row as it would be, with and without the system's Capstone.
    byte[] code = {0x55, (byte) 0xc3};
    for (List<Instruction> known :
        List.of(List.<Instruction>of(), List.of(new Instruction(-4096, 1, "push rbp")))) {
      ((ArrayNode) answer.path("mappings"))
          .add(
              InjectionAnswer.of(
                  "vm1",
                  GuestProcess.builder(7, "sh", 1).build(),
                  GuestMapping.builder(0x1000, 0x2000, GuestMapping.Kind.PRIVATE).build(),
                  "anonymous-executable",
                  0x1000,
                  code,
                  known));
    }
    JsonNode rows = CommandRun.valid("malfind", answer.toString()).path("mappings");
    assertThat(rows.path(0).has("instructions")).isFalse();
    assertThat(rows.path(1).path("instructions").path(0).asText())
        .isEqualTo("0xfffffffffffff000: push rbp");
  }

  @Test
  void aProcessThatIsNotThereIsNotFound() {
    for (String command : List.of("lsof", "env")) {
      CommandRun run = CommandRun.of(command, NPT, "--pid", "99999");
      assertThat(run.code()).isEqualTo(ExitCode.NOT_FOUND);
      assertThat(run.err()).contains("no process 99999");
    }
  }
}
