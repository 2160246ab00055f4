package io.nestwalk.search;

import io.nestwalk.machine.MachineState;
import java.util.Optional;

/**
 * A guest with what is known of whether it runs.
 *
 * @param guest the guest
 * @param state empty where nothing tells
 */
record JudgedGuest(Guest guest, Optional<MachineState> state) {

  boolean isStale() {
    return state.filter(MachineState::isStale).isPresent();
  }
}
