package io.nestwalk.bench.grow;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.Vmcb;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.survey.Survey;
import java.util.List;

/**
 * Adds guests to an image: each has a copy of a real guest's memory, nested page tables of its own
 * that lead there, and a VMCB that names these. The host's hypervisor does not list them.
 */
final class Guests {

  private static final long PRESENT = 1;
  private static final long LARGE = 1L << 7;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
  private static final int ENTRIES = 512;
  private static final int BOTTOM_SHIFT = 12;
  private static final int INDEX_BITS = 9;
  private static final int ASID = 0x58;
  private static final int NESTED_CR3 = 0xb0;

  private final Room room;

  Guests(Room room) {
    this.room = room;
  }

  /**
   * Adds {@code count} copies of the image's first guest of AMD's nested paging.
   *
   * @throws IllegalArgumentException where it has none, or the copies do not fit
   */
  void add(MemoryImage image, List<Machine> machines, int count) {
    VmcbDetector detector = new VmcbDetector();
    List<Vmcb> found =
        Survey.of(image.memory(), List.of(detector), 1, Progress.NONE).found(detector);
    for (Machine machine : machines) {
      Root root = machine.secondLevel().root().orElse(null);
      for (Vmcb vmcb : found) {
        if (root != null && vmcb.nestedCr3() == root.address()) {
          for (int i = 1; i <= count; i++) {
            add(vmcb, root, i);
          }
          return;
        }
      }
    }
    throw new IllegalArgumentException("the image has no guest with a VMCB that could be copied");
  }

  private void add(Vmcb original, Root root, int number) {
    long vmcb = room.take(Room.PAGE, Room.PAGE);
    room.copy(original.address(), vmcb, Room.PAGE);
    int levels = root.mode().levels().size();
    room.putLong(vmcb + NESTED_CR3, copy(root.address(), levels - 1));
    room.put(vmcb + ASID, room.getInt(vmcb + ASID) + number, Integer.BYTES);
  }

  /** A table's copy, with copies of all that it leads to. */
  private long copy(long table, int level) {
    long made = room.take(Room.PAGE, Room.PAGE);
    for (int i = 0; i < ENTRIES; i++) {
      long entry = room.getLong(table + (long) i * Long.BYTES);
      if ((entry & PRESENT) != 0) {
        entry =
            level == 0 || (entry & LARGE) != 0
                ? copyPage(entry, BOTTOM_SHIFT + level * INDEX_BITS)
                : (entry & ~ADDRESS) | copy(entry & ADDRESS, level - 1);
      }
      room.putLong(made + (long) i * Long.BYTES, entry);
    }
    return made;
  }

  /** An entry for a copy of the page; a page that the image lacks, such as a device's, stays. */
  private long copyPage(long entry, int shift) {
    long bytes = 1L << shift;
    long page = entry & ADDRESS & -bytes;
    if (!room.has(page, bytes)) {
      return entry;
    }
    long made = room.takeAsIs(bytes, bytes);
    room.copy(page, made, bytes);
    return (entry & ~(ADDRESS & -bytes)) | made;
  }
}
