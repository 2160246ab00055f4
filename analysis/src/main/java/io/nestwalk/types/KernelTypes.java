package io.nestwalk.types;

import java.util.Optional;
import java.util.OptionalLong;

/** The structures of one kernel. */
public interface KernelTypes {

  /** The size of a pointer in bytes: 4 or 8. */
  int pointerSize();

  /** The structure or union of this name, as C has it without {@code struct}. */
  Optional<StructLayout> find(String name);

  /** The value of a named constant of any enumeration. */
  OptionalLong constant(String name);

  /**
   * The structure or union of this name.
   *
   * @throws MissingTypeException when the kernel has none
   */
  default StructLayout struct(String name) {
    return find(name).orElseThrow(() -> new MissingTypeException("struct " + name));
  }

  /** Whether the structure has the member; see {@link StructLayout#find}. */
  default Optional<Field> findField(String struct, String path) {
    return find(struct).flatMap(layout -> layout.find(path));
  }

  /**
   * A member of a structure; see {@link StructLayout#find}.
   *
   * @throws MissingTypeException when the kernel has no such structure or member
   */
  default Field field(String struct, String path) {
    return struct(struct).field(path);
  }
}
