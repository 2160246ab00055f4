package io.nestwalk.types;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** All types of a kernel, for one who writes them down. Types without a name have made-up ones. */
public interface TypeTable {

  /** The size of a pointer in bytes: 4 or 8. */
  int pointerSize();

  /** Visits every structure and union; those that are only announced have no size. */
  void forEachStruct(Consumer<? super Structure> visitor);

  /** Visits every enumeration. */
  void forEachEnumeration(Consumer<? super Constants> visitor);

  /** What the kernel's variables are, by name, as far as it is known. */
  Map<String, TypeDescription> variables();

  /**
   * A structure or union.
   *
   * @param size in bytes
   */
  record Structure(String name, boolean union, int size, List<Member> members) {
    /** Copies the list. */
    public Structure {
      members = List.copyOf(members);
    }
  }

  /**
   * A member of a structure.
   *
   * @param name empty for a nested structure without one
   * @param offset in bytes
   */
  record Member(String name, int offset, TypeDescription type) {}

  /**
   * An enumeration.
   *
   * @param size in bytes
   * @param values by name, in their order
   */
  record Constants(String name, int size, boolean signed, Map<String, Long> values) {}
}
