package io.nestwalk.find;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.safere.Pattern;

/** What is looked for, all in one pass. */
public final class Patterns {

  /** A pattern longer than this is no text that memory holds in one piece. */
  private static final int MAX_NEEDLE = 1 << 16;

  /**
   * How long a match of a regular expression is looked at. One that begins in a block of memory may
   * end beyond it by so much.
   */
  static final int MAX_REGEX_MATCH = 4096;

  private final List<Needle> needles = new ArrayList<>();
  private final List<String> expressions = new ArrayList<>();
  private final List<Pattern> compiled = new ArrayList<>();

  /** Looks for text as ASCII or UTF-8, and as UTF-16LE. */
  public Patterns text(String text) throws PatternException {
    if (text.isEmpty()) {
      throw new PatternException("text: there is nothing to look for");
    }
    for (Needle needle : Needle.ofText(text)) {
      add(needle);
    }
    return this;
  }

  /** Looks for bytes in hexadecimal, ? for a digit that may be anything. */
  public Patterns hex(String hex) throws PatternException {
    add(HexPattern.parse(hex));
    return this;
  }

  private void add(Needle needle) throws PatternException {
    if (needle.length() > MAX_NEEDLE) {
      throw new PatternException(
          "a pattern of %d bytes; at most %d are looked for"
              .formatted(needle.length(), MAX_NEEDLE));
    }
    needles.add(needle);
  }

  /**
   * Looks for a regular expression over bytes: a character of the expression is a byte (\\x00 to
   * \\xff). Its syntax is Java's without what can't be matched in linear time.
   */
  public Patterns regex(String expression) throws PatternException {
    try {
      Pattern pattern = Pattern.compile(expression);
      if (pattern.matcher("").find()) {
        throw new PatternException("regex: '%s' matches no bytes at all".formatted(expression));
      }
      compiled.add(pattern);
      expressions.add(expression);
    } catch (RuntimeException e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new PatternException(
          "regex: '%s': %s".formatted(expression, reason.lines().findFirst().orElse("")), e);
    }
    return this;
  }

  /**
   * Adds a line of a file of patterns: {@code text:}, {@code hex:} or {@code regex:} and the
   * pattern, or text alone. Blank lines and those that begin with # say nothing.
   */
  public Patterns line(String line) throws PatternException {
    if (line.isBlank() || line.startsWith("#")) {
      return this;
    }
    if (line.startsWith("hex:")) {
      return hex(line.substring(4));
    }
    if (line.startsWith("regex:")) {
      return regex(line.substring(6));
    }
    return text(line.startsWith("text:") ? line.substring(5) : line);
  }

  /** Whether there is nothing to look for. */
  public boolean isEmpty() {
    return needles.isEmpty() && compiled.isEmpty();
  }

  /** How many bytes beyond the border of a block a match may reach. */
  int reach() {
    int longest = needles.stream().mapToInt(Needle::length).max().orElse(1);
    return compiled.isEmpty() ? longest : Math.max(longest, MAX_REGEX_MATCH);
  }

  /** The fixed ones. */
  List<Needle> needles() {
    return List.copyOf(needles);
  }

  /** Whether there are any besides the fixed ones. */
  boolean hasExpressions() {
    return !compiled.isEmpty();
  }

  /** Whether one of them matches where there are zeros alone. */
  boolean matchZeros() {
    Block zeros = new Block(new byte[reach() * 2], reach() * 2);
    boolean[] found = {needles.stream().anyMatch(needle -> needle.isAt(zeros, 0))};
    for (BlockScanner scanner : byExpression()) {
      scanner.scan(zeros, 0, (start, length, pattern) -> found[0] = true);
    }
    return found[0];
  }

  /** What scans a block for all of them, where nothing is known of memory. */
  BlockScanner scanner() {
    return scanner(ByteCounts.UNKNOWN);
  }

  /**
   * What scans a block for all of them. Safe for several threads.
   *
   * @param counts what is common in memory
   */
  BlockScanner scanner(ByteCounts counts) {
    List<BlockScanner> scanners = new ArrayList<>(new NeedleScanners(needles, counts).scanners());
    scanners.addAll(byExpression());
    return (block, from, sink) -> {
      for (BlockScanner scanner : scanners) {
        scanner.scan(block, from, sink);
      }
    };
  }

  private List<BlockScanner> byExpression() {
    List<BlockScanner> scanners = new ArrayList<>();
    for (int i = 0; i < compiled.size(); i++) {
      scanners.add(new RegexScanner(compiled.get(i), needles.size() + i));
    }
    return scanners;
  }

  /**
   * Pairs of bytes, the first as the higher half: where other ones meet at a border of two pages,
   * no match crosses that border. Empty where nothing is known.
   */
  Optional<BitSet> pairs() {
    if (!compiled.isEmpty()) {
      return Optional.empty();
    }
    BitSet pairs = new BitSet(1 << (2 * Byte.SIZE));
    needles.forEach(needle -> needle.addPairs(pairs));
    return Optional.of(pairs);
  }

  /** What the user wrote for the pattern of that number. */
  public String name(int number) {
    return number < needles.size()
        ? needles.get(number).name()
        : expressions.get(number - needles.size());
  }

  /** How the pattern of that number was meant: "ascii", "utf-8", "utf-16le", "hex", "regex". */
  public String encoding(int number) {
    return number < needles.size() ? needles.get(number).encoding() : "regex";
  }
}
