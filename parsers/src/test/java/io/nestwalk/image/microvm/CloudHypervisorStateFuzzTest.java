package io.nestwalk.image.microvm;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.TestMachine;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes beside a memory file, taken for Cloud Hypervisor's state. */
class CloudHypervisorStateFuzzTest {

  static Stream<byte[]> states() {
    TestMachine machine = TestMachine.tiny();
    return Stream.of(
            CloudHypervisorWriter.ofBytes(machine, 0), CloudHypervisorWriter.ofMembers(machine, 0))
        .map(cpu -> CloudHypervisorWriter.state(machine, List.of(cpu)))
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("states")
  @FuzzTest
  void reads(byte[] bytes) {
    if (bytes == null || bytes.length == 0) {
      return;
    }
    ImageFile file = ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
    long length = TestMachine.tiny().memory().presentBytes();
    try {
      SideState side = CloudHypervisorState.read(file).side(length);
      long all = side.runs().stream().mapToLong(MemoryRun::length).sum();
      if (all != 0 && all != length) {
        throw new AssertionError(side);
      }
    } catch (ImageException e) {
      if (e.getMessage().contains("\n")) {
        throw new AssertionError(e);
      }
    }
  }
}
