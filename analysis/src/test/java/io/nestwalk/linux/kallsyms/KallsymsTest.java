package io.nestwalk.linux.kallsyms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.nestwalk.linux.ArrayMemory;
import io.nestwalk.linux.kallsyms.KallsymsBuilder.Form;
import io.nestwalk.linux.kallsyms.KallsymsBuilder.Order;
import io.nestwalk.types.Symbol;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KallsymsTest {

  private static final int COUNT = 3000;

  private static KallsymsBuilder builder(int pointerSize) {
    KallsymsBuilder builder = new KallsymsBuilder(pointerSize);
    for (int i = 0; i < COUNT; i++) {
      builder.add((i % 3 == 0 ? "Tsys_call_" : "dvalue_") + i, builder.base() + 16L * i);
    }
    return builder;
  }

  private static Stream<Arguments> layouts() {
    return Stream.of(
        arguments(Order.BEFORE_6_2, Form.ABSOLUTE, 8),
        arguments(Order.BEFORE_6_2, Form.RELATIVE, 8),
        arguments(Order.BEFORE_6_2, Form.PER_CPU_ABSOLUTE, 8),
        arguments(Order.BEFORE_6_2, Form.RELATIVE, 4),
        arguments(Order.FROM_6_2, Form.RELATIVE, 8),
        arguments(Order.FROM_6_2, Form.PER_CPU_ABSOLUTE, 8),
        arguments(Order.FROM_6_4, Form.RELATIVE, 8),
        arguments(Order.FROM_6_4, Form.RELATIVE, 4),
        arguments(Order.FROM_6_4, Form.PER_CPU_ABSOLUTE, 8),
        arguments(Order.FROM_6_4, Form.ABSOLUTE, 8),
        arguments(Order.FROM_6_4, Form.SELF_RELATIVE, 8),
        arguments(Order.FROM_7_2, Form.SELF_RELATIVE, 8),
        arguments(Order.FROM_7_2, Form.SELF_RELATIVE, 4));
  }

  private static void isRead(Kallsyms symbols, KallsymsBuilder builder) {
    assertThat(symbols.size()).isEqualTo(COUNT);
    for (int i = 0; i < COUNT; i += 7) {
      String name = (i % 3 == 0 ? "sys_call_" : "value_") + i;
      long address = builder.base() + 16L * i;
      assertThat(symbols.address(name)).hasValue(address);
      assertThat(symbols.at(address + 15))
          .contains(new Symbol(name, i % 3 == 0 ? 'T' : 'd', address));
    }
    assertThat(symbols.address("value_0")).isEmpty();
    assertThat(symbols.address("value_")).isEmpty();
    assertThat(symbols.address("value_99999")).isEmpty();
    assertThat(symbols.address("")).isEmpty();
    assertThat(symbols.at(builder.base() - 1)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyLayoutIsRead(Order order, Form form, int pointerSize) {
    KallsymsBuilder builder = builder(pointerSize);
    isRead(builder.locate(builder.write(order, form)).orElseThrow(), builder);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void namesInNoOrderAreFoundAsWell(Order order, Form form, int pointerSize) {
    KallsymsBuilder builder = builder(pointerSize).withoutOrder();
    Kallsyms symbols = builder.locate(builder.write(order, form)).orElseThrow();
    assertThat(symbols.places()).endsWith(0);
    isRead(symbols, builder);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyLayoutIsReadAgainAtItsPlaces(Order order, Form form, int pointerSize) {
    KallsymsBuilder builder = builder(pointerSize);
    ArrayMemory memory = builder.write(order, form);
    long[] places = builder.locate(memory).orElseThrow().places();
    assertThat(places).endsWith(order == Order.BEFORE_6_2 ? 0 : 1);
    isRead(builder.again(memory, places).orElseThrow(), builder);
  }

  /** What lies hides the tables, and no name of tables that it shows has another address. */
  @ParameterizedTest
  @MethodSource("layouts")
  void placesThatLieInventNothing(Order order, Form form, int pointerSize) {
    KallsymsBuilder builder = builder(pointerSize);
    ArrayMemory memory = builder.write(order, form);
    long[] places = builder.locate(memory).orElseThrow().places();
    for (int i = 0; i < places.length; i++) {
      for (long lie : new long[] {-1, 0, 1, 4, 8, places[i] + 4, places[i] - 8, 1L << 40}) {
        long[] forged = places.clone();
        forged[i] = lie;
        builder.again(memory, forged).ifPresent(symbols -> isRead(symbols, builder));
      }
    }
    assertThat(builder.again(memory, new long[0])).isEmpty();
  }

  /** Of names that are alike the first is meant, in the kernel's order as without. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofNamesThatAreAlikeTheFirstIsFound(boolean ordered) {
    KallsymsBuilder builder = builder(8);
    for (int i = 0; i < 5; i++) {
      builder.add("tagain", builder.base() + 16L * (COUNT + i));
    }
    KallsymsBuilder made = ordered ? builder : builder.withoutOrder();
    Kallsyms symbols = made.locate(made.write(Order.FROM_6_4, Form.RELATIVE)).orElseThrow();
    assertThat(symbols.address("again")).hasValue(builder.base() + 16L * COUNT);
  }

  /** Wherever the tables happen to fall: half of all are aligned to 8 bytes by chance. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4})
  void tablesOfLinux72AreAlignedToFourBytes(int shift) {
    for (int more = 0; more < 8; more++) {
      KallsymsBuilder builder = builder(8).shiftedBy(shift);
      builder.add("T" + "y".repeat(1 + more), builder.base() + 16L * COUNT);
      ArrayMemory memory = builder.write(Order.FROM_7_2, Form.SELF_RELATIVE);
      Kallsyms symbols = builder.locate(memory).orElseThrow();
      assertThat(symbols.size()).isEqualTo(COUNT + 1);
      assertThat(symbols.address("value_2998")).hasValue(builder.base() + 16L * 2998);
      assertThat(symbols.address("sys_call_0")).hasValue(builder.base());
    }
  }

  @Test
  void perCpuSymbolsKeepTheirSmallAddresses() {
    KallsymsBuilder builder = new KallsymsBuilder(8);
    for (int i = 0; i < 100; i++) {
      builder.add("Aper_cpu_" + i, 8L * i);
    }
    for (int i = 0; i < COUNT; i++) {
      builder.add("tcode_" + i, builder.base() + 16L * i);
    }
    ArrayMemory memory = builder.write(Order.BEFORE_6_2, Form.PER_CPU_ABSOLUTE);
    Kallsyms symbols = builder.locate(memory).orElseThrow();
    assertThat(symbols.address("per_cpu_5")).hasValue(40);
    assertThat(symbols.address("code_9")).hasValue(builder.base() + 144);
  }

  @Test
  void namesOfMoreThan127TokensHaveTwoBytesOfLength() {
    KallsymsBuilder builder = builder(8);
    String name = "x".repeat(300);
    builder.add("T" + name, builder.base() + 16L * COUNT);
    Kallsyms symbols = builder.locate(builder.write(Order.FROM_6_4, Form.RELATIVE)).orElseThrow();
    assertThat(symbols.address(name)).hasValue(builder.base() + 16L * COUNT);
  }

  @Test
  void markersOfEightBytes() {
    KallsymsBuilder builder = builder(8).wideMarkers();
    ArrayMemory memory = builder.write(Order.BEFORE_6_2, Form.ABSOLUTE);
    assertThat(builder.locate(memory).orElseThrow().address("value_2998"))
        .hasValue(builder.base() + 16L * 2998);
  }

  @Test
  void digitsAloneAreNoTable() {
    ArrayMemory memory = new ArrayMemory(KallsymsBuilder.ADDRESS, 1 << 16);
    for (int i = 0; i < 10; i++) {
      memory.put(KallsymsBuilder.ADDRESS + 0x1000 + 2L * i, new byte[] {(byte) ('0' + i), 0});
    }
    assertThat(Kallsyms.locate(memory, KallsymsBuilder.ADDRESS + 0x1000, 8)).isEmpty();
    assertThat(Kallsyms.locate(memory, KallsymsBuilder.ADDRESS, 8)).isEmpty();
  }

  /** Random bytes changed: the tables are refused, or every name that is asked for ends. */
  @Test
  void randomLiesAreAnsweredOrRefused() {
    Random random = new Random(5);
    int answered = 0;
    for (int round = 0; round < 300; round++) {
      KallsymsBuilder builder = builder(8);
      ArrayMemory memory = builder.write(Order.BEFORE_6_2, Form.RELATIVE);
      for (int i = 0; i < 20; i++) {
        memory.put(
            KallsymsBuilder.ADDRESS + random.nextInt(60_000), new byte[] {(byte) random.nextInt()});
      }
      if (builder.locate(memory).isPresent()) {
        Kallsyms symbols = builder.locate(memory).get();
        symbols.address("value_2998");
        symbols.at(builder.base() + 100);
        answered++;
      }
    }
    assertThat(answered).isLessThan(300);
  }
}
