package io.nestwalk.linux.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.ArrayMemory;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.Suspicion.Code;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Code that is shown with a finding. */
class CodeReaderTest {

  private static final long OWN = 0x2000;
  private static final long OTHER = 0x1000;

  /** Of the kernel's own page there is one half only. */
  private final ArrayMemory memory = new ArrayMemory(OTHER, 0x1800);

  private final CodeReader reader =
      new CodeReader(new Kernel(memory, null, memory, null, symbols(), new Warnings()));

  private static KernelSymbols symbols() {
    Symbol function = new Symbol("vfs_read", 't', 0x7200, Optional.empty());
    return new KernelSymbols() {
      @Override
      public OptionalLong address(String name) {
        return OptionalLong.empty();
      }

      @Override
      public Optional<Symbol> at(long address) {
        return Optional.of(function).filter(each -> each.address() <= address);
      }

      @Override
      public void forEach(Consumer<? super Symbol> visitor) {
        visitor.accept(function);
      }
    };
  }

  private List<Code> difference() {
    return reader.difference(0x7000, 0x1000, OTHER, OptionalLong.of(OWN));
  }

  @Test
  void whatIsNotInMemoryIsNoDifference() {
    assertThat(difference()).isEmpty();
    memory.put(OTHER + 0x900, new byte[] {1});
    assertThat(difference()).isEmpty();
    memory.put(OTHER + 0x7f0, new byte[] {2});
    assertThat(difference()).extracting(Code::address).containsExactly(0x77f0L);
    assertThat(reader.isSpent()).isFalse();
  }

  /** Code that is read from the middle of an instruction looks like other instructions. */
  @Test
  void aDifferenceIsShownFromTheStartOfItsFunctionOrNotAsInstructions() {
    memory.put(OTHER + 0x220, new byte[] {3});
    assertThat(difference())
        .containsExactly(new Code(0x7200, "00".repeat(32) + "03" + "00".repeat(31), true));
    memory.put(OTHER + 0x220, new byte[] {0});
    memory.put(OTHER + 0x221, new byte[] {3});
    assertThat(difference()).containsExactly(new Code(0x7221, "03" + "00".repeat(31), false));
  }

  /** Ranges that claim to be large cost what all of them together may. */
  @Test
  void searchesForCodeHaveOneBound() {
    int searched = 0;
    while (!reader.isSpent() && searched < 1000) {
      assertThat(reader.firstIn(OTHER, 1L << 40)).isEmpty();
      searched++;
    }
    assertThat(searched).isBetween(100, 200);
    memory.put(OTHER, new byte[] {1});
    assertThat(reader.firstIn(OTHER, 1L << 40)).isEmpty();
  }
}
