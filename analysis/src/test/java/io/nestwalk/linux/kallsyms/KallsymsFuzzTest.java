package io.nestwalk.linux.kallsyms;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.linux.ArrayMemory;
import io.nestwalk.linux.kallsyms.KallsymsBuilder.Form;
import io.nestwalk.linux.kallsyms.KallsymsBuilder.Order;
import io.nestwalk.types.Symbol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes around the tokens of a kernel's symbols: symbols that hold together, or none. */
class KallsymsFuzzTest {

  private static final int COUNT = 300;

  private static final String DIGITS = "0\0001\0002\000";

  static Stream<byte[]> tables() {
    return Stream.of(Order.values())
        .flatMap(order -> Stream.of(Form.RELATIVE, Form.ABSOLUTE).map(form -> tables(order, form)));
  }

  private static byte[] tables(Order order, Form form) {
    KallsymsBuilder builder = new KallsymsBuilder(Long.BYTES);
    for (int i = 0; i < COUNT; i++) {
      builder.add((i % 3 == 0 ? "Tsys_call_" : "dvalue_") + i, builder.base() + 16L * i);
    }
    byte[] bytes = builder.write(order, form).readBytes(KallsymsBuilder.ADDRESS, 1 << 20);
    int end = bytes.length;
    while (bytes[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(bytes, end + 64);
  }

  @MethodSource("tables")
  @FuzzTest
  void locates(byte[] bytes) {
    if (bytes == null) {
      return;
    }
    int digits = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(DIGITS);
    if (digits < 0) {
      return;
    }
    // Zeros follow, as behind the real tables.
    long address = KallsymsBuilder.ADDRESS;
    ArrayMemory memory = new ArrayMemory(address, bytes.length + 4096).put(address, bytes);
    for (int pointerSize : new int[] {Integer.BYTES, Long.BYTES}) {
      Optional<Kallsyms> found = Kallsyms.locate(memory, address + digits, pointerSize);
      found.ifPresent(KallsymsFuzzTest::check);
    }
    new VmCoreInfo(new String(bytes, StandardCharsets.ISO_8859_1)).kernelOffset();
  }

  private static void check(Kallsyms symbols) {
    int step = 1 + symbols.size() / 50;
    for (int i = 0; i < symbols.size(); i += step) {
      Symbol symbol = symbols.symbol(i);
      if (symbols.at(symbol.address()).isEmpty()) {
        throw new AssertionError(symbol);
      }
      if (!symbol.name().isEmpty() && symbols.address(symbol.name()).isEmpty()) {
        throw new AssertionError(symbol);
      }
    }
  }
}
