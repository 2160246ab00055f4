package io.nestwalk.image.qemu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Where a machine puts its RAM blocks. The stream does not tell; it follows from the machine's type
 * and from how much RAM there is (hw/i386/pc_piix.c, pc_q35.c, microvm.c of QEMU; boards that are
 * no PCs in {@link Board}).
 *
 * @param placements the parts, none overlapping another one in its block
 * @param memory the names of the blocks that are the machine's memory, in order
 * @param size how many bytes these have
 * @param low how many of them were taken to lie below 4 GiB, on a PC; negative on another board
 * @param warnings what had to be assumed or is left out
 */
record RamLayout(
    List<Placement> placements, List<String> memory, long size, long low, List<String> warnings) {

  private static final long GIB = 1L << 30;
  private static final long FOUR_GIB = 4 * GIB;

  /** The largest physical address space of a machine that QEMU makes. */
  private static final long MAX_PHYSICAL = 1L << 52;

  /** The names of a PC's block that is the whole memory, where the user named no backend. */
  private static final Set<String> MAIN = Set.of("pc.ram", "microvm.ram", "xen.ram");

  /** Parts of names of blocks that belong to devices and firmware. */
  private static final List<String> DEVICES =
      List.of(
          "vram", "bios", "rom", "flash", "vga", "qxl", "acpi", "etc/", "/rom@", "tpm", "nvram");

  /** Parts of names of backends that are no node's memory: plugged in later, or a device's. */
  private static final List<String> PLUGGED =
      List.of("dimm", "pmem", "virtio", "vmem", "hotplug", "shm", "cxl", "epc", "hostmem");

  /** What only the secure world of an ARM CPU sees (hw/arm/virt.c, sbsa-ref.c). */
  private static final String SECURE = "secure-ram";

  /** QEMU has at most 128 NUMA nodes. */
  private static final int MAX_NODES = 128;

  /** A backend below this size is no machine's memory. */
  private static final long SMALLEST = 1 << 20;

  /** Where the rest of a memory goes on that has a hole in it. */
  private record Split(long base, long low, long high) {}

  static RamLayout of(String machine, List<RamBlock> blocks) {
    return of(machine, blocks, OptionalLong.empty());
  }

  /**
   * Places the blocks.
   *
   * @param knownLow how much of a PC's memory is below 4 GiB, where that is known
   */
  static RamLayout of(String machine, List<RamBlock> blocks, OptionalLong knownLow) {
    List<String> warnings = new ArrayList<>();
    List<RamBlock> memory = memory(blocks, warnings);
    long size = 0;
    for (RamBlock block : memory) {
      size += block.length(); // each below 2^52, at most a few
    }
    Board board = Board.of(machine, blocks);
    List<Placement> placements = new ArrayList<>();
    long low = -1;
    if (board != null) {
      place(memory, new Split(board.base(), board.low(), board.high()), placements);
    } else {
      low = knownLow.isPresent() ? knownLow.getAsLong() : lowMemory(machine, size, warnings);
      place(memory, new Split(0, low, FOUR_GIB), placements);
      for (RamBlock block : blocks) {
        // The end of the firmware is where the CPU starts: below 4 GiB.
        if (block.name().equals("pc.bios") && block.length() > 0 && block.length() <= GIB) {
          placements.add(new Placement(block.name(), 0, block.length(), FOUR_GIB - block.length()));
        }
      }
    }
    return new RamLayout(List.copyOf(placements), names(memory), size, low, List.copyOf(warnings));
  }

  private static List<String> names(List<RamBlock> memory) {
    return memory.stream().map(RamBlock::name).toList();
  }

  /**
   * How much RAM is below 4 GiB: the rest begins there. The PCI hole is where devices are.
   *
   * @param machine the type, empty when it is unknown
   * @param size of the whole RAM
   */
  static long lowMemory(String machine, long size, List<String> warnings) {
    if (!Board.isPc(machine)) {
      warnings.add(
          "where the board \"%s\" has its memory is not known; it is taken to begin at 0"
              .formatted(machine));
    }
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
      if (size >= limit
          && Board.isPc(machine)
          && !machine.contains("i440fx")
          && !machine.equals("pc")) {
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

  private static void place(List<RamBlock> memory, Split split, List<Placement> placements) {
    long done = 0;
    for (RamBlock block : memory) {
      long offset = 0;
      while (offset < block.length()) {
        boolean isLow = done < split.low;
        long left = block.length() - offset;
        long length = isLow ? Math.min(left, split.low - done) : left;
        placements.add(
            new Placement(
                block.name(),
                offset,
                length,
                isLow ? split.base + done : split.high + (done - split.low)));
        offset += length;
        done += length;
      }
    }
  }

  /** The blocks that are the machine's memory, in order; several with NUMA nodes. */
  private static List<RamBlock> memory(List<RamBlock> blocks, List<String> warnings) {
    List<RamBlock> chosen =
        blocks.stream()
            .filter(block -> MAIN.contains(block.name()) || Board.isWhole(block.name()))
            .filter(RamLayout::isMemory)
            .limit(1)
            .toList();
    if (chosen.isEmpty()) {
      chosen =
          backends(
              blocks.stream()
                  .filter(RamLayout::isMemory)
                  .filter(block -> !isDevice(block) && !block.name().endsWith(SECURE))
                  .toList(),
              warnings);
    }
    told(blocks, chosen, warnings);
    return chosen;
  }

  /**
   * The machine's memory among backends, whose names are the user's. QEMU numbers the nodes by
   * itself where no backend was named, and tells where each lies in the whole with x-ignore-shared;
   * else the stream has them by size, and those of one size in the order of the command line.
   */
  private static List<RamBlock> backends(List<RamBlock> candidates, List<String> warnings) {
    List<RamBlock> nodes =
        candidates.stream()
            .filter(block -> PLUGGED.stream().noneMatch(block.name()::contains))
            .limit(MAX_NODES)
            .toList();
    if (nodes.isEmpty()) {
      return candidates.stream().limit(1).toList();
    }
    List<RamBlock> tiled = tiled(nodes);
    if (!tiled.isEmpty() || nodes.size() == 1) {
      return tiled.isEmpty() ? nodes : tiled;
    }
    List<RamBlock> numbered = nodes.stream().filter(block -> number(block) >= 0).toList();
    long numbers = numbered.stream().mapToInt(RamLayout::number).distinct().count();
    boolean byNumber = numbers == nodes.size();
    List<RamBlock> ordered =
        byNumber
            ? nodes.stream().sorted(Comparator.comparingInt(RamLayout::number)).toList()
            : nodes;
    boolean named =
        byNumber
            && nodes.stream().allMatch(block -> block.name().matches("(.*/)?(ram-node|mem-?)\\d+"));
    if (!named) {
      warnings.add(
          "memory is in %d backends; that they follow one another as %s is a guess, by %s"
              .formatted(
                  ordered.size(),
                  names(ordered),
                  byNumber ? "the numbers in their names" : "their order in the stream"));
    }
    return ordered;
  }

  /** Those blocks that follow one another without a gap from 0 on, by what the stream tells. */
  private static List<RamBlock> tiled(List<RamBlock> nodes) {
    List<RamBlock> sorted =
        nodes.stream()
            .filter(block -> block.address() >= 0)
            .sorted(
                Comparator.comparingLong(RamBlock::address)
                    .thenComparing(Comparator.comparingLong(RamBlock::length).reversed()))
            .toList();
    List<RamBlock> tiled = new ArrayList<>();
    long end = 0;
    for (RamBlock block : sorted) {
      if (block.address() == end) {
        tiled.add(block);
        end += block.length();
      }
    }
    return tiled;
  }

  private static boolean isMemory(RamBlock block) {
    return block.length() >= SMALLEST && block.length() < MAX_PHYSICAL;
  }

  private static boolean isDevice(RamBlock block) {
    return DEVICES.stream().anyMatch(block.name()::contains);
  }

  /** The number at the end of the block's name; -1 without one. */
  private static int number(RamBlock block) {
    String digits = block.name().replaceAll("^.*?(\\d{1,6})$", "$1");
    return digits.matches("\\d{1,6}") ? Integer.parseInt(digits) : -1;
  }

  /** Tells of large blocks whose place is not known: memory that was plugged in, devices'. */
  private static void told(List<RamBlock> blocks, List<RamBlock> chosen, List<String> warnings) {
    for (RamBlock block : blocks) {
      if (chosen.contains(block) || block.length() < SMALLEST || isDevice(block)) {
        continue;
      }
      warnings.add(
          "the RAM block \"%s\" of %d bytes is left out: %s"
              .formatted(
                  block.name(),
                  block.length(),
                  block.name().endsWith(SECURE)
                      ? "only the secure world of the CPUs sees it"
                      : "where the guest sees it is not known"));
    }
  }
}
