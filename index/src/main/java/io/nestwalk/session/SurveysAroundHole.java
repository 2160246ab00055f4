package io.nestwalk.session;

import io.nestwalk.image.AddressRange;
import io.nestwalk.survey.SurveyRecord;
import io.nestwalk.survey.SurveyStore;
import java.util.Optional;
import java.util.Set;

/**
 * The surveys of an image that was surveyed before it was known to leave a hole out.
 *
 * @param plain the surveys of its memory in one piece
 * @param hole where nothing is
 */
record SurveysAroundHole(SurveyStore plain, AddressRange hole) implements SurveyStore {

  @Override
  public Optional<SurveyRecord> recall(Set<String> detectors) {
    return plain.recall(detectors).map(record -> record.around(hole));
  }

  /** Another look than that in one piece is rare, and made anew each time. */
  @Override
  public void keep(SurveyRecord record) {
    // Not kept: its addresses are not those of the memory in one piece.
  }

  @Override
  public Optional<long[]> recallNumbers(String subject) {
    return plain.recallNumbers(around(subject));
  }

  @Override
  public void keepNumbers(String subject, long... numbers) {
    plain.keepNumbers(around(subject), numbers);
  }

  /** Numbers name addresses of memory as it is with this hole. */
  private String around(String subject) {
    return "%s around %s".formatted(subject, hole);
  }
}
