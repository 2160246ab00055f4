package io.nestwalk.search;

import io.nestwalk.image.Advice;
import java.util.ArrayList;
import java.util.List;

/** What was tried while machines were looked for; shown to users who ask why. */
final class SearchLog {

  private final List<String> attempts = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<Advice> advice = new ArrayList<>();

  /** Something that was tried in a machine and led to nothing. */
  void tried(String machine, String what) {
    attempts.add(machine + ": " + what);
  }

  void warn(String text) {
    warnings.add(text);
  }

  /** A warning that is about something the user can say. */
  void advise(Advice given) {
    warnings.add(given.warning());
    advice.add(given);
  }

  List<String> attempts() {
    return attempts;
  }

  List<String> warnings() {
    return warnings;
  }

  List<Advice> advice() {
    return advice;
  }
}
