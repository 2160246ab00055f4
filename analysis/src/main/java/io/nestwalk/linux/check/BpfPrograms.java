package io.nestwalk.linux.check;

import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.BpfProgram;
import io.nestwalk.types.Symbol;
import java.util.Map;
import java.util.function.Supplier;

/** Programs of BPF: none is hidden, each runs its own code and calls helpers of the kernel's. */
final class BpfPrograms implements Check {

  /** Helpers by which a program changes what others do, with what they do. */
  private static final Map<String, String> POWERS =
      Map.of(
          "bpf_probe_write_user", "writes into the memory of processes",
          "bpf_override_return", "makes functions of the kernel fail");

  /** The kernel's interpreters: __bpf_prog_run32 and on, __bpf_prog_ret0_warn. */
  private static final String INTERPRETER = "__bpf_prog_r";

  private final Supplier<BpfObjects> objects;

  BpfPrograms(Supplier<BpfObjects> objects) {
    this.objects = objects;
  }

  @Override
  public String rule() {
    return "ebpf-program";
  }

  @Override
  public String reason() {
    return "a program of BPF sees or changes what processes and packets do, without a module";
  }

  @Override
  public void run(Inspection in) {
    BpfObjects all = objects.get();
    all.missing().forEach(in::omit);
    if (all.missing().isEmpty()) {
      // The lists themselves, which may be empty.
      in.examined();
    }
    for (BpfProgram program : all.programs()) {
      in.examined();
      String name = "program %d '%s' (%s)".formatted(program.id(), program.name(), program.type());
      if (program.hidden()) {
        in.find(
            "%s is not in the list of numbers, but in: %s"
                .formatted(name, String.join(", ", program.seenBy())),
            program.object());
      }
      entry(in, name, program);
      for (BpfProgram.Helper helper : program.helpers()) {
        String power = POWERS.get(helper.name().orElse(""));
        if (power != null) {
          in.find(name + " " + power, program.object(), helper.address());
        } else if (!in.code().isOwned(helper.address())) {
          in.find(
              name + " calls no code of the kernel or of a listed module",
              program.object(),
              helper.address());
        }
      }
    }
  }

  private static void entry(Inspection in, String name, BpfProgram program) {
    long entry = program.entry();
    if (program.code().isPresent()) {
      long distance = entry - program.code().getAsLong();
      if (distance < 0 || distance >= program.codeBytes()) {
        in.find(name + " runs code that is not its own", program.object(), entry);
      }
    } else if (program.codeBytes() > 0) {
      in.omit(name + ": where its compiled code lies is not known");
    } else if (in.code().symbols().at(entry).map(Symbol::name).stream()
        .noneMatch(each -> each.startsWith(INTERPRETER))) {
      in.find(name + " is run by none of the kernel's interpreters", program.object(), entry);
    }
  }
}
