package io.nestwalk.serve;

import io.nestwalk.answer.Answer;
import java.util.LinkedHashMap;
import java.util.Map;

/** The answers that were asked for last: evidence does not change, and pages come one by one. */
final class RecentAnswers {

  private static final int MOST = 32;

  /** The rows that all of them together may have. */
  private static final long MOST_ROWS = 400_000;

  private final Map<String, Answer> recent = new LinkedHashMap<>(MOST, 0.75f, true);
  private long rows;

  synchronized Answer get(String question) {
    return recent.get(question);
  }

  synchronized void put(String question, Answer answer) {
    if (answer.rows().size() > MOST_ROWS) {
      return;
    }
    Answer before = recent.put(question, answer);
    rows += answer.rows().size() - (before == null ? 0 : before.rows().size());
    var oldest = recent.entrySet().iterator();
    while ((recent.size() > MOST || rows > MOST_ROWS) && oldest.hasNext()) {
      rows -= oldest.next().getValue().rows().size();
      oldest.remove();
    }
  }
}
