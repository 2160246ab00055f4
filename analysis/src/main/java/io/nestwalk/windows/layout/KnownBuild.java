package io.nestwalk.windows.layout;

import io.nestwalk.image.Architecture;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.PdbId;
import java.util.Optional;

/**
 * A build of the kernel whose structures are known.
 *
 * @param build its number: 19041
 * @param revision its update's number: 804; structures may differ between revisions
 * @param architecture what it runs on
 * @param pdb names the very file, where that is known; its name is not told
 * @param types its structures
 */
public record KnownBuild(
    int build, int revision, Architecture architecture, Optional<PdbId> pdb, KernelTypes types) {

  @Override
  public String toString() {
    return build + "." + revision;
  }
}
