package io.nestwalk.image.vmware;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;

/**
 * The header of a checkpoint file: {magic, version, count} and a descriptor per group (struct
 * cptdumpheader, cptgroupdesc).
 *
 * @param is64 whether sizes of blocks have 64 bits
 * @param groups the groups, bounded by one another and the file
 * @param warnings what was out of place
 */
record Checkpoint(boolean is64, List<Group> groups, List<String> warnings) {

  private static final int GROUPS = 12;
  private static final int GROUP_SIZE = 80;
  private static final int NAME_SIZE = 64;

  /** Files have about a hundred. */
  private static final int MAX_GROUPS = 4096;

  /**
   * A group of tags.
   *
   * @param name what it is about: "memory", "cpu"
   * @param start where its first tag stands
   * @param end where it ends at the latest; the size in the file may be stale and is not used
   */
  record Group(String name, long start, long end) {}

  static boolean hasMagic(ImageFile file) {
    if (!file.holds(0, GROUPS)) {
      return false;
    }
    try {
      return switch ((int) file.intAt(0)) {
        case 0xbed0bed0, 0xbed1bed1, 0xbed2bed2, 0xbed3bed3, 0xbad1bad1, 0xbad2bad2, 0xbed2bed0 ->
            true;
        default -> false;
      };
    } catch (ImageException e) {
      return false; // holds() has looked
    }
  }

  /** Reads the header of a file that {@link #hasMagic}. */
  static Checkpoint read(ImageFile file) throws ImageException {
    int magic = (int) file.intAt(0);
    long count = file.intAt(8);
    List<String> warnings = new ArrayList<>();
    if (count > MAX_GROUPS) {
      throw new ImageException(file.name(), 8, "a checkpoint of %d groups".formatted(count));
    }
    List<Group> unbounded = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long at = GROUPS + (long) i * GROUP_SIZE;
      if (!file.holds(at, GROUP_SIZE)) {
        warnings.add("the file is cut: of %d groups the first %d are named".formatted(count, i));
        break;
      }
      long start = file.longAt(at + NAME_SIZE);
      String name = file.textAt(at, NAME_SIZE);
      if (!file.holds(start, 1)) {
        warnings.add("the group \"%s\" lies beyond the file's end".formatted(name));
      } else {
        unbounded.add(new Group(name, start, 0));
      }
    }
    return new Checkpoint(
        magic != 0xbed0bed0 && magic != 0xbed2bed0, bounded(unbounded, file.length()), warnings);
  }

  /** Each group ends where the next one in the file begins, or with the file. */
  private static List<Group> bounded(List<Group> groups, long fileEnd) {
    long[] starts = groups.stream().mapToLong(Group::start).sorted().toArray();
    List<Group> result = new ArrayList<>();
    for (Group group : groups) {
      long end = fileEnd;
      for (long start : starts) {
        if (start > group.start) {
          end = start;
          break;
        }
      }
      result.add(new Group(group.name, group.start, end));
    }
    return result;
  }
}
