package io.nestwalk.disassembly;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Instructions of BPF (RFC 9669) in the notation of the kernel's verifier and of bpftool: "r1 =
 * *(u64 *)(r1 +8)". Capstone knows them since version 5 only, and in other words.
 */
public final class BpfDisassembler {

  /** What numbers in instructions stand for. */
  public interface Names {

    /** The kernel's function that a call's number leads to. */
    Optional<String> helper(int number);

    /** The map whose address a constant is: "map[id:7]". */
    Optional<String> map(long constant);
  }

  private static final int UNIT = 8;

  // Classes (RFC 9669, section 3.1).
  private static final int LD = 0;
  private static final int LDX = 1;
  private static final int ST = 2;
  private static final int STX = 3;
  private static final int ALU = 4;
  private static final int JMP = 5;
  private static final int JMP32 = 6;

  private static final int WIDE_CONSTANT = 0x18;
  private static final int NO_SPECULATION = 0xc2;
  private static final int ADDRESS_SPACE_CAST = 1;

  // The kernel's own (include/linux/filter.h), which the verifier leaves.
  private static final int TAIL_CALL = 0xf5;
  private static final int TAIL_CALL_HELPER = 12;
  private static final int OF_THIS_PROCESSOR = -1;

  private static final int FETCH = 1;
  private static final int PSEUDO_CALL = 1;
  private static final int KERNEL_CALL = 2;

  private static final String[] SIZES = {"u32", "u16", "u8", "u64"};
  private static final String[] SIGNED_SIZES = {"s32", "s16", "s8", "s64"};
  private static final String[] ARITHMETIC = {
    "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "", "%=", "^=", "=", "s>>="
  };
  private static final String[] CONDITIONS = {
    "", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<="
  };

  private final Names names;

  /** A disassembler with names of one kernel. */
  public BpfDisassembler(Names names) {
    this.names = names;
  }

