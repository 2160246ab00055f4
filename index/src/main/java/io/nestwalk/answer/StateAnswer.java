package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.memory.PageState;

/** What a page is that the hardware does not map, as every answer says it. */
public final class StateAnswer {

  private StateAnswer() {}

  /** Adds the state, and where the page is kept; nothing for a page that is mapped. */
  public static void addTo(ObjectNode node, PageState state) {
    if (state.isMapped()) {
      return;
    }
    node.put("state", state.name());
    if (state.name().equals(PageState.FILE)) {
      state.file().ifPresent(file -> node.put("file", file));
      state.offset().ifPresent(offset -> node.put("offset", offset));
    } else {
      state.store().ifPresent(number -> node.put(state.name(), number));
      state.offset().ifPresent(offset -> node.put(state.name() + "Offset", offset));
    }
  }
}
