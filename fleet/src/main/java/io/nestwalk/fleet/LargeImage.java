package io.nestwalk.fleet;

import io.nestwalk.survey.SurveyRecord;
import io.nestwalk.survey.SurveyStore;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;

/**
 * A large image that was surveyed in pieces.
 *
 * @param image which
 * @param pieces how many
 * @param bytesRead how much of it was fetched for that, 0 of a local file
 * @param survey the record of all pieces; null when a piece has none, and the image is surveyed
 *     again where it is searched
 */
record LargeImage(ImageFile image, int pieces, long bytesRead, Broadcast<SurveyRecord> survey)
    implements Serializable {

  SurveyStore surveys() {
    return survey == null ? SurveyStore.NONE : new KnownSurvey(survey.value());
  }
}
