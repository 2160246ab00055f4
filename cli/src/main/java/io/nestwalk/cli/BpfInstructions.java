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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The instructions of one machine's programs of BPF: as the kernel keeps them, and compiled. */
final class BpfInstructions implements BpfDisassembler.Names {

  /** Of one machine, in bytes: what programs claim to have is a guest's word. */
  private static final long MAX_BYTES = 4 << 20;

  private final Machine machine;
  private final GuestSystem system;
  private final BpfObjects objects;
  private final KernelSymbols symbols;
  private final OptionalLong callBase;
  private final ShownInstructions compiled = new ShownInstructions();
  private long bytesLeft = MAX_BYTES;

  BpfInstructions(Machine machine, GuestSystem system, BpfObjects objects) {
    this.machine = machine;
    this.system = system;
    this.objects = objects;
    symbols = system.symbols();
    callBase = symbols.address("__bpf_call_base");
  }

  /** Adds the rows of all programs. */
  void collect(Session session, List<ObjectNode> rows) {
    BpfDisassembler own = new BpfDisassembler(this);
    boolean anyCompiled = false;
    for (BpfProgram program : objects.programs()) {
      byte[] code = read(session, program, program.bytecode(), program.instructions() * Long.BYTES);
      add(
          "bpf",
          program,
          program.bytecode(),
          code,
          own.disassemble(code, program.bytecode()),
          rows);
      for (AddressRange function : program.compiled()) {
        byte[] bytes = read(session, program, function.start(), function.length());
        List<Instruction> known =
            compiled.of(InstructionSet.of(machine.architecture()), bytes, function.start());
        int covered = known.stream().mapToInt(Instruction::length).sum();
        if (!known.isEmpty() && covered < bytes.length) {
          session.note(
              "%s: program %d: what stands at 0x%x is no instruction; the rest of %d bytes is not shown"
                  .formatted(
                      machine.id(),
                      program.id(),
                      function.start() + covered,
                      bytes.length - covered));
        }
        add("machine", program, function.start(), bytes, known, rows);
        anyCompiled = true;
      }
    }
    if (anyCompiled) {
      compiled.advise(session, machine);
    }
  }

  private void add(
      String form,
      BpfProgram program,
      long start,
      byte[] code,
      List<Instruction> instructions,
      List<ObjectNode> rows) {
    for (Instruction each : instructions) {
      rows.add(BpfAnswer.instruction(machine.id(), program, form, start, code, each));
    }
  }

  private byte[] read(Session session, BpfProgram program, long address, long length) {
    int wanted = (int) Math.clamp(length, 0, bytesLeft);
    byte[] bytes = system.kernelMemory().readBytes(address, wanted);
    bytesLeft -= bytes.length;
    if (bytes.length < length) {
      session.note(
          "%s: program %d: %d of %d bytes of instructions at 0x%x are shown%s"
              .formatted(
                  machine.id(),
                  program.id(),
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
    for (BpfMap map : objects.maps()) {
      if (map.object() == constant) {
        return Optional.of("map[id:%d]".formatted(map.id()));
      }
      // The kernel itself takes pointers into the values of arrays of one entry only.
      long within = constant - map.values().orElse(constant + 1);
      if (within >= 0 && within < map.valueSize() && map.maxEntries() == 1) {
        return Optional.of("map[id:%d][0]+%d".formatted(map.id(), within));
      }
    }
    return Optional.empty();
  }
}
