package io.nestwalk.symbols;

import java.util.List;
import java.util.Map;

/**
 * A structure or union of an ISF file.
 *
 * @param size in bytes
 * @param members those with a name
 * @param anonymous nested structures without one, whose members count as this one's
 */
record IsfStruct(int size, Map<String, Member> members, List<Member> anonymous) {

  /**
   * A member.
   *
   * @param offset in bytes
   * @param type what it is
   */
  record Member(int offset, IsfType type) {}
}
