package io.nestwalk.system;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What was refused, a line each, bounded: memory that lies everywhere must not fill ours. */
public final class Warnings {

  private static final int LIMIT = 200;

  private final Set<String> lines = new LinkedHashSet<>();
  private long more;

  public void add(String line) {
    if (lines.size() < LIMIT) {
      lines.add(line);
    } else if (!lines.contains(line)) {
      more++;
    }
  }

  public List<String> lines() {
    List<String> all = new ArrayList<>(lines);
    if (more > 0) {
      all.add(more + " more warnings");
    }
    return all;
  }
}
