package io.nestwalk.yara;

import java.util.List;
import java.util.Map;

/**
 * A rule that is true of some memory.
 *
 * @param rule its name
 * @param tags its tags
 * @param meta what it says of itself: texts, {@link Long}s and {@link Boolean}s; of a name that is
 *     there twice the last
 * @param strings where its strings stand, in ascending order of address for each string
 * @param leftOut how many places more there are
 */
record RuleMatch(
    String rule,
    List<String> tags,
    Map<String, Object> meta,
    List<StringMatch> strings,
    long leftOut) {

  RuleMatch {
    tags = List.copyOf(tags);
    strings = List.copyOf(strings);
  }

  /**
   * A place where a string of a rule stands.
   *
   * @param name the string's name: {@code $a}
   * @param address of its first byte
   * @param length in bytes
   */
  record StringMatch(String name, long address, int length) {}
}
