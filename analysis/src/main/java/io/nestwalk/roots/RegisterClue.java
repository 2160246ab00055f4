package io.nestwalk.roots;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.RegisterNames;
import io.nestwalk.roots.Evidence.Source;
import java.util.ArrayList;
import java.util.List;

/**
 * A register of a CPU in the dump file that names something by which the CPU runs guests.
 *
 * @param cpu the CPU
 * @param kind what the register names
 * @param value the register's value
 */
public record RegisterClue(Cpu cpu, Kind kind, long value) {

  /** What registers name; for the names see the formats that deliver them. */
  public enum Kind {
    /** The VMCB that runs or ran last: the operand of VMRUN. */
    VMCB("vm_vmcb"),
    /** The host-save area: MSR VM_HSAVE_PA (AMD APM volume 2, 15.30.4). */
    HOST_SAVE("vm_hsave"),
    /** The current VMCS: the operand of VMPTRLD. */
    VMCS("vmcs12"),
    /** The root of AMD's nested tables. */
    NESTED_CR3("nested_cr3"),
    /** An EPT pointer. */
    EPTP("nested_eptp"),
    /** The root of ARM's stage 2, with the VMID in bits 63:48. */
    STAGE2(RegisterNames.VTTBR_EL2),
    /** The root of RISC-V's guest stage, with its mode and the VMID. */
    GUEST_STAGE(RegisterNames.HGATP);

    private final String register;

    Kind(String register) {
      this.register = register;
    }
  }

  /** Everything that the CPUs' registers name. 0 and all ones name nothing. */
  public static List<RegisterClue> of(List<Cpu> cpus) {
    List<RegisterClue> clues = new ArrayList<>();
    for (Cpu cpu : cpus) {
      for (Kind kind : Kind.values()) {
        long value = cpu.registers().get(kind.register, 0);
        if (value != 0 && value != -1) {
          clues.add(new RegisterClue(cpu, kind, value));
        }
      }
    }
    return clues;
  }

  /** Whether the CPU was inside a guest when the dump was taken, as far as its registers say. */
  public boolean insideGuest() {
    return FirstStage.insideGuest(cpu);
  }

  /** The clue as users read it. */
  @Override
  public String toString() {
    return "%s of CPU %d is 0x%x".formatted(kind.register, cpu.id(), value);
  }

  /** The clue as evidence for a root. */
  public Evidence evidence() {
    return evidence("");
  }

  /** The clue as evidence for a root, with more that the registers say. */
  public Evidence evidence(String more) {
    return Evidence.of(Source.CPU_REGISTER, -1, this + more);
  }
}
