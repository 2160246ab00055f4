package io.nestwalk.linux.check;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import java.util.OptionalLong;

/** Where a function goes with its first instruction, as hooks do that are written over it. */
final class FirstBranch {

  // x86-64 (Intel's manual, volume 2): four bytes that mark where branches may land, and what the
  // kernel makes of them where none does; five that tracing fills in.
  private static final int ENDBR = 0xfa1e_0ff3;
  private static final int SEALED = 0xd640_1f0f;
  private static final int OLD_SEALED = 0x001f_0f66;
  private static final long FIVE_BYTES = 0xff_ffff_ffffL;
  private static final long NOP_5 = 0x00_0044_1f0fL;
  private static final int BREAKPOINT = 0xcc;
  private static final int SYSRET = 0x070f;

  /** Of functions. */
  private static final int ALIGNMENT = 16;

  // ARM64 (Arm's manual, C4.1).
  private static final int BTI_C = 0xd503_245f;
  private static final int SIGN_RETURN = 0xd503_233f;
  private static final int NOP = 0xd503_201f;
  private static final int BRANCH_MASK = 0x7c00_0000;
  private static final int BRANCH = 0x1400_0000;
  private static final int LOAD_MASK = 0xff00_0000;
  private static final int LOAD = 0x5800_0000;
  private static final int REGISTER_BRANCH_MASK = 0xffff_fc1f;
  private static final int REGISTER_BRANCH = 0xd61f_0000;
  private static final int MOST_MARKS = 4;

  private FirstBranch() {}

  /** Whether the first instructions of an architecture can be read here. */
  static boolean isKnown(Architecture architecture) {
    return architecture == Architecture.X86_64 || architecture == Architecture.AARCH64;
  }

  /** Where a function begins with a jump or a call to; empty where it begins with another thing. */
  static OptionalLong targetOf(Memory memory, Architecture architecture, long function) {
    return architecture == Architecture.X86_64
        ? ofX86(memory, behindMarks(memory, function))
        : ofArm(memory, function);
  }

  /**
   * Whether a function of x86 begins with a breakpoint. Room between functions is filled with them,
   * and marks of where sections end stand there: a breakpoint is what something else follows.
   */
  static boolean isBreakpoint(Memory memory, Architecture architecture, long function) {
    long at = behindMarks(memory, function);
    if (architecture != Architecture.X86_64 || memory.getByte(at) != BREAKPOINT) {
      return false;
    }
    if (memory.getShort(function - Short.BYTES) == SYSRET) {
      // Never reached: it stops the processor's guesses, and has a mark.
      return false;
    }
    for (long next = at + 1; (next & (ALIGNMENT - 1)) != 0; next++) {
      if (memory.getByte(next) != BREAKPOINT) {
        return true;
      }
    }
    return false;
  }

  /** The first instruction that does something. */
  private static long behindMarks(Memory memory, long function) {
    long at = function;
    int first = memory.getInt(at, 0);
    if (first == ENDBR || first == SEALED || first == OLD_SEALED) {
      at += Integer.BYTES;
    }
    if ((memory.getLong(at, 0) & FIVE_BYTES) == NOP_5) {
      at += 5;
    }
    return at;
  }

  private static OptionalLong ofX86(Memory memory, long at) {
    long code = memory.getLong(at, 0);
    long next = memory.getLong(at + Long.BYTES, 0);
    int two = (int) code & 0xffff;
    int distance = (int) (code >>> 8);
    return switch ((int) code & 0xff) {
      // call and jmp
      case 0xe8, 0xe9 -> OptionalLong.of(at + 5 + distance);
      // jmp to what stands at an address
      case 0xff ->
          two == 0x25ff
              ? OptionalLong.of(memory.getLong(at + 6 + (int) (code >>> 16), 0))
              : OptionalLong.empty();
      // push, ret: with the upper half of the address between them or not
      case 0x68 -> {
        if ((code >>> 40 & 0xff) == 0xc3) {
          yield OptionalLong.of(distance);
        }
        boolean upper = (code >>> 40) == 0x24_44c7L && (next & 0xff) == 0x04;
        yield upper && (next >>> 40 & 0xff) == 0xc3
            ? OptionalLong.of((next >>> 8 << 32) | (distance & 0xffff_ffffL))
            : OptionalLong.empty();
      }
      // mov of eight bytes into a register, jmp there or push and ret
      case 0x48, 0x49 -> {
        boolean move = (two >>> 8 & 0xf8) == 0xb8;
        int then = (int) (next >>> 16) & 0xffff;
        boolean leaves =
            (then & 0xf8ff) == 0xe0ff
                || (then & 0xfff8) == 0xc350
                || ((int) (next >>> 16) & 0xf8_ffff) == 0xe0_ff41
                || ((int) (next >>> 16) & 0xff_f8ff) == 0xc3_5041;
        yield move && leaves ? OptionalLong.of(code >>> 16 | next << 48) : OptionalLong.empty();
      }
      default -> OptionalLong.empty();
    };
  }

  private static OptionalLong ofArm(Memory memory, long function) {
    long at = function;
    for (int i = 0; i < MOST_MARKS; i++) {
      int word = memory.getInt(at, 0);
      if (word != BTI_C && word != SIGN_RETURN && word != NOP) {
        break;
      }
      at += Integer.BYTES;
    }
    int word = memory.getInt(at, 0);
    if ((word & BRANCH_MASK) == BRANCH) {
      return OptionalLong.of(at + ((long) (word << 6) >> 4));
    }
    int then = memory.getInt(at + Integer.BYTES, 0);
    boolean through =
        (word & LOAD_MASK) == LOAD
            && (then & REGISTER_BRANCH_MASK) == REGISTER_BRANCH
            && (then >>> 5 & 0x1f) == (word & 0x1f);
    return through
        ? OptionalLong.of(memory.getLong(at + ((long) (word << 8) >> 13 << 2), 0))
        : OptionalLong.empty();
  }
}
