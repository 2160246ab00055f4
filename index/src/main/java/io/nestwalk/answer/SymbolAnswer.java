package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.types.Symbol;

/** A symbol as every answer shows it. */
public final class SymbolAnswer {

  private SymbolAnswer() {}

  /**
   * The node of a symbol.
   *
   * @param machine the id of the machine
   */
  public static ObjectNode of(String machine, Symbol symbol) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("address", Hex.of(symbol.address()));
    node.put("type", Character.toString(symbol.type()));
    node.put("name", symbol.name());
    symbol.module().ifPresent(module -> node.put("module", module));
    return node;
  }
}
