package io.nestwalk.find;

import io.nestwalk.image.Progress;
import io.nestwalk.index.Cataloguer;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.StoredRuns;
import java.io.IOException;
import java.util.List;

/** The runs of pages that machines and their processes have, by which what is found has owners. */
@FunctionalInterface
public interface OwnedRuns {

  /**
   * Shows all, of one memory in ascending order of its addresses.
   *
   * @return what could not be followed, a line each
   */
  List<String> show(SearchIndex.RunVisitor visitor) throws IOException;

  /** Those that the page tables have, which are walked for it. */
  static OwnedRuns walked(StoredRuns stored, Machines machines, Progress progress) {
    return visitor -> {
      Cataloguer cataloguer = new Cataloguer(stored, progress);
      for (Machine machine : machines.all()) {
        cataloguer.catalogue(
            machine,
            entry -> {
              if (entry instanceof RunEntry run) {
                visitor.run(run);
              }
            });
      }
      return cataloguer.warnings();
    };
  }

  /** Those of an index, in which they lie as they were walked. */
  static OwnedRuns indexed(SearchIndex index) {
    return visitor -> {
      index.forEachRun(visitor);
      return index.warnings();
    };
  }
}
