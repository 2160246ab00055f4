package io.nestwalk.disassembly;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.nestwalk.foreign.SharedLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Collectors;

/** The system's libcapstone, of version 4 or 5. For one thread at a time. */
// What libcapstone hands over has the length that its header says; no JVM can check that.
@SuppressWarnings("restricted")
public final class Disassembler {

  /** {@code struct cs_insn}: in version 5 an instruction has room for 24 bytes, before for 16. */
  private record Layout(String file, int version, int bytesRoom) {

    static final int ADDRESS_AT = 8;
    static final int SIZE_AT = 16;
    static final int BYTES_AT = 18;
    static final int MNEMONIC = 32;
    static final int OPERANDS = 160;

    int mnemonicAt() {
      return BYTES_AT + bytesRoom;
    }

    int operandsAt() {
      return mnemonicAt() + MNEMONIC;
    }

    /** With a pointer behind it, at a multiple of its size. */
    int size() {
      return (operandsAt() + OPERANDS + Long.BYTES - 1 & -Long.BYTES) + Long.BYTES;
    }
  }

  private static final List<Layout> KNOWN =
      List.of(new Layout("libcapstone.so.5", 5, 24), new Layout("libcapstone.so.4", 4, 16));

  private final Layout layout;
  private final MethodHandle open;
  private final MethodHandle close;
  private final MethodHandle disassemble;
  private final MethodHandle free;

  private Disassembler(Layout layout, SharedLibrary library) {
    this.layout = layout;
    open = function(library, "cs_open", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    close = function(library, "cs_close", JAVA_INT, ADDRESS);
    disassemble =
        function(
            library,
            "cs_disasm",
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS);
    free = library.function("cs_free", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG)).orElseThrow();
  }

  private static MethodHandle function(
      SharedLibrary library, String name, MemoryLayout result, MemoryLayout... arguments) {
    return library.function(name, FunctionDescriptor.of(result, arguments)).orElseThrow();
  }

  /** The library; empty where the system has none in a version that is known. */
  public static Optional<Disassembler> find() {
    return find(KNOWN);
  }

  /** The one with that file name, of those that are known. */
  static Optional<Disassembler> find(String file) {
    return find(KNOWN.stream().filter(each -> each.file.equals(file)).toList());
  }

  private static Optional<Disassembler> find(List<Layout> layouts) {
    for (Layout layout : layouts) {
      try {
        Optional<SharedLibrary> library = SharedLibrary.find(layout.file);
        if (library.isPresent()) {
          return Optional.of(new Disassembler(layout, library.get()));
        }
      } catch (NoSuchElementException e) {
        // Another library of that name.
      }
    }
    return Optional.empty();
  }

  /**
   * Why instructions can't be shown: the system has no Capstone, or one that is too old for these.
   * Empty where they can.
   *
   * @param library the one that was found
   */
  public static Optional<String> obstacle(Optional<Disassembler> library, InstructionSet set) {
    if (library.isEmpty() || library.get().knows(set)) {
      return library.isEmpty()
          ? Optional.of(advice(set, "there is none on this system"))
          : Optional.empty();
    }
    return Optional.of(
        advice(set, "this system has Capstone %d".formatted(library.get().layout.version)));
  }

  private static String advice(InstructionSet set, String butHere) {
    List<Integer> versions =
        KNOWN.stream().map(Layout::version).filter(each -> each >= set.since).sorted().toList();
    return "instructions%s are shown with Capstone %s (Debian: apt install %s); %s"
        .formatted(
            versions.size() < KNOWN.size() ? " of " + set : "",
            joined(versions, ""),
            joined(versions, "libcapstone"),
            butHere);
  }

  private static String joined(List<Integer> versions, String before) {
    return versions.stream().map(each -> before + each).collect(Collectors.joining(" or "));
  }

  /** Whether the library knows a set of instructions. */
  public boolean knows(InstructionSet set) {
    return layout.version >= set.since;
  }

  /**
   * The instructions at the beginning of some bytes.
   *
   * @param address where the first byte stands
   * @return as many as there are before bytes that are none
   */
  public List<Instruction> disassemble(InstructionSet set, byte[] code, long address) {
    if (!knows(set) || code.length == 0) {
      return List.of();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(JAVA_LONG);
      if ((int) open.invokeExact(set.architecture, set.mode, handle) != 0) {
        return List.of();
      }
      try {
        MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, code);
        MemorySegment first = arena.allocate(ADDRESS);
        long count =
            (long)
                disassemble.invokeExact(
                    handle.get(JAVA_LONG, 0), bytes, (long) code.length, address, 0L, first);
        return count <= 0 ? List.of() : taken(first.get(ADDRESS, 0), Math.min(count, code.length));
      } finally {
        int _ = (int) close.invokeExact(handle);
      }
    } catch (Throwable e) {
      throw SharedLibrary.rethrown(e);
    }
  }

  private List<Instruction> taken(MemorySegment start, long count) throws Throwable {
    try {
      MemorySegment all = start.reinterpret(count * layout.size());
      List<Instruction> instructions = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        MemorySegment one = all.asSlice(i * layout.size(), layout.size());
        String operands = text(one, layout.operandsAt(), Layout.OPERANDS);
        String mnemonic = text(one, layout.mnemonicAt(), Layout.MNEMONIC);
        instructions.add(
            new Instruction(
                one.get(JAVA_LONG_UNALIGNED, Layout.ADDRESS_AT),
                one.get(JAVA_SHORT_UNALIGNED, Layout.SIZE_AT),
                operands.isEmpty() ? mnemonic : mnemonic + " " + operands));
      }
      return instructions;
    } finally {
      free.invokeExact(start, count);
    }
  }

  private static String text(MemorySegment instruction, int offset, int room) {
    byte[] bytes = instruction.asSlice(offset, room).toArray(JAVA_BYTE);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.US_ASCII);
  }
}
