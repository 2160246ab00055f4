package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.BpfAnswer;
import io.nestwalk.disassembly.BpfDisassembler;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.disassembly.InstructionSet;
import io.nestwalk.image.AddressRange;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.BpfMap;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.BpfProgram;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The instructions of one machine's programs of BPF: as the kernel keeps them, and compiled. */
final class BpfInstructions implements BpfDisassembler.Names {

  /** Of one machine, in bytes: what programs claim to have is a guest's word. */
  private static final long MAX_BYTES = 4 << 20;

  /** Of one compiled function, in bytes: each may be an instruction. */
  private static final int MAX_FUNCTION = 1 << 18;

  /** Of one machine: each is a row of the answer. */
  private static final int MAX_ROWS = 1 << 18;

  /** What can't be shown, of one machine, that is told one by one. */
  private static final int MAX_NOTES = 1 << 8;

  private final Session session;
  private final Machine machine;
  private final GuestSystem system;
  private final BpfObjects objects;
  private final KernelSymbols symbols;
  private final OptionalLong callBase;
  private final ShownInstructions compiled = new ShownInstructions();
  private final Map<Long, BpfMap> mapsByObject = new HashMap<>();

  /** The kernel itself takes pointers into the values of arrays of one entry only. */
  private final NavigableMap<Long, BpfMap> mapsByValues = new TreeMap<>(Long::compareUnsigned);

  private long bytesLeft = MAX_BYTES;
  private int rowsLeft = MAX_ROWS;
  private int notesLeft = MAX_NOTES;

  BpfInstructions(Session session, Machine machine, GuestSystem system, BpfObjects objects) {
    this.session = session;
    this.machine = machine;
    this.system = system;
    this.objects = objects;
    symbols = system.symbols();
    callBase = symbols.address("__bpf_call_base");
    for (BpfMap map : objects.maps()) {
      mapsByObject.putIfAbsent(map.object(), map);
      if (map.values().isPresent() && map.maxEntries() == 1) {
        mapsByValues.putIfAbsent(map.values().getAsLong(), map);
      }
    }
  }

  /** Adds the rows of all programs. */
  void collect(List<ObjectNode> rows) {
    BpfDisassembler own = new BpfDisassembler(this);
    InstructionSet set = InstructionSet.of(machine.architecture());
    boolean anyCompiled = false;
    for (BpfProgram program : objects.programs()) {
      long length = program.instructions() * Long.BYTES;
      byte[] code = read(program, program.bytecode(), length, length);
      add(
          "bpf",
          program,
          program.bytecode(),
          code,
          own.disassemble(code, program.bytecode()),
          rows);
      long found = 0;
      for (AddressRange function : program.compiled()) {
        byte[] bytes = read(program, function.start(), function.length(), MAX_FUNCTION);
        List<Instruction> known = compiled.of(set, bytes, function.start());
        int covered = known.stream().mapToInt(Instruction::length).sum();
        if (covered < bytes.length && compiled.areTold(set)) {
          note(
              program,
              "what stands at 0x%x is no instruction; the rest of %d bytes is not shown"
                  .formatted(function.start() + covered, bytes.length - covered));
        }
        add("machine", program, function.start(), bytes, known, rows);
        found += function.length();
        anyCompiled = true;
      }
      if (found < program.codeBytes()) {
        note(
            program,
            "%d of %d bytes of compiled code are not found, and not shown"
                .formatted(program.codeBytes() - found, program.codeBytes()));
      }
    }
    if (anyCompiled) {
      compiled.advise(session, machine);
    }
  }

  private void note(BpfProgram program, String text) {
    if (notesLeft > 0) {
      session.note("%s: program %d: %s".formatted(machine.id(), program.id(), text));
    } else if (notesLeft == 0) {
      session.note(machine.id() + ": instructions of more programs are not shown");
    }
    notesLeft = Math.max(-1, notesLeft - 1);
  }

  private void add(
      String form,
      BpfProgram program,
      long start,
      byte[] code,
      List<Instruction> instructions,
      List<ObjectNode> rows) {
    int shown = Math.min(rowsLeft, instructions.size());
    rowsLeft -= shown;
    if (shown < instructions.size()) {
      note(
          program,
          "%d of %d instructions at 0x%x are shown: there are too many in all"
              .formatted(shown, instructions.size(), start));
    }
    for (Instruction each : instructions.subList(0, shown)) {
      rows.add(BpfAnswer.instruction(machine.id(), program, form, start, code, each));
    }
  }

  private byte[] read(BpfProgram program, long address, long length, long most) {
    int wanted = (int) Math.clamp(Math.min(length, most), 0, rowsLeft > 0 ? bytesLeft : 0);
    byte[] bytes = system.kernelMemory().readBytes(address, wanted);
    bytesLeft -= bytes.length;
    if (bytes.length < length) {
      note(
          program,
          "%d of %d bytes of instructions at 0x%x are shown%s"
              .formatted(
                  bytes.length,
                  length,
                  address,
                  bytes.length < wanted ? ": the rest is not in memory" : ""));
    }
    return bytes;
  }

  @Override
  public Optional<String> helper(int number) {
    return callBase.isEmpty()
        ? Optional.empty()
        : symbols
            .at(callBase.getAsLong() + number)
            .filter(symbol -> symbol.address() == callBase.getAsLong() + number)
            .map(Symbol::name);
  }

  @Override
  public Optional<String> map(long constant) {
    BpfMap map = mapsByObject.get(constant);
    if (map != null) {
      return Optional.of("map[id:%d]".formatted(map.id()));
    }
    Map.Entry<Long, BpfMap> values = mapsByValues.floorEntry(constant);
    if (values != null) {
      long within = constant - values.getKey();
      if (within >= 0 && within < values.getValue().valueSize()) {
        return Optional.of("map[id:%d][0]+%d".formatted(values.getValue().id(), within));
      }
    }
    return Optional.empty();
  }
}
