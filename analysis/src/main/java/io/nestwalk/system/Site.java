package io.nestwalk.system;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.roots.Root;
import io.nestwalk.survey.MemoryNotes;
import java.util.List;

/**
 * Where an operating system is looked for: what the search knows of one machine before it knows
 * what runs in it.
 *
 * @param architecture the machine's instruction set
 * @param physical its own physical memory; for a guest a layer over its parent's
 * @param roots every page-table root of its own that was found, the likeliest kernel root first
 * @param cpus its CPUs with what is known of their registers
 * @param notes what is remembered of its physical memory
 */
public record Site(
    Architecture architecture,
    Memory physical,
    List<Root> roots,
    List<Cpu> cpus,
    MemoryNotes notes) {

  /** Copies the lists. */
  public Site {
    roots = List.copyOf(roots);
    cpus = List.copyOf(cpus);
  }

  /** A site of which nothing is remembered. */
  public Site(Architecture architecture, Memory physical, List<Root> roots, List<Cpu> cpus) {
    this(architecture, physical, roots, cpus, MemoryNotes.NONE);
  }

  /** The same site, of which more is remembered. */
  public Site remembering(MemoryNotes known) {
    return new Site(architecture, physical, roots, cpus, known);
  }
}
