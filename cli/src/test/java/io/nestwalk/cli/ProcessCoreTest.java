package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose registers the core of a process has. */
class ProcessCoreTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final int NT_PRSTATUS = 1;
  private static final int RIP = 112 + 16 * 8;

  @TempDir private Path folder;

  private static int pid(String machine, String name) {
    JsonNode processes =
        CommandRun.of("ps", NPT, "--machine", machine, "--format", "json").json().path("processes");
    return StreamSupport.stream(processes.spliterator(), false)
        .filter(each -> each.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow()
        .path("pid")
        .asInt();
  }

  /** The instruction pointers of a core's threads. */
  private List<Long> pointers(String machine, int pid) throws IOException {
    Path core = folder.resolve("%s-%d.core".formatted(machine, pid));
    CommandRun run =
        CommandRun.of(
            "extract", NPT, "--machine", machine, "--pid", "" + pid, "-o", core.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(core)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong(32);
    int at = (int) bytes.getLong(header + 8);
    int end = at + (int) bytes.getLong(header + 32);
    List<Long> pointers = new ArrayList<>();
    while (at < end) {
      int content = at + 12 + (bytes.getInt(at) + 3 & -4);
      if (bytes.getInt(at + 8) == NT_PRSTATUS) {
        pointers.add(bytes.getLong(content + RIP));
      }
      at = content + (bytes.getInt(at + 4) + 3 & -4);
    }
    return pointers;
  }

  /**
   * The host's CPU was in the kernel, with this process's root: what it had is not the process's.
   */
  @Test
  void aProcessInTheKernelHasItsOwnRegisters() throws IOException {
    assertThat(pointers("host", pid("host", "vmm")))
        .isNotEmpty()
        .allSatisfy(pointer -> assertThat(pointer).isBetween(1L, 1L << 47));
  }

  @Test
  void aProcessThatRunsHasThoseOfTheCpu() throws IOException {
    assertThat(pointers("vm1", pid("vm1", "marker")).getFirst())
        .isEqualTo(Long.decode(CommandRun.truth("kvm-npt").path("registers").path("RIP").asText()));
  }
}
