package io.nestwalk.linux;

import io.nestwalk.types.TypeDescription;
import io.nestwalk.types.TypeTable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A kernel's types with more of its variables than its own table tells.
 *
 * @param own the kernel's table, whose word counts where both know a variable
 * @param more variables by name
 */
record KnownTypeTable(TypeTable own, Map<String, TypeDescription> more) implements TypeTable {

  @Override
  public int pointerSize() {
    return own.pointerSize();
  }

  @Override
  public void forEachStruct(Consumer<? super Structure> visitor) {
    own.forEachStruct(visitor);
  }

  @Override
  public void forEachEnumeration(Consumer<? super Constants> visitor) {
    own.forEachEnumeration(visitor);
  }

  @Override
  public Map<String, TypeDescription> variables() {
    Map<String, TypeDescription> all = new HashMap<>(more);
    all.putAll(own.variables());
    return all;
  }
}
