package io.nestwalk.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.survey.HeldSurveys;
import io.nestwalk.survey.SurveyStore;
import org.junit.jupiter.api.Test;

class SurveysAroundHoleTest {

  private static final long GIB = 1L << 30;

  @Test
  void numbersAreOfTheMemoryWithThatHole() {
    SurveyStore plain = new HeldSurveys();
    SurveyStore one = new SurveysAroundHole(plain, new AddressRange(3 * GIB, GIB));
    plain.keepNumbers("roots", 1);
    assertThat(one.recallNumbers("roots")).isEmpty();
    one.keepNumbers("roots", 2, 3);
    assertThat(one.recallNumbers("roots")).hasValue(new long[] {2, 3});
    assertThat(plain.recallNumbers("roots")).hasValue(new long[] {1});
    SurveyStore other = new SurveysAroundHole(plain, new AddressRange(2 * GIB, 2 * GIB));
    assertThat(other.recallNumbers("roots")).isEmpty();
  }
}
