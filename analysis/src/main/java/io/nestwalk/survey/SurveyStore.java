package io.nestwalk.survey;

import java.util.Optional;
import java.util.Set;

/** Remembers what surveys of one image found, from one run of the program to the next. */
public interface SurveyStore {

  /** Remembers nothing. */
  SurveyStore NONE =
      new SurveyStore() {
        @Override
        public Optional<SurveyRecord> recall(Set<String> detectors) {
          return Optional.empty();
        }

        @Override
        public void keep(SurveyRecord record) {
          // Nothing is kept.
        }
      };

  /**
   * The record of a survey with exactly these detectors; empty when there is none that is whole.
   */
  Optional<SurveyRecord> recall(Set<String> detectors);

  /** Keeps a record. That it can't be kept costs the next run time, and is no error of this one. */
  void keep(SurveyRecord record);

  /**
   * Numbers that were worked out from what a survey found; empty when none are kept or they are not
   * whole. A store need not keep any.
   *
   * @param subject what they say something of
   */
  default Optional<long[]> recallNumbers(String subject) {
    return Optional.empty();
  }

  /** Keeps numbers, as {@link #keep} does a record. */
  default void keepNumbers(String subject, long... numbers) {
    // This store keeps none.
  }
}
