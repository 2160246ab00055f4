package io.nestwalk.paging;

import static io.nestwalk.paging.Bits.bit;
import static io.nestwalk.paging.Bits.range;

import java.util.Optional;

/**
 * What a leaf of second-level tables says beside address and rights: memory type, accessed and
 * dirty, and bits that the hardware leaves to software. Sources: Intel SDM volume 3C, tables 29-3
 * to 29-6 (EPT); AMD APM volume 2, 5.4 and 15.25.8 (nested tables have the host's format); Arm
 * Architecture Reference Manual, D8.3 and D8.6 (stage 2); RISC-V Privileged Architecture, Svpbmt.
 *
 * @param type bits of the memory type
 * @param accessed the bit of a page that was used, 0 where hardware keeps none
 * @param dirty the bit of a page that was written, 0 where hardware keeps none
 * @param software bits that the hardware ignores
 * @param kind whose tables these are
 */
public record LeafAttributes(long type, long accessed, long dirty, long software, Kind kind) {

  private static final int EPT_TYPE_SHIFT = 3;
  private static final int STAGE2_TYPE_SHIFT = 2;
  private static final int PBMT_SHIFT = 61;
  private static final long EPT_IGNORE_PAT = bit(6);
  private static final long PWT = bit(3);
  private static final long PCD = bit(4);

  /** In a leaf of the lowest level; a large page keeps it in bit 12. */
  private static final long PAT_SMALL = bit(7);

  private static final long PAT_LARGE = bit(12);

  private static final String[] DEVICES = {
    "Device-nGnRnE", "Device-nGnRE", "Device-nGRE", "Device-GRE"
  };

  /** Whose tables these are. */
  public enum Kind {
    /** Intel's extended page tables. */
    EPT,
    /** Tables of x86-64's own form: AMD's nested ones. */
    X86,
    /** ARM's stage 2. */
    STAGE2,
    /** RISC-V's guest stage. */
    RISCV
  }

  /** What leaves of a mode hold. */
  public static LeafAttributes of(PagingMode mode) {
    return of(
        switch (mode.architecture()) {
          case X86, X86_64 -> mode.entry().memoryType() == EPT_TYPE_SHIFT ? Kind.EPT : Kind.X86;
          case AARCH64 -> Kind.STAGE2;
          case RISCV64 -> Kind.RISCV;
        });
  }

  /** What leaves of such tables hold. */
  public static LeafAttributes of(Kind kind) {
    return switch (kind) {
      case EPT ->
          new LeafAttributes(
              range(6, 3), bit(8), bit(9), bit(11) | range(59, 52) | range(62, 61), kind);
      case X86 ->
          new LeafAttributes(
              PWT | PCD | PAT_SMALL | PAT_LARGE,
              bit(5),
              bit(6),
              range(11, 9) | range(58, 52),
              kind);
      case STAGE2 -> new LeafAttributes(range(5, 2), bit(10), 0, range(58, 55), kind);
      case RISCV -> new LeafAttributes(range(62, 61), bit(6), bit(7), range(9, 8), kind);
    };
  }

  /** The bits of a leaf that are described here; those of addresses are left out. */
  public long described(long entry, int pageShift) {
    long all = type | accessed | dirty | software;
    // Bit 12 is an address's in a small page, bit 7 says "large" in a large one.
    long notType = kind != Kind.X86 ? 0 : pageShift == 12 ? PAT_LARGE : PAT_SMALL;
    return entry & all & ~notType;
  }

  /**
   * The memory type of a leaf, by the manual's name; a number where the name depends on registers.
   *
   * @param bits as {@link #described} gives them
   * @return empty where the tables have no such field
   */
  public Optional<String> memoryType(long bits) {
    if (type == 0) {
      return Optional.empty();
    }
    return Optional.of(
        switch (kind) {
          case EPT -> ept((int) (bits >>> EPT_TYPE_SHIFT) & 7);
          case X86 ->
              "PAT"
                  + (((bits & PWT) != 0 ? 1 : 0)
                      | ((bits & PCD) != 0 ? 2 : 0)
                      | ((bits & (PAT_SMALL | PAT_LARGE)) != 0 ? 4 : 0));
          case STAGE2 -> stage2((int) (bits >>> STAGE2_TYPE_SHIFT) & 15);
          case RISCV ->
              switch ((int) (bits >>> PBMT_SHIFT) & 3) {
                case 0 -> "PMA";
                case 1 -> "NC";
                case 2 -> "IO";
                default -> "reserved";
              };
        });
  }

  private static String ept(int value) {
    return switch (value) {
      case 0 -> "UC";
      case 1 -> "WC";
      case 4 -> "WT";
      case 5 -> "WP";
      case 6 -> "WB";
      default -> "reserved";
    };
  }

  /** Where HCR_EL2.FWB matters, and that register is not asked here, the number stands. */
  private static String stage2(int value) {
    if (value < DEVICES.length) {
      return DEVICES[value];
    }
    return switch (value) {
      case 0b0101 -> "Normal-NC";
      case 0b1010 -> "Normal-WT";
      case 0b1111 -> "Normal-WB";
      default -> "MemAttr 0x%x".formatted(value);
    };
  }

  /** Whether the guest's own memory type is ignored (EPT's IPAT). */
  public boolean ignoresPat(long bits) {
    return kind == Kind.EPT && (bits & EPT_IGNORE_PAT) != 0;
  }

  /** Whether the page was used; empty where hardware does not say. */
  public Optional<Boolean> accessed(long bits) {
    return accessed == 0 ? Optional.empty() : Optional.of((bits & accessed) != 0);
  }

  /** Whether the page was written; empty where hardware does not say. */
  public Optional<Boolean> dirty(long bits) {
    return dirty == 0 ? Optional.empty() : Optional.of((bits & dirty) != 0);
  }

  /** The same tables where a processor keeps no accessed and dirty bits: EPTP's bit 6 is clear. */
  public LeafAttributes withoutUse() {
    return new LeafAttributes(type, 0, 0, software, kind);
  }
}
