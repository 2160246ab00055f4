package io.nestwalk.survey;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Remembers numbers, and no surveys; lets a test forge them. */
public final class KeptNumbers implements SurveyStore {

  private final Map<String, long[]> numbers = new HashMap<>();

  @Override
  public Optional<SurveyRecord> recall(Set<String> detectors) {
    return Optional.empty();
  }

  @Override
  public void keep(SurveyRecord record) {
    // Only numbers are.
  }

  @Override
  public Optional<long[]> recallNumbers(String subject) {
    return Optional.ofNullable(numbers.get(subject)).map(long[]::clone);
  }

  @Override
  public void keepNumbers(String subject, long... all) {
    numbers.put(subject, all);
  }

  /** How many subjects there are. */
  public int size() {
    return numbers.size();
  }

  /** Changes the numbers of every subject. */
  public void forge(UnaryOperator<long[]> lie) {
    numbers.replaceAll((_, all) -> lie.apply(all.clone()));
  }
}
