package io.nestwalk.session;

import io.nestwalk.survey.SurveyRecord;
import io.nestwalk.survey.SurveyStore;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Surveys that are remembered while a case is open, and no longer. */
final class HeldSurveys implements SurveyStore {

  private final Map<Set<String>, SurveyRecord> records = new ConcurrentHashMap<>();
  private final Map<String, long[]> numbers = new ConcurrentHashMap<>();

  @Override
  public Optional<SurveyRecord> recall(Set<String> detectors) {
    return Optional.ofNullable(records.get(detectors));
  }

  @Override
  public void keep(SurveyRecord record) {
    records.put(Set.copyOf(record.pages().keySet()), record);
  }

  @Override
  public Optional<long[]> recallNumbers(String subject) {
    return Optional.ofNullable(numbers.get(subject));
  }

  @Override
  public void keepNumbers(String subject, long... kept) {
    numbers.put(subject, kept);
  }
}
