package io.nestwalk.machine;

import java.util.List;

/** The second-level roots that one machine's memory holds. One implementation per architecture. */
interface SecondLevelSearch {

  /** The candidates, those that a control structure names first. */
  List<GuestCandidate> candidates();
}
