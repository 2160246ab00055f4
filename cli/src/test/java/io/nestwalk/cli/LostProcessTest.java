package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.image.container.SideFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process whose task no list gives away any more: its page tables still do. */
class LostProcessTest {

  private static final String ORIGINAL = sample("kvm-npt.elf.zst");
  private static final JsonNode TRUTH = CommandRun.truth("kvm-npt").path("machines").path("vm1");

  /** Task structures are larger than this, and their pid lies below. */
  private static final int TASK = 4096;

  @TempDir private Path folder;

  @Test
  void itsRootIsToldAsOwnerless() throws IOException {
    int pid = TRUTH.path("pages").path(0).path("pid").asInt();
    String root = TRUTH.path("rootOfPid").path(Integer.toString(pid)).asText();
    Path image = withoutPid(pid);
    CommandRun ps = CommandRun.of("ps", image.toString(), "--format", "json");
    assertThat(ps.json().path("processes"))
        .filteredOn(process -> process.path("machine").asText().equals("vm1"))
        .isNotEmpty()
        .noneMatch(process -> process.path("pid").asInt() == pid);
    assertThat(ps.json().path("coverage").path("warnings").toString())
        .contains("vm1: root " + root + " maps ")
        .doesNotContain("host: root");
    JsonNode findings =
        CommandRun.of("machines", image.toString(), "--findings", "--format", "json")
            .json()
            .path("findings");
    assertThat(findings)
        .filteredOn(finding -> finding.path("rule").asText().equals("ownerless-root"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.path("machine").asText()).isEqualTo("vm1");
              assertThat(finding.path("runs").path(0).path("gpa").asText()).isEqualTo(root);
            });
  }

  /** A copy in which the task's pid is one that no task can have, so that every list refuses it. */
  private Path withoutPid(int pid) throws IOException {
    String task = "";
    for (JsonNode process :
        CommandRun.of("ps", ORIGINAL, "--machine", "vm1", "--format", "json")
            .json()
            .path("processes")) {
      task = process.path("pid").asInt() == pid ? process.path("object").asText() : task;
    }
    Path bytes = folder.resolve("task");
    CommandRun read =
        CommandRun.of(
            "read",
            ORIGINAL,
            task,
            Integer.toString(TASK),
            "--kernel",
            "--machine",
            "vm1",
            "-o",
            bytes.toString());
    assertThat(read.code()).as(read.err()).isEqualTo(ExitCode.DONE);
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    int offset = 0;
    // The pid and the thread group's stand side by side.
    while (content.getInt(offset) != pid || content.getInt(offset + 4) != pid) {
      offset += 4;
    }
    long address = Long.parseUnsignedLong(task.substring(2), 16) + offset;
    JsonNode place =
        CommandRun.of(
                "translate",
                ORIGINAL,
                "0x" + Long.toHexString(address),
                "--kernel",
                "--machine",
                "vm1",
                "--format",
                "json")
            .json();
    Path copy = folder.resolve("lost.elf");
    try (InputStream in = SideFile.open(Path.of(ORIGINAL), 1L << 30)) {
      Files.copy(in, copy);
    }
    try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}), place.path("fileOffset").asLong());
    }
    return copy;
  }
}
