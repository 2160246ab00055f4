package io.nestwalk.image.vmware;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.LongMode;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Registers;
import io.nestwalk.image.RunMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts memory and registers together to an image. */
final class VmwareImages {

  private VmwareImages() {}

  /**
   * @param state the checkpoint, whose map leaves nothing to be said of where memory is
   */
  static MemoryImage.Builder of(
      ImageFile file, List<MemoryRun> runs, Optional<VmwareState> state, List<String> found)
      throws ImageException {
    if (runs.isEmpty()) {
      throw new ImageException(file.name(), "VMware memory of which nothing lies in the file");
    }
    List<String> warnings = new ArrayList<>(found);
    RunMemory memory = RunMemory.of(file, runs);
    List<Cpu> cpus = List.of();
    if (state.isPresent()) {
      warnings.addAll(state.get().warnings());
      cpus = cpus(state.get(), memory, warnings);
    }
    if (file.length() % MemoryMap.PAGE != 0 && state.isEmpty()) {
      warnings.add(
          "the file's size, %d, is not a multiple of %d: the last page is cut"
              .formatted(file.length(), MemoryMap.PAGE));
    }
    MemoryImage.Builder image =
        MemoryImage.of(file, "vmware", memory)
            .creator("VMware")
            .architecture(state.flatMap(VmwareState::architecture).or(architecture(cpus)))
            .runs(memory.runs())
            .cpus(cpus)
            .warnings(warnings);
    return state.isPresent() ? image.ignoring(ImageOption.BASE, ImageOption.HOLE) : image;
  }

  private static java.util.function.Supplier<Optional<Architecture>> architecture(List<Cpu> cpus) {
    return () ->
        cpus.stream().anyMatch(cpu -> cpu.architecture() == Architecture.X86_64)
            ? Optional.of(Architecture.X86_64)
            : cpus.stream().findFirst().map(Cpu::architecture);
  }

  private static List<Cpu> cpus(VmwareState state, PhysicalMemory memory, List<String> warnings) {
    List<Cpu> cpus = new ArrayList<>();
    for (Map.Entry<Long, Registers> entry : state.cpus().registers().entrySet()) {
      int id = Math.toIntExact(entry.getKey());
      Registers registers = entry.getValue();
      cpus.add(new Cpu(id, architecture(state, registers, memory), registers));
    }
    if (cpus.isEmpty()) {
      warnings.add("the checkpoint has no registers");
    } else if (state.cpus().announced() != 0 && state.cpus().announced() != cpus.size()) {
      warnings.add(
          "the checkpoint names %d CPUs, there are registers of %d"
              .formatted(state.cpus().announced(), cpus.size()));
    }
    return cpus;
  }

  /** No tag for EFER is known, so long mode is concluded from what only it makes possible. */
  private static Architecture architecture(
      VmwareState state, Registers registers, PhysicalMemory memory) {
    if (state.isArm()) {
      return Architecture.AARCH64;
    }
    return switch (LongMode.of(registers)) {
      case YES -> Architecture.X86_64;
      case NO -> Architecture.X86;
      case UNKNOWN ->
          LongMode.hasWideValue(registers) || LongModeByWalk.succeeds(memory, registers)
              ? Architecture.X86_64
              : Architecture.X86;
    };
  }
}
