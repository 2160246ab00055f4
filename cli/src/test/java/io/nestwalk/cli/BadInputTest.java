package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the input, one clear line and the right exit code: never a stack trace. */
class BadInputTest {

  private static final String NPT = sample("kvm-npt.elf.zst");

  @TempDir private Path folder;

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  private static void refused(int code, String reason, String... args) {
    CommandRun run = CommandRun.of(args);
    assertThat(run.code()).as(run.err()).isEqualTo(code);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("nestwalk: ").contains(reason);
  }

  /** Whoever names a file or what is in an archive says nothing to the reader's terminal. */
  @Test
  void namesOfFilesStayInTheirLine() throws IOException {
    Path image = file("a\nnestwalk: all clear\u001b[2K.raw", new byte[5000]);
    CommandRun run = CommandRun.of("info", image.toString());
    assertThat(run.code()).isZero();
    assertThat(run.out() + run.err()).doesNotContain("\u001b");
    assertThat(run.out().lines().filter(line -> line.contains("all clear")))
        .singleElement()
        .asString()
        .contains("a\\x0anestwalk: all clear\\x1b[2K.raw");
    refused(
        ExitCode.INPUT, "b\\x0ac\\x1b[2K: ", "info", folder.resolve("b\nc\u001b[2K").toString());
    CommandRun analyzed = CommandRun.of("analyze", image.toString());
    assertThat(analyzed.out() + analyzed.err()).doesNotContain("\u001b", "\nnestwalk: all clear");
  }

  @Test
  void whatIsNoImageIsRefusedByName() throws IOException {
    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
            .getBytes(StandardCharsets.US_ASCII);
    refused(ExitCode.INPUT, "no-such-file", "machines", folder.resolve("no-such-file").toString());
    refused(ExitCode.INPUT, "empty", "machines", file("empty.raw", new byte[0]).toString());
    refused(ExitCode.INPUT, "Git LFS", "machines", file("lfs.raw", pointer).toString());
    refused(
        ExitCode.INPUT,
        "text",
        "machines",
        file("notes.txt", "a day in the life\n".repeat(100).getBytes(StandardCharsets.US_ASCII))
            .toString());
    refused(
        ExitCode.INPUT,
        folder.toString(),
        "info",
        Files.createDirectory(folder.resolve("parts")).toString());
  }

