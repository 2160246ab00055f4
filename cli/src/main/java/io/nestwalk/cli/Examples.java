package io.nestwalk.cli;

import java.util.List;
import java.util.Map;

/** What help shows a command being used for, each line as it is typed. */
final class Examples {

  private static final Map<String, List<String>> LINES =
      Map.ofEntries(
          Map.entry(
              "analyze",
              List.of("nestwalk analyze dump.elf", "nestwalk analyze dump.raw.zst -o case --runs")),
          Map.entry("index", List.of("nestwalk index dump.elf --into case")),
          Map.entry(
              "search",
              List.of(
                  "nestwalk search case hpa:0x4a1d040",
                  "nestwalk search case 'name:sshd permissions:wx'",
                  "nestwalk search cases --each kind:finding",
                  "nestwalk search case 'kind:finding NOT machine:host' --format csv")),
          Map.entry(
              "find",
              List.of(
                  "nestwalk find dump.elf --text password --machine vm1",
                  "nestwalk find dump.elf --hex '48 8b ?? c3' --limit 20",
                  "nestwalk find dump.elf --patterns indicators.txt --format ndjson")),
          Map.entry(
              "yara",
              List.of(
                  "nestwalk yara rules.yar dump.elf --machine vm1",
                  "nestwalk yara rules.yar dumps --each --jobs 2 --resume yara.answers",
                  "nestwalk yara rules.yar dump.elf --kernel --physical --format ndjson")),
          Map.entry(
              "extract",
              List.of(
                  "nestwalk extract dump.elf --machine vm1 -o vm1.core",
                  "nestwalk extract dump.elf --machine vm1 --as kdump -o vm1.kdump",
                  "nestwalk extract dump.elf --machine vm1 --pid 86 -o marker.core")),
          Map.entry(
              "report",
              List.of(
                  "nestwalk report case --as html -o report.html",
                  "nestwalk report case --as csv -o processes.csv")),
          Map.entry("serve", List.of("nestwalk serve dump.elf", "nestwalk serve case1 case2")),
          Map.entry(
              "gdb",
              List.of(
                  "nestwalk gdb dump.elf --machine vm1 --port 1234",
                  "nestwalk gdb dump.elf --machine vm1 --pid 86")),
          Map.entry("info", List.of("nestwalk info dump.elf", "nestwalk info dump.raw -v")),
          Map.entry(
              "machines",
              List.of("nestwalk machines dump.elf", "nestwalk machines dump.elf --findings --all")),
          Map.entry(
              "translate",
              List.of(
                  "nestwalk translate dump.elf 0x1a87e040 --machine vm1 --pid 86 --trace",
                  "nestwalk translate dump.elf init_task",
                  "nestwalk translate dump.elf - --kernel --format csv < addresses.txt")),
          Map.entry(
              "second-level",
              List.of(
                  "nestwalk second-level dump.elf --machine vm1 --stats",
                  "nestwalk second-level dump.elf --machine vm1 --odd")),
          Map.entry(
              "read",
              List.of(
                  "nestwalk read dump.elf 0x1a87e040 64 --machine vm1 --pid 86",
                  "nestwalk read dump.elf 0x1000 4K --physical -o page.bin")),
          Map.entry(
              "ps",
              List.of(
                  "nestwalk ps dump.elf --tree", "nestwalk ps dump.elf --machine vm1 --threads")),
          Map.entry("maps", List.of("nestwalk maps dump.elf --machine vm1 --pid 86 --pages")),
          Map.entry("dmesg", List.of("nestwalk dmesg dump.elf --machine vm1")),
          Map.entry(
              "modules", List.of("nestwalk modules dump.elf", "nestwalk modules dump.elf --pid 4")),
          Map.entry("lsof", List.of("nestwalk lsof dump.elf --machine vm1 --pid 86")),
          Map.entry("netstat", List.of("nestwalk netstat dump.elf --format csv")),
          Map.entry("env", List.of("nestwalk env dump.elf --pid 1")),
          Map.entry(
              "bpf",
              List.of(
                  "nestwalk bpf dump.elf",
                  "nestwalk bpf dump.elf --maps",
                  "nestwalk bpf dump.elf --instructions")),
          Map.entry("shared", List.of("nestwalk shared dump.elf")),
          Map.entry("mounts", List.of("nestwalk mounts dump.elf --machine host")),
          Map.entry("namespaces", List.of("nestwalk namespaces dump.elf")),
          Map.entry(
              "symbols",
              List.of(
                  "nestwalk symbols dump.elf init_task 0xffffffff81000000",
                  "nestwalk symbols 'dumps/*.elf' init_task --format csv",
                  "nestwalk symbols dump.elf --grep '^sys_call' --machine vm1",
                  "nestwalk symbols dump.elf --export isf -o kernel.json.xz")),
          Map.entry("check", List.of("nestwalk check dump.elf --machine vm1")),
          Map.entry("malfind", List.of("nestwalk malfind dump.elf --pid 86")),
          Map.entry(
              "files",
              List.of(
                  "nestwalk files dump.elf --machine vm1",
                  "nestwalk files dump.elf --machine vm1 --extract /etc/passwd -o passwd")),
          Map.entry("control", List.of("nestwalk control dump.elf --machine vm1")),
          Map.entry("dump", List.of("nestwalk dump dump.elf --machine vm1 --pid 86 -o marker.elf")),
          Map.entry("bash", List.of("nestwalk bash dump.elf")),
          Map.entry(
              "timeline",
              List.of("nestwalk timeline dump.elf", "nestwalk timeline dump.elf --body")),
          Map.entry(
              "diff",
              List.of(
                  "nestwalk diff monday.elf tuesday.elf",
                  "nestwalk diff case1 case2 --mappings --where change=came")),
          Map.entry("schema", List.of("nestwalk schema", "nestwalk schema ps")),
          Map.entry(
              "completion",
              List.of(
                  "nestwalk completion bash > ~/.local/share/bash-completion/completions/nestwalk",
                  "source <(nestwalk completion zsh)    # in ~/.zshrc, after compinit",
                  "nestwalk completion fish > ~/.config/fish/completions/nestwalk.fish")),
          Map.entry("help", List.of("nestwalk help translate")));

  private Examples() {}

  /** Those of a command; none for a name that is no command's. */
  static List<String> of(String command) {
    return LINES.getOrDefault(command, List.of());
  }
}
