package io.nestwalk.find;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;

class PhysicalScanTest {

  /** What the JVM throws for a page of a mapped file that is no longer there. */
  @Test
  void aFileThatIsCutMeanwhileIsToldAsThat() throws Exception {
    InternalError fault = new InternalError("a fault occurred in an unsafe memory access");
    List<AddressRange> ranges = List.of(new AddressRange(0, 1 << 20));
    PhysicalMemory cut =
        (PhysicalMemory)
            Proxy.newProxyInstance(
                PhysicalMemory.class.getClassLoader(),
                new Class<?>[] {PhysicalMemory.class},
                (self, method, arguments) -> {
                  if (method.getReturnType() == List.class) {
                    return ranges;
                  }
                  throw fault;
                });
    Patterns patterns = new Patterns();
    patterns.text("marker");
    PhysicalScan scan = new PhysicalScan(cut, patterns, 10);
    assertThatExceptionOfType(InternalError.class)
        .isThrownBy(() -> scan.run(2, Progress.NONE))
        .isSameAs(fault);
  }
}
