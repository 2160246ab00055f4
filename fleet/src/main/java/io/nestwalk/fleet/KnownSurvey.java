package io.nestwalk.fleet;

import io.nestwalk.survey.SurveyRecord;
import io.nestwalk.survey.SurveyStore;
import java.util.Optional;
import java.util.Set;

/**
 * A survey that other tasks have made.
 *
 * @param record what it left behind
 */
record KnownSurvey(SurveyRecord record) implements SurveyStore {

  @Override
  public Optional<SurveyRecord> recall(Set<String> detectors) {
    return record.pages().keySet().equals(detectors) ? Optional.of(record) : Optional.empty();
  }

  @Override
  public void keep(SurveyRecord other) {
    // Nobody asks a second time.
  }
}
