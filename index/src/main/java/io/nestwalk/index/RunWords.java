package io.nestwalk.index;

import io.nestwalk.index.Query.Free;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.automaton.CharacterRunAutomaton;
import org.apache.lucene.util.automaton.Operations;

/** Text of queries, compared with the text of runs as Lucene compares it with documents. */
final class RunWords {

  private RunWords() {}

  /** Whether a text as a whole is what a pattern says; an empty text is none. */
  static Predicate<String> whole(String pattern, boolean wildcards) {
    Predicate<String> folded = folded(pattern, wildcards);
    Map<String, Boolean> known = new HashMap<>();
    return text ->
        !text.isEmpty() && known.computeIfAbsent(text, each -> folded.test(EntryFields.term(each)));
  }

  private static Predicate<String> folded(String pattern, boolean wildcards) {
    if (!wildcards) {
      String wanted = EntryFields.plain(pattern);
      return text -> EntryFields.plain(text).equals(wanted);
    }
    CharacterRunAutomaton automaton =
        new CharacterRunAutomaton(
            WildcardQuery.toAutomaton(
                new Term("", pattern), Operations.DEFAULT_DETERMINIZE_WORK_LIMIT));
    return text -> automaton.run(EntryFields.plain(text));
  }

  /** Whether a label has a word, or words that follow one another; as Lucene cuts both. */
  static Predicate<RunLabel> of(Free free) {
    if (free.wildcards()) {
      Predicate<String> word = folded(free.text(), true);
      Predicate<String> whole = whole(free.text(), true);
      return label ->
          FreeWords.of(text(label)).stream().anyMatch(word)
              || whole.test(label.name())
              || label.path().filter(whole).isPresent();
    }
    List<String> wanted = FreeWords.of(free.text());
    return label ->
        !wanted.isEmpty() && Collections.indexOfSubList(FreeWords.of(text(label)), wanted) >= 0;
  }

  private static String text(RunLabel label) {
    return Field.folded(
        String.join("\n", label.machineId(), label.name(), label.path().orElse("")));
  }
}
