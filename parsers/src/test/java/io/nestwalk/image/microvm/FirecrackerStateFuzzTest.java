package io.nestwalk.image.microvm;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.TestMachine;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes beside a memory file, taken for Firecracker's state. */
class FirecrackerStateFuzzTest {

  static Stream<byte[]> states() {
    return Stream.of("1.0.0", "2.0.0")
        .map(
            version ->
                new FirecrackerStateWriter(FirecrackerStateWriter.X86_64, version, 4)
                    .cpu(TestMachine.small(), 0)
                    .cpu(TestMachine.small(), 1)
                    .toBytes());
  }

  @MethodSource("states")
  @FuzzTest
  void reads(byte[] bytes) {
    if (bytes == null || bytes.length == 0) {
      return;
    }
    ImageFile file = ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
    FirecrackerState state = FirecrackerState.of(file);
    try {
      SideState side = state.read();
      if (state.memoryBytes() < 0 || side.cpus().isEmpty() == side.warnings().isEmpty()) {
        throw new AssertionError(side);
      }
    } catch (ImageException e) {
      if (e.getMessage().contains("\n")) {
        throw new AssertionError(e);
      }
    }
  }
}
