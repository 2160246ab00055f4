package io.nestwalk.index;

import io.nestwalk.index.Query.Allowed;
import io.nestwalk.index.Query.And;
import io.nestwalk.index.Query.Free;
import io.nestwalk.index.Query.Not;
import io.nestwalk.index.Query.Or;
import io.nestwalk.index.Query.Span;
import io.nestwalk.index.Query.Word;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.LongRange;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.QueryBuilder;

/** Queries as Lucene asks them. */
final class LuceneQueries {

  private LuceneQueries() {}

  /** The query. */
  static org.apache.lucene.search.Query of(Query query) {
    return part(query);
  }

  /** The query, over the kinds that answers list before runs of pages, or over those after them. */
  static org.apache.lucene.search.Query of(Query query, boolean beforeRuns) {
    BooleanQuery.Builder kinds = new BooleanQuery.Builder();
    for (Entry.Kind kind : Entry.Kind.values()) {
      if (kind != Entry.Kind.RUN && kind.rank() < Entry.Kind.RUN.rank() == beforeRuns) {
        kinds.add(type(kind), Occur.SHOULD);
      }
    }
    return new BooleanQuery.Builder()
        .add(part(query), Occur.FILTER)
        .add(kinds.build(), Occur.FILTER)
        .build();
  }

  /** All documents of a kind. */
  static org.apache.lucene.search.Query type(Entry.Kind kind) {
    return new TermQuery(new Term(EntryDocument.TYPE, kind.toString()));
  }

  private static org.apache.lucene.search.Query part(Query query) {
    return switch (query) {
      case Word word -> text(word.field().toString(), word.pattern(), word.wildcards());
      case Free free -> free(free);
      case Allowed allowed -> allowed(allowed);
      case Span span -> span(span);
      case And and -> {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        boolean positive = false;
        for (Query part : and.parts()) {
          if (part instanceof Not not) {
            all.add(part(not.part()), Occur.MUST_NOT);
          } else {
            all.add(part(part), Occur.FILTER);
            positive = true;
          }
        }
        if (!positive) {
          all.add(MatchAllDocsQuery.INSTANCE, Occur.FILTER);
        }
        yield all.build();
      }
      case Or or -> {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        or.parts().forEach(part -> any.add(part(part), Occur.SHOULD));
        yield any.build();
      }
      case Not not -> without(MatchAllDocsQuery.INSTANCE, part(not.part()));
    };
  }

  private static org.apache.lucene.search.Query without(
      org.apache.lucene.search.Query wanted, org.apache.lucene.search.Query unwanted) {
    return new BooleanQuery.Builder()
        .add(wanted, Occur.FILTER)
        .add(unwanted, Occur.MUST_NOT)
        .build();
  }

  private static org.apache.lucene.search.Query text(
      String field, String pattern, boolean wildcards) {
    Term term = new Term(field, pattern);
    return wildcards ? new WildcardQuery(term) : new TermQuery(term);
  }

  /** A pattern may reach over several words: then it is a name's or a path's. */
  private static org.apache.lucene.search.Query free(Free free) {
    if (!free.wildcards()) {
      org.apache.lucene.search.Query words =
          new QueryBuilder(new WordAnalyzer()).createPhraseQuery(EntryDocument.WORDS, free.text());
      return words == null ? new MatchNoDocsQuery("no letter or digit to look for") : words;
    }
    return new BooleanQuery.Builder()
        .add(text(EntryDocument.WORDS, free.text(), true), Occur.SHOULD)
        .add(text(Field.NAME.toString(), free.text(), true), Occur.SHOULD)
        .add(text(Field.PATH.toString(), free.text(), true), Occur.SHOULD)
        .build();
  }

  private static org.apache.lucene.search.Query allowed(Allowed allowed) {
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    if (allowed.set().isEmpty()) {
      // What has no permissions at all is no answer: a process, a machine.
      BooleanQuery.Builder kinds = new BooleanQuery.Builder();
      kinds.add(type(Entry.Kind.MAPPING), Occur.SHOULD);
      kinds.add(type(Entry.Kind.RUN), Occur.SHOULD);
      all.add(kinds.build(), Occur.FILTER);
    }
    allowed.set().chars().forEach(c -> all.add(letter(c), Occur.FILTER));
    allowed.clear().chars().forEach(c -> all.add(letter(c), Occur.MUST_NOT));
    return all.build();
  }

  private static org.apache.lucene.search.Query letter(int letter) {
    return new TermQuery(new Term(Field.PERMISSIONS.toString(), Character.toString(letter)));
  }

  private static org.apache.lucene.search.Query span(Span span) {
    String field = span.field().toString();
    long from = EntryFields.ordered(span.from());
    long to = EntryFields.ordered(span.to());
    return span.field().type() == Field.Type.RANGE
        ? LongRange.newIntersectsQuery(field, new long[] {from}, new long[] {to})
        : LongPoint.newRangeQuery(field, from, to);
  }
}
