package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.image.container.SideFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/**
 * Kernels that do not tell their types: a copy of a real image in which they were made unreadable,
 * read with the symbol file that was written from them.
 */
class SymbolsOptionTest {

  private static final String ORIGINAL = sample("kvm-npt.elf.zst");
  private static final JsonNode TRUTH = CommandRun.truth("kvm-npt").path("machines");
  private static final List<String> MACHINES = List.of("host", "vm1");
  private static final long LINK_ADDRESS = 0xffff_ffff_8100_0000L;

  /** Symbols of modules, which no symbol file of a kernel has. */
  private static final List<String> OF_MODULES =
      List.of("npt_enabled", "kvm_x86_ops", "vm_list", "tdp_enabled");

  @TempDir private static Path folder;

  /** The image without types. */
  private static Path image;

  /** The image without types and symbols. */
  private static Path mute;

  /** The symbol file. */
  private static byte[] symbols;

  @BeforeAll
  static void hideTypes() throws IOException {
    JsonNode host = TRUTH.path("host").path("symbols");
    long start = hex(host.path("__start_BTF").asText());
    long length = hex(host.path("__stop_BTF").asText()) - start;
    Path types = folder.resolve("types.btf");
    CommandRun read =
        CommandRun.of(
            "read",
            ORIGINAL,
            hexOf(start),
            Long.toString(length),
            "--kernel",
            "-o",
            types.toString());
    assertThat(read.code()).as(read.err()).isEqualTo(ExitCode.DONE);
    SymbolFileWriter writer = new SymbolFileWriter(Files.readAllBytes(types));
    writer.banner(TRUTH.path("host").path("banner").asText().strip());
    long slide = hex(host.path("_text").asText()) - LINK_ADDRESS;
    host.properties()
        .forEach(
            symbol -> {
              if (!OF_MODULES.contains(symbol.getKey())) {
                writer.symbol(symbol.getKey(), hex(symbol.getValue().asText()) - slide);
              }
            });
    writer.symbol("pcpu_hot", 0x2c000);
    symbols = writer.json();

    image = folder.resolve("typeless.elf");
    try (InputStream in = SideFile.open(Path.of(ORIGINAL), 1L << 30)) {
      Files.copy(in, image);
    }
    try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
      for (String machine : MACHINES) {
        String address = TRUTH.path(machine).path("symbols").path("__start_BTF").asText();
        JsonNode place =
            CommandRun.of(
                    "translate",
                    ORIGINAL,
                    address,
                    "--kernel",
                    "--machine",
                    machine,
                    "--format",
                    "json")
                .json();
        file.write(ByteBuffer.wrap(new byte[2]), place.path("fileOffset").asLong());
      }
    }
    mute = Files.copy(image, folder.resolve("mute.elf"));
    hideSymbols(mute);
  }

  /** Spoils what the tables of symbols are found by: the digits among their tokens. */
  private static void hideSymbols(Path file) throws IOException {
    byte[] digits =
        "0\0001\0002\0003\0004\0005\0006\0007\0008\0009".getBytes(StandardCharsets.US_ASCII);
    int spoilt = 0;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer all = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
      for (int at = 0; at < all.capacity() - digits.length; at++) {
        if (all.get(at) == '0' && all.slice(at, digits.length).equals(ByteBuffer.wrap(digits))) {
          all.put(at, (byte) '?');
          spoilt++;
        }
      }
    }
    assertThat(spoilt).isGreaterThanOrEqualTo(MACHINES.size());
  }

  private static Path packed() throws IOException {
    Path file = folder.resolve("kernel.json.xz");
    if (!Files.exists(file)) {
      try (OutputStream out =
          new XZOutputStream(Files.newOutputStream(file), new LZMA2Options(1))) {
        out.write(symbols);
      }
    }
    return file;
  }

  /** What was exported from a guest serves every machine of that build, moved elsewhere. */
  @Test
  void anExportedSymbolFileReadsTheSameProcesses() throws IOException {
    Path exported = folder.resolve("exported.json.xz");
    CommandRun export =
        CommandRun.of(
            "symbols", ORIGINAL, "--machine", "vm1", "--export", "isf", "-o", exported.toString());
    assertThat(export.code()).as(export.err()).isEqualTo(ExitCode.DONE);
    for (Path muted : List.of(image, mute)) {
      for (String machine : MACHINES) {
        CommandRun without = CommandRun.of("ps", ORIGINAL, "--machine", machine, "--format", "csv");
        CommandRun with =
            CommandRun.of(
                "ps",
                muted.toString(),
                "--machine",
                machine,
                "--symbols",
                exported.toString(),
                "--format",
                "csv");
        assertThat(with.out())
            .isEqualTo(without.out())
            .hasLineCount(1 + TRUTH.path(machine).path("processes").size());
      }
    }
    coreAndSymbolsBelongTogether(exported);
  }

  /** The pair that another tool gets: a guest's core, which tells nothing, and its symbol file. */
  private static void coreAndSymbolsBelongTogether(Path exported) {
    for (String form : List.of("elf", "kdump")) {
      String core = folder.resolve("vm1." + form).toString();
      CommandRun extract =
          CommandRun.of("extract", mute.toString(), "--machine", "vm1", "--as", form, "-o", core);
      assertThat(extract.code()).as(extract.err()).isEqualTo(ExitCode.DONE);
      String guest = CommandRun.of("ps", ORIGINAL, "--machine", "vm1", "--format", "csv").out();
      assertThat(
              CommandRun.of("ps", core, "--symbols", exported.toString(), "--format", "csv").out())
          .isEqualTo(guest.replaceAll("(?m)^vm1,", "host,"));
    }
  }

  @Test
  void withoutTheFileNoMappingIsKnown() {
    CommandRun run = CommandRun.of("maps", image.toString(), "--pid", "1", "--format", "json");
    assertThat(run.json().path("mappings")).isEmpty();
    assertThat(run.json().path("coverage").path("warnings").toString())
        .contains("carries no types");
  }

  @Test
  void processesEqualTheTruth() throws IOException {
    JsonNode answer =
        CommandRun.of("ps", image.toString(), "--symbols", packed().toString(), "--format", "json")
            .json();
    for (String machine : MACHINES) {
      Map<Integer, String> found = new TreeMap<>();
      for (JsonNode process : answer.path("processes")) {
        if (process.path("machine").asText().equals(machine)) {
          assertThat(process.path("seenBy")).hasSize(3);
          found.put(process.path("pid").asInt(), line(process));
        }
      }
      Map<Integer, String> wanted = new TreeMap<>();
      for (JsonNode process : TRUTH.path(machine).path("processes")) {
        if (process.path("transient").asBoolean()) {
          found.remove(process.path("pid").asInt());
        } else {
          wanted.put(process.path("pid").asInt(), line(process));
        }
      }
      assertThat(found).as(machine).isEqualTo(wanted);
    }
    assertThat(answer.path("coverage").path("warnings").toString()).doesNotContain("not used");
  }

  private static String line(JsonNode process) {
    String name = process.path("name").asText();
    return "%d %s %s"
        .formatted(
            process.path("ppid").asInt(),
            name.substring(0, Math.min(15, name.length())),
            process.path("commandLine").asText(""));
  }

  @Test
  void mappingsEqualTheTruth() throws IOException {
    for (String machine : MACHINES) {
      JsonNode maps = TRUTH.path(machine).path("maps");
      assertThat(maps).isNotEmpty();
      String pid = maps.fieldNames().next();
      List<String> wanted = new ArrayList<>();
      maps.path(pid).forEach(mapping -> wanted.add(mapLine(mapping)));
      List<String> found = new ArrayList<>();
      CommandRun.of(
              "maps",
              mute.toString(),
              "--pid",
              pid,
              "--machine",
              machine,
              "--symbols",
              packed().toString(),
              "--format",
              "json")
          .json()
          .path("mappings")
          .forEach(mapping -> found.add(mapLine(mapping)));
      assertThat(found).as(machine).isEqualTo(wanted);
    }
  }

  private static String mapLine(JsonNode mapping) {
    return "%x-%x %s %x %s"
        .formatted(
            hex(mapping.path("start").asText()),
            hex(mapping.path("end").asText()),
            mapping.path("permissions").asText(),
            hex(mapping.path("offset").asText()),
            mapping.path("path").asText(""));
  }

  /** Two kernels of one build, each moved elsewhere, from one file. */
  @Test
  void symbolsAreFittedToEachKernel() throws IOException {
    Path file = folder.resolve("kernel.json.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(symbols);
    }
    JsonNode wanted = machines(ORIGINAL);
    JsonNode found = machines(mute.toString(), "--symbols", file.toString());
    assertThat(found).hasSize(2);
    for (int i = 0; i < 2; i++) {
      JsonNode os = found.path(i).path("os");
      assertThat(os.path("basis").toString())
          .isEqualTo("[\"types of kernel.json.gz\",\"symbols completed from kernel.json.gz\"]");
      for (String fact :
          List.of("banner", "kernelBase", "kaslrSlide", "root", "object", "bootTime")) {
        assertThat(os.path(fact)).as(fact).isEqualTo(wanted.path(i).path("os").path(fact));
      }
    }
    assertThat(found.path(0).path("os").path("kaslrSlide"))
        .isNotEqualTo(found.path(1).path("os").path("kaslrSlide"));
  }

  private static JsonNode machines(String image, String... more) {
    List<String> arguments = new ArrayList<>(List.of("machines", image, "--format", "json"));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new)).json().path("machines");
  }

  @Test
  void aFileOfAnotherKernelIsNamedAndNotUsed() throws IOException {
    Path file = folder.resolve("other.json");
    String other = "Linux version 5.4.0-other #1 SMP";
    Files.write(
        file,
        new String(symbols, StandardCharsets.UTF_8)
            .replaceFirst(
                "\"constant_data\":\"[^\"]*\"",
                "\"constant_data\":\""
                    + java.util.Base64.getEncoder()
                        .encodeToString((other + "\n\0").getBytes(StandardCharsets.US_ASCII))
                    + "\"")
            .getBytes(StandardCharsets.UTF_8));
    CommandRun run =
        CommandRun.of("ps", image.toString(), "--machine", "host", "--symbols", file.toString());
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.err())
        .contains("other.json: not used; it is for '" + other + "'")
        .contains(TRUTH.path("host").path("banner").asText().strip())
        .contains("carries no types");
  }

  @Test
  void theKernelsOwnTypesGoFirst() throws IOException {
    JsonNode found = machines(ORIGINAL, "--symbols", packed().toString());
    for (JsonNode machine : found) {
      assertThat(machine.path("os").path("basis").path(0).asText()).contains("own BTF");
    }
  }

  private static long hex(String text) {
    return Long.parseUnsignedLong(text.substring(2), 16);
  }

  private static String hexOf(long value) {
    return "0x" + Long.toHexString(value);
  }
}
