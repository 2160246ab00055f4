package io.nestwalk.disassembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Capstone of any version that the system has. */
class DisassemblerTest {

  private static Disassembler any() {
    Optional<Disassembler> found = Disassembler.find();
    assumeTrue(found.isPresent(), "libcapstone is not installed");
    return found.get();
  }

  @ParameterizedTest
  @CsvSource({
    "X86_64, 554889e5, push rbp | mov rbp rsp",
    "X86, 40cd80, inc eax | int 0x80",
    "AARCH64, c0035fd6, ret",
    "RISCV64, 4111, addi sp sp -16"
  })
  void codeInWords(InstructionSet set, String code, String words) {
    Disassembler capstone = any();
    List<Instruction> found =
        capstone.disassemble(set, HexFormat.of().parseHex(code), 0x7fff_0000_1000L);
    if (!capstone.knows(set)) {
      assertThat(found).isEmpty();
      return;
    }
    assertThat(found.stream().map(each -> each.text().replace(",", "")))
        .containsExactly(words.split(" \\| "));
    assertThat(found.getFirst().address()).isEqualTo(0x7fff_0000_1000L);
    assertThat(found.stream().mapToInt(Instruction::length).sum()).isEqualTo(code.length() / 2);
  }

  /** What stands behind bytes that are no instruction is not guessed at. */
  @Test
  void endsBeforeWhatIsNone() {
    byte[] code = HexFormat.of().parseHex("9006909090");
    assertThat(any().disassemble(InstructionSet.X86_64, code, 0)).hasSize(1);
    assertThat(any().disassemble(InstructionSet.X86_64, new byte[0], 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"libcapstone.so.4", "libcapstone.so.5"})
  void eachVersionHasItsLayout(String file) {
    Optional<Disassembler> found = Disassembler.find(file);
    assumeTrue(found.isPresent(), file + " is not installed");
    byte[] code = HexFormat.of().parseHex("48b8887766554433221190c3");
    assertThat(found.get().disassemble(InstructionSet.X86_64, code, 0x10))
        .containsExactly(
            new Instruction(0x10, 10, "movabs rax, 0x1122334455667788"),
            new Instruction(0x1a, 1, "nop"),
            new Instruction(0x1b, 1, "ret"));
  }

  @Test
  void otherLibrariesAreNone() {
    assertThat(Disassembler.find("libc.so.6")).isEmpty();
  }

  /** Who has a Capstone is not told that there is none. */
  @Test
  void theReasonNamesTheVersionThatIsNeeded() {
    assertThat(Disassembler.obstacle(Optional.empty(), InstructionSet.X86_64))
        .contains(
            "instructions are shown with Capstone 4 or 5 (Debian: apt install libcapstone4 or"
                + " libcapstone5); there is none on this system");
    assertThat(Disassembler.obstacle(Optional.empty(), InstructionSet.RISCV64))
        .contains(
            "instructions of RISC-V are shown with Capstone 5 (Debian: apt install libcapstone5);"
                + " there is none on this system");
    Optional<Disassembler> old = Disassembler.find("libcapstone.so.4");
    assumeTrue(old.isPresent(), "libcapstone.so.4 is not installed");
    assertThat(Disassembler.obstacle(old, InstructionSet.AARCH64)).isEmpty();
    assertThat(Disassembler.obstacle(old, InstructionSet.RISCV64))
        .contains(
            "instructions of RISC-V are shown with Capstone 5 (Debian: apt install libcapstone5);"
                + " this system has Capstone 4");
  }
}
