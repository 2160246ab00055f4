package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.MachineFrames;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What Xen on x86-64 knows of every page of the machine, read through tables that it made. Its own
 * part of the address space is slots 256 to 271 of every root, those of its guests too
 * (xen/arch/x86/include/asm/config.h): the table of guest page numbers by machine page (M2P, whose
 * place is part of the public interface: public/arch-x86/xen-x86_64.h, MACH2PHYS_VIRT_START), the
 * root itself as a slot of its own, what belongs to one domain, the frame table, and a map of all
 * memory. For one thread.
 */
public final class XenMaps implements MachineFrames {

  /** The slots below Xen's part: those of a guest's processes. */
  public static final int USER_SLOTS = 256;

  /** The first slot of Xen's part, which guests may not use. */
  private static final int FIRST_SLOT = USER_SLOTS;

  /** The first slot behind Xen's part: the guest kernel's from here on. */
  private static final int END_OF_SLOTS = 272;

  private static final int LINEAR_SLOT = 258;
  private static final int DOMAIN_SLOT = 260;
  private static final int DIRECT_SLOT = 262;

  private static final long GUEST_PAGE_NUMBERS = 0xffff_8000_0000_0000L;
  private static final long FRAME_TABLE = 0xffff_82e0_0000_0000L;
  private static final long DIRECT_MAP = 0xffff_8300_0000_0000L;
  private static final long END_OF_DIRECT_MAP = 0xffff_8800_0000_0000L;

  /** {@code struct page_info}: its size, and where the page number of its owner stands. */
  private static final int FRAME_BYTES = 32;

  private static final int OWNER = 24;

  /** {@code struct domain} begins with its number; no domain of users has one from here on. */
  private static final int FIRST_RESERVED_DOMAIN = 0x7ff0;

  private static final int MOST_VIRTUAL_CPUS = 8192;
  private static final int PAGE_SHIFT = 12;
  private static final int MACHINE_BITS = 52;

  private final Memory memory;
  private final Walker walker;

  private XenMaps(Memory memory, Walker walker) {
    this.memory = memory;
    this.walker = walker;
  }

  /**
   * Xen's view of a machine.
   *
   * @param root of a table for which {@link #isRoot} holds, with the table of guest page numbers
   * @param memory the machine's physical memory
   */
  public static XenMaps through(long root, Memory memory) {
    return new XenMaps(
        memory, new Walker(X86Modes.fourLevel(X86Modes.SEARCHED_PHYSICAL_BITS), root, memory));
  }

  /**
   * Whether Xen made a root: it is one of its own slots, and the map of all memory that hangs below
   * it has the root where it should be.
   */
  public static boolean isRoot(long table, Memory memory) {
    long self = entry(table, LINEAR_SLOT, memory);
    return isPresent(self)
        && (self & Halves.ADDRESS_BITS) == table
        && isPresent(entry(table, DIRECT_SLOT, memory))
        && through(table, memory).at(DIRECT_MAP + table) == table;
  }

  /** Whether a root of Xen's has the table of guest page numbers. */
  private static boolean hasGuestPageNumbers(long root, Memory memory) {
    return isPresent(entry(root, FIRST_SLOT, memory));
  }

  /**
   * What names the domain that a root of Xen's belongs to: the table below the slot of what belongs
   * to one domain. Empty for Xen's own root.
   */
  public static OptionalLong domainSlot(long root, Memory memory) {
    long entry = entry(root, DOMAIN_SLOT, memory);
    return isPresent(entry) ? OptionalLong.of(entry & Halves.ADDRESS_BITS) : OptionalLong.empty();
  }

  /** How many slots of a root of Xen's are a guest kernel's. */
  public static int guestKernelSlots(long root, Memory memory) {
    int slots = 0;
    for (int slot = END_OF_SLOTS; slot < Halves.ENTRIES; slot++) {
      slots += isPresent(entry(root, slot, memory)) ? 1 : 0;
    }
    return slots;
  }

  /** Whether two tables have the same entries in a guest kernel's slots, and any at all. */
  public static boolean hasSameKernel(long table, long other, Memory memory) {
    return guestKernelSlots(table, memory) > 0
        && alike(table, other, END_OF_SLOTS, Halves.ENTRIES, memory)
            == Halves.ENTRIES - END_OF_SLOTS;
  }

