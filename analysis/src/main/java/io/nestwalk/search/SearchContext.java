package io.nestwalk.search;

import io.nestwalk.image.Memory;
import io.nestwalk.roots.RememberedRoots;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.Vmcs;
import io.nestwalk.roots.VmcsReader;
import java.util.List;

/** What is known of one machine while it is searched. For one thread. */
final class SearchContext {

  private final String machine;
  private final Memory memory;
  private final Isa isa;
  private final Sightings sightings;
  private final RootFinder finder;
  private final List<StructuralRoot> structural;
  private final RegisterClues clues;
  private final SearchLog log;
  private final RememberedRoots remembered;
  private List<Vmcs> vmcses;
  private XenDomains xen;

  /**
   * The context of a search.
   *
   * @param machine the name of the machine that is searched
   * @param memory its physical memory
   * @param isa its instruction set
   * @param sightings what the survey saw in that memory
   * @param finder looks for first-stage roots there
   * @param structural the roots that it found by structure
   * @param clues what registers of the dump file name there
   * @param remembered what earlier searches found by structure there
   */
  SearchContext(
      String machine,
      Memory memory,
      Isa isa,
      Sightings sightings,
      RootFinder finder,
      List<StructuralRoot> structural,
      RegisterClues clues,
      SearchLog log,
      RememberedRoots remembered) {
    this.machine = machine;
    this.memory = memory;
    this.isa = isa;
    this.sightings = sightings;
    this.finder = finder;
    this.structural = structural;
    this.clues = clues;
    this.log = log;
    this.remembered = remembered;
  }

  String machine() {
    return machine;
  }

  Memory memory() {
    return memory;
  }

  Isa isa() {
    return isa;
  }

  Sightings sightings() {
    return sightings;
  }

  RootFinder finder() {
    return finder;
  }

  List<StructuralRoot> structural() {
    return structural;
  }

  RegisterClues clues() {
    return clues;
  }

  SearchLog log() {
    return log;
  }

  /** Notes something that was tried in this machine and led to nothing. */
  void tried(String what) {
    log.tried(machine, what);
  }

  /** The VMCSes among the pages that could be such. */
  List<Vmcs> vmcses() {
    if (vmcses == null) {
      vmcses = new VmcsReader(memory, finder).read(sightings.vmcsPages());
    }
    return vmcses;
  }

  /** Xen's domains on this machine. */
  XenDomains xen() {
    if (xen == null) {
      xen = XenDomains.in(this);
    }
    return xen;
  }

  /**
   * The same machine in memory in which the same roots are to be found. What is remembered is held
   * against it.
   */
  SearchContext in(String name, Memory other) {
    return new SearchContext(
        name,
        other,
        isa,
        sightings,
        finder.in(other),
        structural,
        RegisterClues.NONE,
        log,
        remembered);
  }

  /** The same with the structures that registers name, whether the survey saw them or not. */
  SearchContext withNamedStructures() {
    return new SearchContext(
        machine,
        memory,
        isa,
        clues.complete(sightings, memory, log),
        finder,
        structural,
        clues,
        log,
        remembered);
  }

  /** What earlier searches found by structure here. */
  RememberedRoots remembered() {
    return remembered;
  }

  /**
   * The context of a machine that runs on this one.
   *
   * @param known what earlier searches found by structure in it
   */
  SearchContext child(String name, Memory guest, Sightings inside, RememberedRoots known) {
    RootFinder roots = finder.in(guest);
    return new SearchContext(
        name,
        guest,
        isa,
        inside,
        roots,
        structural(name, roots, inside, known, log),
        RegisterClues.NONE,
        log,
        known);
  }

  /**
   * The roots that a finder finds by structure; says so where it left tables out.
   *
   * @param machine the name of the machine in whose memory it looks
   */
  static List<StructuralRoot> structural(
      String machine,
      RootFinder finder,
      Sightings sightings,
      RememberedRoots remembered,
      SearchLog log) {
    List<StructuralRoot> found = finder.byStructure(sightings.tables(), remembered);
    if (finder.isCutOff()) {
      log.warn(
          "%s: more of its memory looks like page tables than is read: roots may be missing"
              .formatted(machine));
    }
    return found;
  }
}
