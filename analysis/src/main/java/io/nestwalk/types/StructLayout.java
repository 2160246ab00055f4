package io.nestwalk.types;

import java.util.Optional;

/** Where the members of a structure or union stand. */
public interface StructLayout {

  /** Its name in C, without {@code struct}. */
  String name();

  /** Its size in bytes. */
  int size();

  /**
   * A member by name; members of nested structures follow a dot ({@code "ns.inum"}), members of
   * nested anonymous structures and unions count as the structure's own.
   */
  Optional<Field> find(String path);

  /**
   * A member, by name as in {@link #find}.
   *
   * @throws MissingTypeException when there is none
   */
  default Field field(String path) {
    return find(path).orElseThrow(() -> new MissingTypeException(name() + "." + path));
  }

  /**
   * The first of several names that exists: members get new names from version to version.
   *
   * @throws MissingTypeException when there is none of them
   */
  default Field firstOf(String... paths) {
    for (String path : paths) {
      Optional<Field> field = find(path);
      if (field.isPresent()) {
        return field.get();
      }
    }
    throw new MissingTypeException(name() + "." + paths[0]);
  }
}
