package io.nestwalk.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.KeptRules;
import io.nestwalk.index.SearchIndex;
import java.io.IOException;

/**
 * A finished index with the folder that it lies in.
 *
 * @param folder closed with the index
 * @param index open
 */
public record CaseIndex(AnalysisFolder folder, SearchIndex index) implements AutoCloseable {

  /**
   * Opens the index of a folder.
   *
   * @throws IOException when it can't be read; the folder is left as it was
   */
  public static CaseIndex of(AnalysisFolder folder) throws IOException {
    return new CaseIndex(folder, folder.index());
  }

  /** What was looked at when it was made; a copy. */
  ObjectNode coverage() {
    return folder.coverage();
  }

  /** The same, with which rules of YARA's were followed, or that none were; a copy. */
  ObjectNode coverageOfRules() {
    ObjectNode coverage = coverage();
    KeptRules.of(folder).addTo(coverage);
    return coverage;
  }

  @Override
  public void close() throws IOException {
    index.close();
    folder.close();
  }
}
