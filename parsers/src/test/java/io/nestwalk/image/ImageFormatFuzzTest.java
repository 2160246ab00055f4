package io.nestwalk.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes, given to one format: they are opened and read, or refused with an {@link
 * ImageException}. Starts from the sound files of the format's contract tests. A format is fuzzed
 * by a subclass; its inputs folder below the test resources holds what once went wrong.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ImageFormatFuzzTest {

  private final List<? extends ImageFormatContractTest> contracts;

  /** Starts from the samples of all these tests, which are of the same format. */
  protected ImageFormatFuzzTest(ImageFormatContractTest... contracts) {
    this.contracts = List.of(contracts);
  }

  Stream<byte[]> samples() {
    return contracts.stream().map(ImageFormatContractTest::sample);
  }

  @MethodSource("samples")
  @FuzzTest
  void opens(byte[] bytes) {
    if (bytes != null && bytes.length > 0) {
      contracts.getFirst().survives(bytes);
    }
  }
}
