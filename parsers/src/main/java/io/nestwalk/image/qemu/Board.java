package io.nestwalk.image.qemu;

import java.util.List;

/**
 * Where a board that is no PC has its RAM (QEMU's hw/arm/virt.c, sbsa-ref.c, raspi.c,
 * xlnx-zynqmp.c; hw/riscv/virt.c, spike.c, sifive_u.c, microchip_pfsoc.c).
 *
 * @param machine how the machine's type begins
 * @param ram the name of the block that is the whole memory, where the user named no backend
 * @param base the address of the first byte
 * @param low how many bytes follow one another from there on at most
 * @param high where the rest begins
 */
record Board(String machine, String ram, long base, long low, long high) {

  private static final long GIB = 1L << 30;

  /** More than any board has: its memory is in one piece. */
  private static final long ALL = 1L << 52;

  private static final List<Board> BOARDS =
      List.of(
          new Board("virt-", "mach-virt.ram", GIB, ALL, 0),
          new Board("sbsa-ref", "sbsa-ref.ram", 1024 * GIB, ALL, 0),
          new Board("xlnx-zcu102", "ddr-ram", 0, 2 * GIB, 32 * GIB),
          new Board("raspi", "ram", 0, ALL, 0),
          // The type of the RISC-V board has no version, that of ARM's always has one.
          new Board("virt", "riscv_virt_board.ram", 2 * GIB, ALL, 0),
          new Board("spike", "riscv.spike.ram", 2 * GIB, ALL, 0),
          new Board("sifive_u", "riscv.sifive.u.ram", 2 * GIB, ALL, 0),
          new Board("microchip-icicle-kit", "microchip.icicle.kit.ram", 2 * GIB, GIB, 64 * GIB));

  private static final List<String> PCS =
      List.of("pc", "q35", "isapc", "microvm", "xenfv", "xenpv");

  /**
   * The board of that type; null for a PC, and for a type that is not known.
   *
   * @param blocks the RAM blocks, whose names tell what a stream is of that has no type
   */
  static Board of(String machine, List<RamBlock> blocks) {
    for (Board board : BOARDS) {
      // "ram" is the name of other machines' blocks, too.
      if (!board.ram.equals("ram")
          && blocks.stream().anyMatch(block -> block.name().equals(board.ram))) {
        return board;
      }
    }
    return BOARDS.stream()
        .filter(board -> machine.startsWith(board.machine))
        .findFirst()
        .orElse(null);
  }

  /** Whether the type is that of a PC, whose memory begins at 0; so is one without a type. */
  static boolean isPc(String machine) {
    return machine.isEmpty() || PCS.stream().anyMatch(machine::startsWith);
  }

  /** Whether a block's name is that of a board's whole memory. */
  static boolean isWhole(String block) {
    return BOARDS.stream().anyMatch(board -> board.ram.equals(block));
  }
}
