package io.nestwalk.windows.layout;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
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
  private final Map<String, Map<String, Optional<Field>>> deduced;

  /** Structures of which nothing is believed but what was deduced. */
  private final Set<String> doubted;

  private Layout(
      Basis basis,
      String source,
      KernelTypes told,
      Map<String, Map<String, Optional<Field>>> deduced,
      Set<String> doubted) {
    this.basis = basis;
    this.source = source;
    this.told = told;
    this.deduced = deduced;
    this.doubted = Set.copyOf(doubted);
  }

  /**
   * A layout that others tell.
   *
   * @param basis how they know
   * @param source who they are, for people: "the offsets of build 19041.804"
   * @param told what they tell
   */
  public static Layout of(Basis basis, String source, KernelTypes told) {
    return new Layout(basis, source, told, Map.of(), Set.of());
  }

  /**
   * What only the structures themselves tell, of a kernel that is like none that is known.
   *
   * @param others tell of the structures that are not doubted
   * @param doubted structures of which nothing is known yet
   */
  public static Layout deduced(String source, KernelTypes others, Set<String> doubted) {
    return new Layout(Basis.DEDUCED, source, others, Map.of(), doubted);
  }

  /** The same, but with a member where the structures themselves show it. */
  public Layout with(String struct, String path, Field place) {
    return changed(struct, path, Optional.of(place));
  }

  /** The same, but without a member that does not stand where it was said to. */
  public Layout without(String struct, String path) {
    return changed(struct, path, Optional.empty());
  }

  private Layout changed(String struct, String path, Optional<Field> place) {
    Map<String, Map<String, Optional<Field>>> all = new TreeMap<>(deduced);
    Map<String, Optional<Field>> members = new TreeMap<>(all.getOrDefault(struct, Map.of()));
    members.put(path, place);
    all.put(struct, members);
    return new Layout(basis, source, told, all, doubted);
  }

  /** How the whole is known, apart from members that were deduced. */
  public Basis basis() {
    return basis;
  }

  /** Who told it, for people. */
  public String source() {
    return source;
  }

  /** The members whose places were deduced, or found to be unknown, as "_EPROCESS.Peb". */
  public List<String> deduced() {
    return deduced.entrySet().stream()
        .flatMap(
            struct -> struct.getValue().keySet().stream().map(path -> struct.getKey() + "." + path))
        .toList();
  }

  /** How the place of a member is known; empty when it is not known at all. */
  public Optional<Basis> basisOf(String struct, String path) {
    Map<String, Optional<Field>> own = deduced.getOrDefault(struct, Map.of());
    if (own.containsKey(path)) {
      return own.get(path).map(field -> Basis.DEDUCED);
    }
    return findField(struct, path).map(field -> basis);
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
    Optional<StructLayout> base = doubted.contains(name) ? Optional.empty() : told.find(name);
    Map<String, Optional<Field>> own = deduced.get(name);
    return own == null ? base : Optional.of(new Corrected(name, base, own));
  }

  /** A structure with members that were deduced. */
  private record Corrected(
      String name, Optional<StructLayout> base, Map<String, Optional<Field>> own)
      implements StructLayout {

    @Override
    public int size() {
      int told = base.map(StructLayout::size).orElse(0);
      return own.values().stream()
          .flatMap(Optional::stream)
          .mapToInt(field -> field.offset() + field.size())
          .reduce(told, Math::max);
    }

    @Override
    public Optional<Field> find(String path) {
      Optional<Field> field = own.get(path);
      return field != null ? field : base.flatMap(layout -> layout.find(path));
    }
  }
}
