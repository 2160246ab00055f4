package io.nestwalk.survey;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Surveys that are remembered in memory, as long as this is, and no longer. Safe for threads. */
public final class HeldSurveys implements SurveyStore {

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
