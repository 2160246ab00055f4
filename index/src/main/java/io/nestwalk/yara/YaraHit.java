package io.nestwalk.yara;

import io.nestwalk.find.Owner;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A rule that is true of a process's, a kernel's or a machine's memory.
 *
 * @param machine whose
 * @param space which of its spaces
 * @param pid of the process
 * @param process its name, or the space's
 * @param rule the rule's name
 * @param tags its tags
 * @param meta what it says of itself: texts, {@link Long}s and {@link Boolean}s
 * @param strings where its strings stand
 * @param leftOut how many places more there are
 */
public record YaraHit(
    String machine,
    Space space,
    OptionalInt pid,
    String process,
    String rule,
    List<String> tags,
    Map<String, Object> meta,
    List<Place> strings,
    long leftOut) {

  /** Copies the lists. */
  public YaraHit {
    tags = List.copyOf(tags);
    strings = List.copyOf(strings);
  }

  /**
   * Where a string of the rule stands.
   *
   * @param name the string's: {@code $a}
   * @param address of its first byte, in the space
   * @param gpa guest-physical, {@link RunEntry#NONE} where there is none
   * @param hpa host-physical
   * @param length in bytes; what lies in a further page may lie elsewhere in physical memory
   * @param owners to whom its first byte belongs
   */
  public record Place(
      String name, long address, long gpa, long hpa, int length, List<Owner> owners) {
    /** Copies the list. */
    public Place {
      owners = List.copyOf(owners);
    }
  }
}
