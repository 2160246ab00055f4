package io.nestwalk.index;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.util.CharTokenizer;

/** Cuts text into words for free search: runs of letters and digits. */
final class WordAnalyzer extends Analyzer {

  @Override
  protected TokenStreamComponents createComponents(String field) {
    return new TokenStreamComponents(
        CharTokenizer.fromTokenCharPredicate(Character::isLetterOrDigit));
  }
}
