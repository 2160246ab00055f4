package io.nestwalk.fleet;

import io.nestwalk.find.PatternException;
import io.nestwalk.find.Patterns;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * What a job was asked for, as every task needs it.
 *
 * @param out the folder of all tables, in any of Hadoop's file systems
 * @param into the cluster's index that takes entries too; empty for none
 * @param run what tells this run of the job from all others
 * @param caseName under which name the images are filed
 * @param patterns what to look for in memory, as lines of {@link Patterns#line}
 * @param rules rules of YARA's
 * @param mostHits how many hits are kept of an image
 * @param attempts how often Spark tries a task that could not read or write
 */
record FleetSettings(
    String out,
    String into,
    String run,
    String caseName,
    List<String> patterns,
    RuleText rules,
    int mostHits,
    int attempts)
    implements Serializable {

  FleetSettings {
    patterns = List.copyOf(patterns);
  }

  /** The same, and these rules. */
  FleetSettings trying(RuleText text) {
    return new FleetSettings(out, into, run, caseName, patterns, text, mostHits, attempts);
  }

  /** Whether images are looked through for anything. */
  boolean isLooking() {
    return !patterns.isEmpty() || !rules.isEmpty();
  }

  /** Where this run keeps files of which nobody knows yet whether they will be whole. */
  Path unfinished() {
    return new Path(new Path(out, "_unfinished"), run);
  }

  /**
   * What to look for.
   *
   * @throws PatternException when a line is no pattern
   */
  Patterns compiledPatterns() throws PatternException {
    Patterns compiled = new Patterns();
    for (String line : patterns) {
      compiled.line(line);
    }
    return compiled;
  }
}
