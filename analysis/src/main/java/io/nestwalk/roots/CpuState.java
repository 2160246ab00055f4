package io.nestwalk.roots;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.Registers;
import io.nestwalk.roots.Evidence.Source;

/**
 * Registers of one CPU, and where they stand.
 *
 * @param registers the registers
 * @param source the kind of evidence that they are
 * @param structure the address of the structure that holds them, -1 for none
 * @param what how users know that: "CPU 0", "VMCB 0x1000"
 */
public record CpuState(Registers registers, Source source, long structure, String what) {

  /** The registers of a CPU in the dump file. */
  public static CpuState of(Cpu cpu) {
    return new CpuState(cpu.registers(), Source.CPU_REGISTER, -1, "CPU " + cpu.id());
  }

  /** The state as evidence for a root that it names. */
  public Evidence evidence(String text) {
    return Evidence.of(source, structure, text);
  }
}
