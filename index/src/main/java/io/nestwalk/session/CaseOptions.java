package io.nestwalk.session;

import io.nestwalk.image.OpenOptions;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.system.GuestSystems;

/**
 * How a case is opened.
 *
 * @param open how the image's file is read
 * @param systems the operating systems to recognise, with what symbol files tell of them
 * @param remember whether the user's cache folder may be used: where tables and control structures
 *     lie is remembered there from one opening to the next
 * @param known what the caller knows of where they lie in this image; {@link SurveyStore#NONE} when
 *     nothing
 */
public record CaseOptions(
    OpenOptions open, GuestSystems systems, boolean remember, SurveyStore known) {

  /** Everything found out, every system known, surveys remembered. */
  public static CaseOptions defaults() {
    return new CaseOptions(
        OpenOptions.defaults(), GuestSystems.installed(), true, SurveyStore.NONE);
  }

  /** The same, with another way to read the file. */
  public CaseOptions with(OpenOptions other) {
    return new CaseOptions(other, systems, remember, known);
  }

  /** The same, with other knowledge of the image. */
  CaseOptions with(SurveyStore surveys) {
    return new CaseOptions(open, systems, remember, surveys);
  }

  /** The same, with nothing read from or written to the cache folder but what is unpacked. */
  public CaseOptions forgetful() {
    return new CaseOptions(open, systems, false, known);
  }

  /**
   * The same, with what the caller knows of the image and without the cache folder.
   *
   * @param surveys of this image as it is opened with these options
   */
  public CaseOptions knowing(SurveyStore surveys) {
    return new CaseOptions(open, systems, false, surveys);
  }
}