  /**
   * All instructions of some bytes, also those that are none, which say so.
   *
   * @param address where the first byte stands
   */
  public List<Instruction> disassemble(byte[] code, long address) {
    List<Instruction> instructions = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + UNIT <= code.length; ) {
      boolean wide = (code[at] & 0xff) == WIDE_CONSTANT && at + 2 * UNIT <= code.length;
      int length = wide ? 2 * UNIT : UNIT;
      One one = One.at(bytes, at);
      instructions.add(
          new Instruction(
              address + at,
              length,
              wide ? constant(one, One.at(bytes, at + UNIT).number) : text(one)));
      at += length;
    }
    return List.copyOf(instructions);
  }

  /** {@code struct bpf_insn}. */
  private record One(int code, int to, int from, short offset, int number) {

    static One at(ByteBuffer bytes, int at) {
      int registers = bytes.get(at + 1) & 0xff;
      return new One(
          bytes.get(at) & 0xff,
          registers & 0xf,
          registers >> 4,
          bytes.getShort(at + 2),
          bytes.getInt(at + 4));
    }

    int kind() {
      return code & 7;
    }

    int operation() {
      return code >> 4;
    }

    boolean byRegister() {
      return (code & 8) != 0;
    }

    int mode() {
      return code >> 5;
    }

    String size() {
      return SIZES[code >> 3 & 3];
    }

    /** "*(u64 *)(r1 +8)" without its star. */
    String place(int register) {
      return "(%s *)(r%d %+d)".formatted(size(), register, offset);
    }
  }

  private String constant(One one, int upper) {
    long value = (long) upper << 32 | (one.number & 0xffff_ffffL);
    return "r%d = %s"
        .formatted(one.to, names.map(value).orElseGet(() -> "0x" + Long.toHexString(value)));
  }

  private String text(One one) {
    return switch (one.kind()) {
      case LD -> packet(one);
      case LDX -> load(one);
      case ST ->
          one.code == NO_SPECULATION
              ? "nospec"
              : isPlain(one) ? "*%s = %d".formatted(one.place(one.to), one.number) : unknown(one);
      case STX -> store(one);
      case JMP, JMP32 -> jump(one);
      default -> arithmetic(one);
    };
  }

  private static String unknown(One one) {
    return "unknown instruction 0x%02x".formatted(one.code);
  }

  /** Modes that the kernel's own marks stand in for as well: memory that may fault, arenas. */
  private static boolean isPlain(One one) {
    return one.mode() == 3 || one.mode() == 1 || one.mode() == 5;
  }

  private static String packet(One one) {
    return switch (one.mode()) {
      case 1 -> "r0 = *(%s *)skb[%d]".formatted(one.size(), one.number);
      case 2 -> "r0 = *(%s *)skb[r%d + %d]".formatted(one.size(), one.from, one.number);
      default -> unknown(one);
    };
  }

  private static String load(One one) {
    if (one.mode() == 4 || one.mode() == 2) {
      return "r%d = *(%s *)(r%d %+d)"
          .formatted(one.to, SIGNED_SIZES[one.code >> 3 & 3], one.from, one.offset);
    }
    return isPlain(one) ? "r%d = *%s".formatted(one.to, one.place(one.from)) : unknown(one);
  }

  private static String store(One one) {
    if (isPlain(one)) {
      return "*%s = r%d".formatted(one.place(one.to), one.from);
    }
    boolean atomic = one.mode() == 6 || one.mode() == 7;
    String place = one.place(one.to);
    String width = (one.code >> 3 & 3) == 3 ? "64" : "";
    if (!atomic) {
      return unknown(one);
    }
    switch (one.number) {
      case 0x100 -> {
        return "r%d = load_acquire(%s)".formatted(one.to, one.place(one.from));
      }
      case 0x110 -> {
        return "store_release(%s, r%d)".formatted(place, one.from);
      }
      case 0xe1 -> {
        return "r%d = atomic%s_xchg(%s, r%d)".formatted(one.from, width, place, one.from);
      }
      case 0xf1 -> {
        return "r0 = atomic%s_cmpxchg(%s, r0, r%d)".formatted(width, place, one.from);
      }
      default -> {
        // One of arithmetic, below.
      }
    }
    String name =
        switch (one.number & ~FETCH) {
          case 0x00 -> "add";
          case 0x40 -> "or";
          case 0x50 -> "and";
          case 0xa0 -> "xor";
          default -> "";
        };
    if (name.isEmpty()) {
      return unknown(one);
    }
    return (one.number & FETCH) != 0
        ? "r%d = atomic%s_fetch_%s(%s, r%d)".formatted(one.from, width, name, place, one.from)
        : "lock *%s %s r%d".formatted(place, ARITHMETIC[one.number >> 4], one.from);
  }

  private String jump(One one) {
    boolean narrow = one.kind() == JMP32;
    return switch (one.operation()) {
      case 0 -> narrow ? "gotol pc%+d".formatted(one.number) : "goto pc%+d".formatted(one.offset);
      case 8 -> narrow ? unknown(one) : call(one);
      case 9 -> narrow ? unknown(one) : "exit";
      // An interpreter's call of a function of the same program has the number of may_goto.
      case 0xe -> (one.from == PSEUDO_CALL ? "call pc%+d" : "may_goto pc%+d").formatted(one.offset);
      // The helper is never called: the verifier puts a jump of the kernel's own in its place.
      case 0xf ->
          one.code == TAIL_CALL
              ? "call bpf_tail_call#%d".formatted(TAIL_CALL_HELPER)
              : unknown(one);
      default -> condition(one, narrow ? "w" : "r");
    };
  }

  private static String condition(One one, String register) {
    return "if %s%d %s %s goto pc%+d"
        .formatted(
            register,
            one.to,
            CONDITIONS[one.operation()],
            one.byRegister() ? register + one.from : "0x" + Integer.toHexString(one.number),
            one.offset);
  }

  private String call(One one) {
    if (one.byRegister()) {
      return "callx r" + one.to;
    }
    return switch (one.from) {
      // Compiled code has the function's number in the place of the distance.
      case PSEUDO_CALL -> "call pc%+d".formatted(one.offset != 0 ? one.offset : one.number);
      case KERNEL_CALL, 0 ->
          "call %s#%d".formatted(names.helper(one.number).orElse("unknown"), one.number);
      default -> unknown(one);
    };
  }

  private static String arithmetic(One one) {
    boolean narrow = one.kind() == ALU;
    String register = narrow ? "w" : "r";
    int operation = one.operation();
    if (operation == 0xd) {
      String name = narrow ? one.byRegister() ? "be" : "le" : "bswap";
      return "r%d = %s%d r%d".formatted(one.to, name, one.number, one.to);
    }
    if (operation == 8) {
      return "%s%d = -%s%d".formatted(register, one.to, register, one.to);
    }
    if (operation >= ARITHMETIC.length) {
      return unknown(one);
    }
    String sign = ARITHMETIC[operation];
    if ((operation == 3 || operation == 9) && one.offset == 1) {
      sign = "s" + sign;
    }
    String value = one.byRegister() ? register + one.from : Integer.toString(one.number);
    if (operation == 0xb && one.byRegister() && one.offset != 0) {
      if (!narrow && one.offset == OF_THIS_PROCESSOR) {
        value = "&(void __percpu *)(r%d)".formatted(one.from);
      } else if (!narrow && one.offset == ADDRESS_SPACE_CAST) {
        value =
            "addr_space_cast(r%d, %d, %d)"
                .formatted(one.from, one.number >>> 16, one.number & 0xffff);
      } else {
        value = "(s%d)%s".formatted(one.offset, value);
      }
    }
    return "%s%d %s %s".formatted(register, one.to, sign, value);
  }
}