  @Test
  void anElfHeaderThatLiesIsRefused() throws IOException {
    byte[] header = new byte[64];
    header[0] = 0x7f;
    header[1] = 'E';
    header[2] = 'L';
    header[3] = 'F';
    header[4] = 2;
    header[5] = 1;
    header[16] = 4;
    header[18] = 62;
    java.util.Arrays.fill(header, 32, 64, (byte) 0xff);
    refused(ExitCode.INPUT, "lie.core", "machines", file("lie.core", header).toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomBytesAreAMachineOfWhichNothingIsKnown(long seed) throws IOException {
    byte[] noise = new byte[1 << 20];
    new Random(seed).nextBytes(noise);
    CommandRun run = CommandRun.of("machines", file("noise.raw", noise).toString());
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out().lines().filter(line -> line.startsWith("host"))).hasSize(1);
    refused(
        ExitCode.NOT_FOUND,
        "no page-table root",
        "translate",
        folder.resolve("noise.raw").toString(),
        "0x1000");
  }

  @Test
  void tablesThatPointToThemselvesEndInAFault() throws IOException {
    byte[] memory = new byte[4 * 4096];
    java.nio.ByteBuffer tables =
        java.nio.ByteBuffer.wrap(memory).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    // A root whose entries all name itself, and one whose table is outside the image.
    for (int i = 0; i < 512; i++) {
      tables.putLong(4096 + i * 8, 0x1000 | 7);
    }
    tables.putLong(8192, 0x7000_0000 | 7);
    String image = file("loop.raw", memory).toString();
    CommandRun self = CommandRun.of("translate", image, "0x1234567", "--root", "0x1000", "--trace");
    assertThat(self.code()).isIn(ExitCode.DONE, ExitCode.NOT_FOUND);
    CommandRun outside = CommandRun.of("translate", image, "0x123", "--root", "0x2000");
    assertThat(outside.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(outside.out() + outside.err()).contains("not in the image");
  }

  @Test
  void whatIsAskedForInVainIsNamed() {
    refused(
        ExitCode.NOT_FOUND, "there are: host, vm1", "translate", NPT, "0x1000", "--machine", "vm7");
    refused(
        ExitCode.NOT_FOUND, "no process 4242", "maps", NPT, "--machine", "vm1", "--pid", "4242");
  }

  @Test
  void wrongUsageIsSaid() {
    refused(ExitCode.USAGE, "'0xzz' is not an address", "translate", NPT, "0xzz");
    refused(ExitCode.USAGE, "--root", "translate", NPT, "0x1", "--root", "0x1", "--pid", "1");
    refused(ExitCode.USAGE, "LENGTH", "read", NPT, "0x1000", "0");
    refused(ExitCode.USAGE, "floppy", "info", NPT, "--input-format", "floppy");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "12x", "9999999T", "99999999999999999999", ""})
  void aSizeThatIsNoneIsWrongUsage(String size) {
    for (String option : new String[] {"--max-decoder-memory", "--max-unpacked"}) {
      refused(ExitCode.USAGE, "'%s' is not a size".formatted(size), "info", NPT, option, size);
    }
  }

  @Test
  void sizesHaveUnits() throws IOException {
    // A copy, which no cache has yet: what is unpacked already needs no decoder.
    String packed = file("packed.zst", Files.readAllBytes(Path.of(NPT))).toString();
    refused(ExitCode.INPUT, "limit of 1048576 bytes", "info", packed, "--max-unpacked", "1M");
    refused(ExitCode.INPUT, "more than 64 KiB", "info", packed, "--max-decoder-memory", "64KiB");
    assertThat(CommandRun.of("info", packed, "--max-unpacked", "1g").code())
        .isEqualTo(ExitCode.DONE);
  }

  @Test
  void whatIsNoFileIsSaid() throws IOException {
    refused(ExitCode.USAGE, "the name is empty", "info", "");
    refused(ExitCode.INPUT, "not a regular file", "info", NPT, "--meta", folder.toString());
    String below = file("file.raw", new byte[4096]).resolve("x").toString();
    refused(ExitCode.INPUT, below + ": can't be read: Not a directory", "info", below);
    refused(ExitCode.INPUT, "nofile: no such file", "find", NPT, "--patterns", folder + "/nofile");
  }

  @Test
  void noFolderIsLeftOfAnImageThatCannotBeRead() throws IOException {
    String image = file("empty.raw", new byte[0]).toString();
    refused(ExitCode.INPUT, "empty", "analyze", image);
    refused(ExitCode.INPUT, "empty", "index", image, "--into", folder.resolve("index").toString());
    refused(ExitCode.USAGE, "IMAGE has no name", "analyze", "/");
    refused(ExitCode.INPUT, image + ": is no folder", "analyze", NPT, "-o", image);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(folder.resolve("empty.raw"));
    }
  }

  @Test
  void whatCannotBeWrittenIsWrongUsage() {
    String into = folder.resolve("none/file").toString();
    refused(ExitCode.USAGE, into, "extract", NPT, "--machine", "host", "-o", into);
    refused(ExitCode.USAGE, "no such folder", "read", NPT, "0", "1", "--physical", "-o", into);
  }

  @Test
  void evidenceIsNeverOverwritten() throws IOException {
    byte[] part = new byte[1 << 16];
    new Random(5).nextBytes(part);
    Path first = file("mem.000", part);
    Path second = file("mem.001", part);
    String image = first.toString();
    for (Path file : new Path[] {first, second}) {
      String[] over = {"-o", file.toString(), "--force"};
      refused(
          ExitCode.USAGE,
          "never written to",
          arguments(over, "read", image, "0x0", "16", "--physical"));
      refused(
          ExitCode.USAGE,
          "never written to",
          arguments(over, "extract", image, "--machine", "host"));
      String analysis = folder.resolve("analysis").toString();
      assertThat(CommandRun.of("analyze", image, "-o", analysis).code()).isEqualTo(ExitCode.DONE);
      refused(
          ExitCode.USAGE, "never written to", arguments(over, "report", analysis, "--as", "csv"));
      assertThat(file).hasBinaryContent(part);
    }
  }

  private static String[] arguments(String[] last, String... first) {
    return Stream.concat(Stream.of(first), Stream.of(last)).toArray(String[]::new);
  }

  @Test
  void whereNothingTellsOfVirtualizationThatIsSaid() throws IOException {
    CommandRun run = CommandRun.of("info", file("zeros.raw", new byte[1 << 16]).toString());
    assertThat(run.out()).contains("virtualization: not known").doesNotContain("VIRTUALIZATION");
    assertThat(CommandRun.of("info", NPT).out()).containsPattern("svm +yes +yes");
  }

  @Test
  void outputIsNeverOverwrittenUnasked() throws IOException {
    Path out = file("out.bin", new byte[] {1, 2, 3});
    refused(
        ExitCode.USAGE, "--force", "read", NPT, "0x1000", "16", "--physical", "-o", out.toString());
    assertThat(out).hasBinaryContent(new byte[] {1, 2, 3});
  }
}