  /** In how many of the {@value #USER_SLOTS} slots of processes two tables have the same entry. */
  public static int alikeUserSlots(long table, long other, Memory memory) {
    return alike(table, other, 0, USER_SLOTS, memory);
  }

  private static int alike(long table, long other, int from, int to, Memory memory) {
    int count = 0;
    for (int slot = from; slot < to; slot++) {
      count += entry(table, slot, memory) == entry(other, slot, memory) ? 1 : 0;
    }
    return count;
  }

  private static long entry(long table, int slot, Memory memory) {
    return memory.getLong(table + (long) slot * Long.BYTES, 0);
  }

  private static boolean isPresent(long entry) {
    return (entry & 1) != 0;
  }

  @Override
  public long guestPage(long machinePage) {
    if (machinePage < 0 || machinePage >>> (MACHINE_BITS - PAGE_SHIFT) != 0) {
      return NONE;
    }
    long at = at(GUEST_PAGE_NUMBERS + machinePage * Long.BYTES);
    // INVALID_M2P_ENTRY and SHARED_M2P_ENTRY: no number of a page is that high.
    long number = at < 0 ? NONE : memory.getLong(at, NONE);
    return number < 0 || number >>> (MACHINE_BITS - PAGE_SHIFT) != 0 ? NONE : number;
  }

  @Override
  public XenMaps over(Memory other) {
    return new XenMaps(other, walker.over(other));
  }

  /**
   * The address of the {@code struct domain} that a page belongs to, in the machine's memory; empty
   * where the frame table names none.
   */
  public OptionalLong owner(long machineAddress) {
    long at = at(FRAME_TABLE + (machineAddress >>> PAGE_SHIFT) * FRAME_BYTES);
    int page = at < 0 ? 0 : memory.getInt(at + OWNER, 0);
    long domain = Integer.toUnsignedLong(page) << PAGE_SHIFT;
    return page != 0 && domainAt(domain).isPresent()
        ? OptionalLong.of(domain)
        : OptionalLong.empty();
  }

  /** The number of the domain whose {@code struct domain} is there; empty where none is. */
  public OptionalInt domainAt(long address) {
    int id = memory.getShort(address);
    int cpus = memory.getInt(address + Integer.BYTES, 0);
    if (id < 0 || id >= FIRST_RESERVED_DOMAIN || cpus <= 0 || cpus > MOST_VIRTUAL_CPUS) {
      return OptionalInt.empty();
    }
    // The list of virtual CPUs and the shared page stand behind, with or without a number between.
    long first = memory.getLong(address + Long.BYTES, 0);
    return isOwn(first) || isOwn(memory.getLong(address + 2L * Long.BYTES, 0))
        ? OptionalInt.of(id)
        : OptionalInt.empty();
  }

  private static boolean isOwn(long pointer) {
    return pointer >= DIRECT_MAP && pointer < END_OF_DIRECT_MAP;
  }

  /** What says that Xen runs the machine. */
  public Evidence evidence() {
    return Evidence.of(
        Evidence.Source.STRUCTURE,
        walker.root(),
        ("Xen's tables: root 0x%x is its own slot 258 and maps all memory, itself among it, from"
                + " 0x%x on")
            .formatted(walker.root(), DIRECT_MAP));
  }

  /** The one of a machine's tables that shows most of Xen: with guest page numbers, if any has. */
  private static OptionalLong rootAmong(Iterable<Long> tables, Memory memory) {
    OptionalLong any = OptionalLong.empty();
    for (long table : tables) {
      if (isRoot(table, memory)) {
        if (hasGuestPageNumbers(table, memory)) {
          return OptionalLong.of(table);
        }
        any = any.isPresent() ? any : OptionalLong.of(table);
      }
    }
    return any;
  }

  /**
   * Xen's view through the one of a machine's tables that shows most of it, if any does.
   *
   * @param remembered of that memory: a machine has tens of thousands of tables, which would all be
   *     read for a word
   */
  public static Optional<XenMaps> among(
      Collection<Long> tables, Memory memory, RememberedRoots remembered) {
    OptionalLong root =
        remembered.one(
            "Xen's root", tables, table -> isRoot(table, memory), () -> rootAmong(tables, memory));
    return root.isPresent() ? Optional.of(through(root.getAsLong(), memory)) : Optional.empty();
  }

  private long at(long virtual) {
    long translation = walker.translate(virtual);
    return Translation.isFault(translation) ? NONE : Translation.address(translation);
  }
}
