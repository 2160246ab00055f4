package io.nestwalk.disassembly;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What bpftool 7.5 says of the same bytes, and RFC 9669 of those that it was not asked about. */
class BpfDisassemblerTest {

  private static final BpfDisassembler DISASSEMBLER =
      new BpfDisassembler(
          new BpfDisassembler.Names() {
            @Override
            public Optional<String> helper(int number) {
              return number == 0x1234 ? Optional.of("bpf_ktime_get_ns") : Optional.empty();
            }

            @Override
            public Optional<String> map(long constant) {
              return constant == 0xffff_8880_0000_0001L
                  ? Optional.of("map[id:1]")
                  : Optional.empty();
            }
          });

  private static List<Instruction> of(String hex) {
    return DISASSEMBLER.disassemble(HexFormat.of().parseHex(hex.replace(" ", "")), 0x1000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '~',
      value = {
        "bf 16 00 00 00 00 00 00 @ r6 = r1",
        "bc 17 00 00 00 00 00 00 @ w7 = w1",
        "b7 00 00 00 ff ff ff ff @ r0 = -1",
        "07 02 00 00 fc ff ff ff @ r2 += -4",
        "1f 00 00 00 00 00 00 00 @ r0 -= r0",
        "24 00 00 00 03 00 00 00 @ w0 *= 3",
        "37 01 00 00 02 00 00 00 @ r1 /= 2",
        "3f 21 01 00 00 00 00 00 @ r1 s/= r2",
        "47 01 00 00 02 00 00 00 @ r1 |= 2",
        "57 01 00 00 02 00 00 00 @ r1 &= 2",
        "67 00 00 00 03 00 00 00 @ r0 <<= 3",
        "77 00 00 00 03 00 00 00 @ r0 >>= 3",
        "87 00 00 00 00 00 00 00 @ r0 = -r0",
        "84 03 00 00 00 00 00 00 @ w3 = -w3",
        "9f 34 00 00 00 00 00 00 @ r4 %= r3",
        "97 01 01 00 03 00 00 00 @ r1 s%= 3",
        "ac 00 00 00 00 00 00 00 @ w0 ^= w0",
        "c4 00 00 00 03 00 00 00 @ w0 s>>= 3",
        "bf 12 08 00 00 00 00 00 @ r2 = (s8)r1",
        "bc 13 10 00 00 00 00 00 @ w3 = (s16)w1",
        "bf 21 01 00 01 00 00 00 @ r1 = addr_space_cast(r2, 0, 1)",
        "dc 00 00 00 10 00 00 00 @ r0 = be16 r0",
        "d4 00 00 00 20 00 00 00 @ r0 = le32 r0",
        "d7 01 00 00 20 00 00 00 @ r1 = bswap32 r1",
        "61 61 70 00 00 00 00 00 @ r1 = *(u32 *)(r6 +112)",
        "79 a1 f8 ff 00 00 00 00 @ r1 = *(u64 *)(r10 -8)",
        "91 a4 ff ff 00 00 00 00 @ r4 = *(s8 *)(r10 -1)",
        "30 00 00 00 0e 00 00 00 @ r0 = *(u8 *)skb[14]",
        "48 10 00 00 02 00 00 00 @ r0 = *(u16 *)skb[r1 + 2]",
        "62 0a fc ff 07 00 00 00 @ *(u32 *)(r10 -4) = 7",
        "73 01 00 00 00 00 00 00 @ *(u8 *)(r1 +0) = r0",
        "c2 00 00 00 00 00 00 00 @ nospec",
        "db 10 00 00 00 00 00 00 @ lock *(u64 *)(r0 +0) += r1",
        "db 10 00 00 50 00 00 00 @ lock *(u64 *)(r0 +0) &= r1",
        "db 10 00 00 41 00 00 00 @ r1 = atomic64_fetch_or((u64 *)(r0 +0), r1)",
        "c3 10 00 00 a1 00 00 00 @ r1 = atomic_fetch_xor((u32 *)(r0 +0), r1)",
        "db 10 00 00 e1 00 00 00 @ r1 = atomic64_xchg((u64 *)(r0 +0), r1)",
        "db 12 00 00 f1 00 00 00 @ r0 = atomic64_cmpxchg((u64 *)(r2 +0), r0, r1)",
        "05 00 01 00 00 00 00 00 @ goto pc+1",
        "06 00 00 00 fe ff ff ff @ gotol pc-2",
        "15 00 09 00 00 00 00 00 @ if r0 == 0x0 goto pc+9",
        "25 0b 04 00 01 00 00 00 @ if r11 > 0x1 goto pc+4",
        "3e 70 01 00 00 00 00 00 @ if w0 >= w7 goto pc+1",
        "45 00 01 00 ff 00 00 00 @ if r0 & 0xff goto pc+1",
        "5d 21 fe ff 00 00 00 00 @ if r1 != r2 goto pc-2",
        "66 00 01 00 05 00 00 00 @ if w0 s> 0x5 goto pc+1",
        "75 00 02 00 00 00 00 00 @ if r0 s>= 0x0 goto pc+2",
        "a5 00 02 00 08 00 00 00 @ if r0 < 0x8 goto pc+2",
        "bd 10 02 00 00 00 00 00 @ if r0 <= r1 goto pc+2",
        "c6 00 02 00 08 00 00 00 @ if w0 s< 0x8 goto pc+2",
        "d5 04 00 00 ff ff ff ff @ if r4 s<= 0xffffffff goto pc+0",
        "e5 00 03 00 00 00 00 00 @ may_goto pc+3",
        "85 00 00 00 34 12 00 00 @ call bpf_ktime_get_ns#4660",
        "85 00 00 00 07 00 00 00 @ call unknown#7",
        "85 10 02 00 01 00 00 00 @ call pc+2",
        "95 00 00 00 00 00 00 00 @ exit",
        "f5 00 00 00 00 00 00 00 @ call bpf_tail_call#12",
        "bf 10 ff ff 00 00 00 00 @ r0 = &(void __percpu *)(r1)",
        "ff 00 00 00 00 00 00 00 @ unknown instruction 0xff"
      })
  void anInstructionIsInTheWordsOfTheKernel(String bytes, String text) {
    assertThat(of(bytes)).containsExactly(new Instruction(0x1000, 8, text));
  }

  @Test
  void aWideConstantTakesTwo() {
    assertThat(of("18 01 00 00 01 00 00 00 00 00 00 00 80 88 ff ff 95 00 00 00 00 00 00 00"))
        .containsExactly(
            new Instruction(0x1000, 16, "r1 = map[id:1]"), new Instruction(0x1010, 8, "exit"));
    assertThat(of("18 04 00 00 88 77 66 55 00 00 00 00 44 33 22 11"))
        .containsExactly(new Instruction(0x1000, 16, "r4 = 0x1122334455667788"));
  }

  /** Whatever bytes there are, each is shown once. */
  @Test
  void anyBytesAreCoveredToTheirLastWholeInstruction() {
    byte[] all = new byte[256 * 8 + 3];
    for (int code = 0; code < 256; code++) {
      all[code * 8] = (byte) code;
      all[code * 8 + 1] = (byte) 0xff;
      all[code * 8 + 4] = (byte) code;
    }
    List<Instruction> instructions = DISASSEMBLER.disassemble(all, 0);
    assertThat(instructions.stream().mapToInt(Instruction::length).sum()).isEqualTo(256 * 8);
    assertThat(instructions).noneMatch(each -> each.text().isBlank());
    // The upper half of a constant alone is no instruction.
    assertThat(of("18 01 00 00 01 00 00 00")).singleElement().matches(each -> each.length() == 8);
  }
}
