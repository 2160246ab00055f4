package io.nestwalk.search;

import io.nestwalk.system.HypervisorGuest;
import java.util.List;
import java.util.Optional;

/** The second-level roots that one machine's memory holds. One implementation per architecture. */
interface SecondLevelSearch {

  /** The candidates, those that a control structure names first. */
  List<GuestCandidate> candidates();

  /**
   * The root that the hypervisor's own structure for a machine holds.
   *
   * @return empty when it holds none, or none with tables that map anything; or when all that it
   *     could name is among the {@link #candidates}
   */
  Optional<GuestCandidate> namedBy(HypervisorGuest view);
}
