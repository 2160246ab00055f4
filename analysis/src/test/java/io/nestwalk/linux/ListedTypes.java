package io.nestwalk.linux;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The types of a kernel that a test makes up. */
final class ListedTypes implements KernelTypes {

  private final Map<String, Map<String, Field>> structs = new HashMap<>();

  ListedTypes with(String struct, String member, int offset, int size) {
    return with(struct, member, new Field(offset, size, 0, 0, 1));
  }

  ListedTypes with(String struct, String member, Field field) {
    structs.computeIfAbsent(struct, key -> new HashMap<>()).put(member, field);
    return this;
  }

  @Override
  public int pointerSize() {
    return Long.BYTES;
  }

  @Override
  public Optional<StructLayout> find(String name) {
    Map<String, Field> members = structs.get(name);
    return members == null
        ? Optional.empty()
        : Optional.of(
            new StructLayout() {
              @Override
              public String name() {
                return name;
              }

              @Override
              public int size() {
                return 256;
              }

              @Override
              public Optional<Field> find(String path) {
                return Optional.ofNullable(members.get(path));
              }
            });
  }

  @Override
  public OptionalLong constant(String name) {
    return OptionalLong.empty();
  }
}
