package io.nestwalk.windows.layout;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The structures of one known build.
 *
 * @param pointerSize 4 or 8
 * @param structs by name
 */
record TableTypes(int pointerSize, Map<String, Struct> structs) implements KernelTypes {

  /** No structure of the kernel is nested deeper. */
  private static final int MAX_DEPTH = 16;

  /**
   * A structure.
   *
   * @param size in bytes
   * @param members by name
   */
  record Struct(int size, Map<String, Member> members) {

    /** Copies the map. */
    Struct {
      members = Map.copyOf(members);
    }
  }

  /**
   * A member.
   *
   * @param field where it stands
   * @param struct the structure that it is, empty for a plain value
   */
  record Member(Field field, Optional<String> struct) {}

  /** Copies the map. */
  TableTypes {
    structs = Map.copyOf(structs);
  }

  @Override
  public Optional<StructLayout> find(String name) {
    return Optional.ofNullable(structs.get(name)).map(struct -> new Named(name, struct));
  }

  @Override
  public OptionalLong constant(String name) {
    return OptionalLong.empty();
  }

  private final class Named implements StructLayout {
    private final String name;
    private final Struct struct;

    Named(String name, Struct struct) {
      this.name = name;
      this.struct = struct;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int size() {
      return struct.size();
    }

    @Override
    public Optional<Field> find(String path) {
      Struct at = struct;
      int offset = 0;
      String rest = path;
      for (int depth = 0; depth < MAX_DEPTH && at != null; depth++) {
        int dot = rest.indexOf('.');
        Member member = at.members().get(dot < 0 ? rest : rest.substring(0, dot));
        if (member == null) {
          return Optional.empty();
        }
        Field field = member.field();
        if (dot < 0) {
          return Optional.of(
              new Field(
                  offset + field.offset(),
                  field.size(),
                  field.bitShift(),
                  field.bits(),
                  field.count()));
        }
        offset += field.offset();
        at = member.struct().map(structs::get).orElse(null);
        rest = rest.substring(dot + 1);
      }
      return Optional.empty();
    }
  }
}
