package io.nestwalk.system;

import java.util.List;

/**
 * What one check of a kernel looked at and found.
 *
 * @param rule the check's name in answers
 * @param reason why what it finds matters
 * @param examined how many things were looked at
 * @param omitted what could not be looked at, with the reason, a line each
 * @param found what is not as it should be
 */
public record CheckResult(
    String rule, String reason, long examined, List<String> omitted, List<Suspicion> found) {

  /** Copies the lists. */
  public CheckResult {
    omitted = List.copyOf(omitted);
    found = List.copyOf(found);
  }
}
