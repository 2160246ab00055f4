package io.nestwalk.windows.layout;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Where members of structures stand in one kernel, each with how that is known: what was deduced
 * from the structures themselves goes before what a symbol file or a known build tells. Immutable.
 */
public final class Layout implements KernelTypes {

  /** How the place of a member is known. */
  public enum Basis {
    /** From a symbol file of the very build. */
    SYMBOLS,
    /** From a table of builds, verified on the structures. */
    BUILD,
    /** From the structures themselves. */
    DEDUCED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Basis basis;
  private final String source;
  private final KernelTypes told;
  private final Map<String, Map<String, Field>> deduced;

  private Layout(
      Basis basis, String source, KernelTypes told, Map<String, Map<String, Field>> deduced) {
    this.basis = basis;
    this.source = source;
    this.told = told;
    this.deduced = deduced;
  }

  /**
   * A layout that others tell.
   *
   * @param basis how they know
   * @param source who they are, for people: "the offsets of build 19041.804"
   * @param told what they tell
   */
  public static Layout of(Basis basis, String source, KernelTypes told) {
    return new Layout(basis, source, told, Map.of());
  }

  /** The same, but with a member where the structures themselves show it. */
  public Layout with(String struct, String path, Field place) {
    Map<String, Map<String, Field>> all = new HashMap<>(deduced);
    Map<String, Field> members = new TreeMap<>(all.getOrDefault(struct, Map.of()));
    members.put(path, place);
    all.put(struct, members);
    return new Layout(basis, source, told, all);
  }

  /** How the whole is known, apart from members that were deduced. */
  public Basis basis() {
    return basis;
  }

  /** Who told it, for people. */
  public String source() {
    return source;
  }

  /** The members whose places were deduced, by structure and path. */
  public Map<String, Map<String, Field>> deduced() {
    return Collections.unmodifiableMap(deduced);
  }

  /** How the place of a member is known; empty when it is not known at all. */
  public Optional<Basis> basisOf(String struct, String path) {
    if (deduced.getOrDefault(struct, Map.of()).containsKey(path)) {
      return Optional.of(Basis.DEDUCED);
    }
    return told.findField(struct, path).map(field -> basis);
  }

  @Override
  public int pointerSize() {
    return told.pointerSize();
  }

  @Override
  public OptionalLong constant(String name) {
    return told.constant(name);
  }

  @Override
  public Optional<StructLayout> find(String name) {
    Optional<StructLayout> base = told.find(name);
    Map<String, Field> own = deduced.get(name);
    return own == null ? base : Optional.of(new Corrected(name, base, own));
  }

  /** A structure with members that were deduced. */
  private record Corrected(String name, Optional<StructLayout> base, Map<String, Field> own)
      implements StructLayout {

    @Override
    public int size() {
      int told = base.map(StructLayout::size).orElse(0);
      return own.values().stream()
          .mapToInt(field -> field.offset() + field.size())
          .reduce(told, Math::max);
    }

    @Override
    public Optional<Field> find(String path) {
      Field field = own.get(path);
      return field != null ? Optional.of(field) : base.flatMap(layout -> layout.find(path));
    }
  }
}
