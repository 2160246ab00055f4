package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.truth.Truth;
import io.nestwalk.windows.kernel.DebuggerBlock;
import io.nestwalk.windows.kernel.Kernel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The block for debuggers, plain and encoded with keys that nothing tells, against the truth. */
class DebuggerBlockTest {

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void theBlockIsWhereTheTruthHasIt(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    Kernel kernel = ((WindowsSystem) machine.system()).kernel();
    DebuggerBlock block = DebuggerBlock.in(kernel.memory(), kernel.image()).orElseThrow();
    Truth truth = machine.truth().child("kdbg");
    assertThat(block.address()).isEqualTo(truth.number("address"));
    assertThat(block.size()).isEqualTo(truth.number("size"));
    assertThat(block.encoded()).isEqualTo(truth.flag("encoded"));
    assertThat(block.modules()).isEqualTo(machine.truth().child("os").number("psLoadedModuleList"));
    assertThat(block.processes())
        .isEqualTo(machine.truth().child("os").number("psActiveProcessHead"));
  }
}
