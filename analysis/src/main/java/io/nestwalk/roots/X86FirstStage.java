package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.CR3;
import static io.nestwalk.image.RegisterNames.CR4;
import static io.nestwalk.image.RegisterNames.EFER;
import static io.nestwalk.image.RegisterNames.RIP;
import static io.nestwalk.paging.X86Modes.SEARCHED_PHYSICAL_BITS;

import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.Evidence.Source;
import java.util.List;

/** The first stage of x86, of which mode a processor is in: Intel SDM volume 3A, 5.1.1. */
public enum X86FirstStage implements FirstStage {
  /** Machines of 32 bits. */
  SMALL(List.of(X86Modes.pae(SEARCHED_PHYSICAL_BITS), X86Modes.twoLevel(true))) {

    @Override
    public PagingMode commonest() {
      return X86Modes.pae(X86Modes.MAX_PHYSICAL_BITS);
    }

    @Override
    public Halves halves(PagingMode mode, long table, Memory memory) {
      return flat(mode, table, memory);
    }

    // Four bytes of data pass for an entry of 32-bit tables more often than not.
    @Override
    public boolean isFormWeak() {
      return true;
    }
  },

  /** Machines of 64 bits: both depths of long mode. */
  LONG(
      List.of(
          X86Modes.fiveLevel(SEARCHED_PHYSICAL_BITS), X86Modes.fourLevel(SEARCHED_PHYSICAL_BITS))) {

    @Override
    public PagingMode commonest() {
      return X86Modes.fourLevel(X86Modes.MAX_PHYSICAL_BITS);
    }

    @Override
    public Halves halves(PagingMode mode, long table, Memory memory) {
      return Halves.ofEntries(mode, table, memory, EmptyEntries.of(commonest()));
    }
  };

  private static final long CR4_PSE = 1L << 4;
  private static final long CR4_PAE = 1L << 5;
  private static final long CR4_LA57 = 1L << 12;
  private static final long EFER_LMA = 1L << 10;

  /** Bit 21 of QEMU's {@code hflags}: the CPU is inside a guest (HF_GUEST_MASK). */
  private static final long HFLAGS_GUEST = 1L << 21;

  /** Windows' kernel begins here, Linux' a GiB above. */
  private static final long FLAT_KERNEL = 0x8000_0000L;

  @SuppressWarnings("ImmutableEnumChecker") // made of List.of
  private final List<PagingMode> modes;

  X86FirstStage(List<PagingMode> modes) {
    this.modes = modes;
  }

  @Override
  public List<PagingMode> modes() {
    return modes;
  }

  /**
   * The modes that fit the registers, the likeliest first. Without CR4 both depths of long mode are
   * tried, the deeper one first: five levels read as four look well-formed, four as five do not.
   */
  public List<PagingMode> modesOf(Registers registers) {
    long cr4 = registers.get(CR4, CR4_PAE);
    if ((cr4 & CR4_PAE) == 0) {
      return List.of(X86Modes.twoLevel((cr4 & CR4_PSE) != 0));
    }
    boolean longMode =
        registers.get(EFER).isPresent() ? (registers.get(EFER, 0) & EFER_LMA) != 0 : this == LONG;
    if (!longMode) {
      return List.of(X86Modes.pae(SEARCHED_PHYSICAL_BITS));
    }
    if (registers.get(CR4).isEmpty()) {
      return LONG.modes;
    }
    return List.of(
        (cr4 & CR4_LA57) != 0
            ? X86Modes.fiveLevel(SEARCHED_PHYSICAL_BITS)
            : X86Modes.fourLevel(SEARCHED_PHYSICAL_BITS));
  }

  /** The root that CR3 names. */
  @Override
  public List<Root> rootsOf(CpuState cpu, RootFinder finder) {
    Registers registers = cpu.registers();
    if (registers.get(CR3).isEmpty()) {
      return List.of();
    }
    long cr3 = registers.get(CR3, 0);
    long rip = registers.get(RIP, 0);
    boolean mapsAnything = registers.get(RIP).isEmpty();
    List<HierarchyExaminer> possible =
        modesOf(registers).stream()
            .filter(mode -> mapsAnything || finder.maps(mode, cr3, rip))
            .map(finder::examiner)
            .toList();
    return TopTables.best(cr3, possible)
        .map(
            top ->
                new Root(
                    top.mode(),
                    top.address(),
                    List.of(
                        cpu.evidence("CR3 of %s is 0x%x".formatted(cpu.what(), cr3)),
                        Evidence.of(
                            Source.STRUCTURE,
                            top.address(),
                            "well-formed tables: " + top.shape()))))
        .stream()
        .toList();
  }

  @Override
  public boolean insideGuest(Registers registers) {
    return (registers.get("hflags", 0) & HFLAGS_GUEST) != 0;
  }

  /** A root of 32-bit x86: what lies above and is not for user mode is the kernel's. */
  private static Halves flat(PagingMode mode, long table, Memory memory) {
    int[] counts = new int[2];
    int[] family = {1};
    Walker walker = new Walker(mode, table, memory);
    walker.forEachLeaf(
        0,
        FLAT_KERNEL - 1,
        (address, target, shift, permissions) -> {
          counts[0]++;
          return false;
        });
    walker.forEachLeaf(
        FLAT_KERNEL,
        0xffff_ffffL,
        (address, target, shift, permissions) -> {
          if ((permissions & Permissions.USER) == 0) {
            counts[1]++;
            family[0] = 31 * family[0] + Long.hashCode(target);
          }
          return counts[1] < Halves.LEAF_SAMPLE;
        });
    return new Halves(mode, counts[0], counts[1], family[0], false);
  }
}
