package io.nestwalk.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/** How text is cut into words for free search. */
public final class FreeWords {

  /** For all threads; it keeps what it needs for each of them. */
  private static final Analyzer ANALYZER = new WordAnalyzer();

  private FreeWords() {}

  /**
   * The words of a text: its runs of letters and digits, of at most 255 characters each.
   *
   * @param text in lower case
   */
  public static List<String> of(String text) {
    List<String> tokens = new ArrayList<>();
    try (TokenStream stream = ANALYZER.tokenStream(EntryDocument.WORDS, text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        tokens.add(term.toString());
      }
      stream.end();
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory can always be read", e);
    }
    return tokens;
  }
}
