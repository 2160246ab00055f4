package io.nestwalk.cli;

import io.nestwalk.answer.Hex;
import io.nestwalk.memory.Trace;
import io.nestwalk.memory.Trace.Reference;
import io.nestwalk.wording.Count;
import java.io.PrintWriter;

/**
 * A walk as a table of 100 columns: one line per reference, in the order in which a processor makes
 * them. Where an entry's table lies in a guest's memory the line shows its address in both layers.
 */
final class WalkTable {

  private WalkTable() {}

  static void print(Trace walk, long address, PrintWriter out) {
    out.println(
        "walk of %s: %s"
            .formatted(Hex.of(address), Count.of(walk.references().size(), "reference")));
    TextTable table =
        new TextTable("#", "LAYER", "LEVEL", "ENTRY AT", "IN HOST", "ENTRY", "MEANING");
    int number = 0;
    for (Reference reference : walk.references()) {
      number++;
      long at = reference.step().entryAddress();
      long host = reference.entryInLowest();
      table.row(
          "%2d".formatted(number),
          reference.dimension(),
          reference.step().level().name(),
          Hex.of(at),
          host == at ? "same" : host < 0 ? "not mapped" : Hex.of(host),
          reference.step().readable() ? Hex.padded(reference.step().entry(), 16) : "not readable",
          reference.meaning());
    }
    table.print(out);
  }
}
