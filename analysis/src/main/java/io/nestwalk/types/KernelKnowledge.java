package io.nestwalk.types;

import java.util.Optional;

/**
 * What something outside the image tells of one build of the kernel, such as a symbol file. It is
 * used for machines that run this build, where their own memory does not tell.
 */
public interface KernelKnowledge {

  /** Where it comes from, for people: the file's name. */
  String source();

  /** Linux's line about itself, without line end; empty when the source does not tell. */
  Optional<String> banner();

  /** Which build of Windows's kernel it is for; empty for other systems. */
  default Optional<PdbId> pdb() {
    return Optional.empty();
  }

  /** The kernel's structures. */
  KernelTypes types();

  /**
   * The kernel's symbols at the addresses that it was linked for, before it moved at random; of
   * Windows as distances from the image's first byte.
   */
  KernelSymbols linkedSymbols();
}
