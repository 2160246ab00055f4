package io.nestwalk.image.vmware;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a checkpoint tells about a machine.
 *
 * @param memory its memory map
 * @param cpus its registers
 * @param isArm whether it is a machine of ARM
 * @param memoryMib its configured memory, 0 where the checkpoint does not say
 * @param warnings what was damaged
 */
record VmwareState(
    MemoryMap memory, CpuTags cpus, boolean isArm, long memoryMib, List<String> warnings) {

  private static final long PLATFORM_ARM = 3;

  /** Reads a file that has a checkpoint's magic. */
  static VmwareState read(ImageFile file) throws ImageException {
    Checkpoint checkpoint = Checkpoint.read(file);
    List<String> warnings = new ArrayList<>(checkpoint.warnings());
    MemoryMap memory = new MemoryMap();
    CpuTags cpus = new CpuTags();
    boolean isArm = false;
    long memoryMib = 0;
    for (Checkpoint.Group group : checkpoint.groups()) {
      if (!List.of("memory", "cpu", "Checkpoint").contains(group.name())) {
        continue;
      }
      TagReader reader = new TagReader(file, group, checkpoint.is64());
      for (Optional<Tag> tag = reader.next(); tag.isPresent(); tag = reader.next()) {
        switch (group.name()) {
          case "memory" -> memory.take(tag.get(), file);
          case "cpu" -> cpus.take(tag.get(), file);
          default -> {
            switch (tag.get().name()) {
              case "Platform" -> isArm |= tag.get().number(file) == PLATFORM_ARM;
              case "memSize" -> memoryMib = tag.get().number(file) & 0xffff_ffffL;
              default -> {}
            }
          }
        }
      }
      if (!reader.problem().isEmpty()) {
        warnings.add(reader.problem());
      }
    }
    return new VmwareState(memory, cpus, isArm, memoryMib, warnings);
  }

  /** Whether a memory file of that length can be this machine's. */
  boolean fits(long length) {
    long regions = memory.fileLength();
    return regions > 0 ? regions == length : memoryMib > 0 && memoryMib << 20 == length;
  }

  /** What the machine's memory file should be long, for messages; 0 where nothing tells. */
  long expectedLength() {
    return memory.fileLength() > 0 ? memory.fileLength() : memoryMib << 20;
  }

  /** The machine's instruction set, where a checkpoint of it settles that. */
  Optional<Architecture> architecture() {
    return isArm ? Optional.of(Architecture.AARCH64) : Optional.empty();
  }
}
