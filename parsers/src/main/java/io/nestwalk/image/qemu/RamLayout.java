package io.nestwalk.image.qemu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Where a machine puts its RAM blocks. The stream does not tell; it follows from the machine's type
 * and from how much RAM there is (hw/i386/pc_piix.c, pc_q35.c, microvm.c, hw/arm/virt.c,
 * hw/riscv/virt.c of QEMU).
 *
 * @param placements the parts, none overlapping another one in its block
 * @param warnings what had to be assumed or is left out
 */
record RamLayout(List<Placement> placements, List<String> warnings) {

  private static final long GIB = 1L << 30;
  private static final long FOUR_GIB = 4 * GIB;

  /** The largest physical address space of a machine that QEMU makes. */
  private static final long MAX_PHYSICAL = 1L << 52;

  /** The names of the block that is the whole memory, where no backend was named by the user. */
  private static final Set<String> MAIN =
      Set.of("pc.ram", "mach-virt.ram", "riscv_virt_board.ram", "microvm.ram", "xen.ram", "ram");

  /** Parts of names of blocks that belong to devices and firmware. */
  private static final List<String> DEVICES =
      List.of(
          "vram", "bios", "rom", "flash", "vga", "qxl", "acpi", "etc/", "/rom@", "tpm", "nvram");

  /** QEMU has at most 128 NUMA nodes. */
  private static final int MAX_NODES = 128;

  /** A backend below this size is no machine's memory. */
  private static final long SMALLEST = 1 << 20;

  static RamLayout of(String machine, List<RamBlock> blocks) {
    List<String> warnings = new ArrayList<>();
    List<RamBlock> memory = memory(blocks, warnings);
    long size = 0;
    for (RamBlock block : memory) {
      size += block.length(); // each below 2^52, at most a few
    }
    List<Placement> placements = new ArrayList<>();
    if (isArm(memory, machine)) {
      place(memory, size, GIB, size, placements);
    } else if (isRiscv(memory, machine)) {
      place(memory, size, 2 * GIB, size, placements);
    } else {
      long low = lowMemory(machine, size, warnings);
      place(memory, low, 0, size, placements);
      for (RamBlock block : blocks) {
        // The end of the firmware is where the CPU starts: below 4 GiB.
        if (block.name().equals("pc.bios") && block.length() > 0 && block.length() <= GIB) {
          placements.add(new Placement(block.name(), 0, block.length(), FOUR_GIB - block.length()));
        }
      }
    }
    return new RamLayout(List.copyOf(placements), List.copyOf(warnings));
  }

  /**
   * How much RAM is below 4 GiB: the rest begins there. The PCI hole is where devices are.
   *
   * @param machine the type, empty when it is unknown
   * @param size of the whole RAM
   */
  static long lowMemory(String machine, long size, List<String> warnings) {
    long limit;
    long split;
    if (machine.contains("q35")) {
      limit = 0xb0000000L;
      split = 0x80000000L;
    } else if (machine.contains("microvm")) {
      limit = 0xc0000000L;
      split = 0xc0000000L;
    } else if (machine.contains("xenfv") || machine.contains("xenpv")) {
      limit = 0xf0000000L;
      split = 0xf0000000L;
    } else {
      limit = 0xe0000000L;
      // Machine types before 2.0 did not align the memory above 4 GiB to gigabytes.
      split = alignsToGigabytes(machine) ? 0xc0000000L : 0xe0000000L;
      if (size >= limit && !machine.contains("i440fx") && !machine.equals("pc")) {
        warnings.add(
            ("the machine type %s is not known; its memory is taken to go on at 4 GiB behind the"
                    + " first 3 GiB")
                .formatted(machine.isEmpty() ? "is not in the stream and" : "\"" + machine + "\""));
      }
    }
    return size < limit ? size : split;
  }

  private static boolean alignsToGigabytes(String machine) {
    return !machine.startsWith("pc-i440fx-1.")
        && !machine.startsWith("pc-0.")
        && !machine.startsWith("pc-1.");
  }

  private static void place(
      List<RamBlock> memory, long low, long base, long size, List<Placement> placements) {
    long done = 0;
    for (RamBlock block : memory) {
      long offset = 0;
      while (offset < block.length()) {
        boolean isLow = done < low;
        long length = Math.min(block.length() - offset, isLow ? low - done : size - done);
        placements.add(
            new Placement(
                block.name(), offset, length, isLow ? base + done : FOUR_GIB + (done - low)));
        offset += length;
        done += length;
      }
    }
  }

  /** The blocks that are the machine's memory, in order; several with NUMA nodes. */
  private static List<RamBlock> memory(List<RamBlock> blocks, List<String> warnings) {
    for (RamBlock block : blocks) {
      if (MAIN.contains(block.name()) && isMemory(block)) {
        told(blocks, List.of(block), warnings);
        return List.of(block);
      }
    }
    List<RamBlock> candidates =
        blocks.stream()
            .filter(RamLayout::isMemory)
            .filter(block -> DEVICES.stream().noneMatch(block.name()::contains))
            .toList();
    List<RamBlock> nodes =
        candidates.stream()
            .filter(block -> block.name().matches("(.*/)?(ram-node|mem-?|ram)\\d+"))
            .sorted(Comparator.comparingInt(RamLayout::number))
            .limit(MAX_NODES)
            .toList();
    List<RamBlock> chosen =
        !nodes.isEmpty()
            ? nodes
            : candidates.stream()
                .max(Comparator.comparingLong(RamBlock::length))
                .map(List::of)
                .orElse(List.of());
    told(blocks, chosen, warnings);
    return chosen;
  }

  private static boolean isMemory(RamBlock block) {
    return block.length() >= SMALLEST && block.length() < MAX_PHYSICAL;
  }

  private static int number(RamBlock block) {
    String digits = block.name().replaceAll("^.*?(\\d{1,6})$", "$1");
    return digits.matches("\\d+") ? Integer.parseInt(digits) : 0;
  }

  /** Tells of large blocks whose place is not known: memory that was plugged in, devices'. */
  private static void told(List<RamBlock> blocks, List<RamBlock> chosen, List<String> warnings) {
    for (RamBlock block : blocks) {
      if (!chosen.contains(block)
          && block.length() >= SMALLEST
          && DEVICES.stream().noneMatch(block.name()::contains)) {
        warnings.add(
            "the RAM block \"%s\" of %d bytes is left out: where the guest sees it is not known"
                .formatted(block.name(), block.length()));
      }
    }
  }

  private static boolean isArm(List<RamBlock> memory, String machine) {
    return (machine.startsWith("virt") && !isRiscv(memory, machine))
        || memory.stream().anyMatch(block -> block.name().equals("mach-virt.ram"));
  }

  private static boolean isRiscv(List<RamBlock> memory, String machine) {
    return memory.stream().anyMatch(block -> block.name().equals("riscv_virt_board.ram"))
        || machine.startsWith("riscv");
  }
}
