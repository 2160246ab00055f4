package io.nestwalk.find;

import org.safere.Matcher;
import org.safere.Pattern;

/** Looks for a regular expression, in time that grows with the block and not with the pattern. */
final class RegexScanner implements BlockScanner {

  private final Pattern pattern;
  private final int number;

  RegexScanner(Pattern pattern, int number) {
    this.pattern = pattern;
    this.number = number;
  }

  @Override
  public void scan(Block block, int from, Sink sink) {
    Matcher matcher = pattern.matcher(block.text());
    while (matcher.find()) {
      int length = Math.min(matcher.end() - matcher.start(), Patterns.MAX_REGEX_MATCH);
      if (matcher.start() >= from && length > 0) {
        sink.match(matcher.start(), length, number);
      }
    }
  }
}
