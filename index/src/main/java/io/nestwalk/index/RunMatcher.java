package io.nestwalk.index;

import io.nestwalk.index.Query.Allowed;
import io.nestwalk.index.Query.And;
import io.nestwalk.index.Query.Free;
import io.nestwalk.index.Query.Not;
import io.nestwalk.index.Query.Or;
import io.nestwalk.index.Query.Span;
import io.nestwalk.index.Query.Word;
import io.nestwalk.paging.Permissions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * Answers queries over runs of pages, with the same meaning that {@link LuceneQueries} gives them
 * over documents: each part of a query is a set of rows, joined as the query says.
 */
final class RunMatcher {

  private final Query query;

  RunMatcher(Query query) {
    this.query = query;
  }

  /** The rows of a block that the query is about. */
  BitSet rows(RunBlock block) throws IOException {
    return query.wantsRuns() ? part(query, block) : new BitSet();
  }

  private static BitSet part(Query query, RunBlock block) throws IOException {
    return switch (query) {
      case Word word -> word(word, block);
      case Free free -> labelled(block, RunWords.of(free));
      case Allowed allowed -> allowed(allowed, block);
      case Span span -> span(span, block);
      case And and -> all(and.parts(), block);
      case Or or -> {
        BitSet any = new BitSet();
        for (Query part : or.parts()) {
          any.or(part(part, block));
        }
        yield any;
      }
      case Not not -> {
        BitSet others = part(not.part(), block);
        others.flip(0, block.count());
        yield others;
      }
    };
  }

  /** What an order finds comes first: mostly nothing is left to look at then. */
  private static BitSet all(List<Query> parts, RunBlock block) throws IOException {
    List<Query> cheapFirst = new ArrayList<>(parts);
    cheapFirst.sort(Comparator.comparing(part -> !isByOrder(part)));
    BitSet all = part(cheapFirst.getFirst(), block);
    for (Query part : cheapFirst.subList(1, cheapFirst.size())) {
      if (all.isEmpty()) {
        return all;
      }
      all.and(part(part, block));
    }
    return all;
  }

  private static boolean isByOrder(Query query) {
    return query instanceof Span span && span.field().type() == Field.Type.RANGE;
  }

  private static BitSet word(Word word, RunBlock block) throws IOException {
    Predicate<String> text = RunWords.whole(word.pattern(), word.wildcards());
    return switch (word.field()) {
      case MACHINE -> labelled(block, label -> text.test(label.machineId()));
      case NAME -> labelled(block, label -> text.test(label.name()));
      case PATH -> labelled(block, label -> label.path().filter(text).isPresent());
      case KIND ->
          labelled(
              block,
              label -> text.test(Entry.Kind.RUN.toString()) || text.test(label.space().toString()));
      default -> new BitSet();
    };
  }

  private static BitSet span(Span span, RunBlock block) throws IOException {
    if (isByOrder(span)) {
      return block.meeting(span.field(), span.from(), span.to());
    }
    if (span.field() != Field.PID) {
      return new BitSet();
    }
    return labelled(
        block,
        label ->
            label.pid().isPresent()
                && Long.compareUnsigned(label.pid().getAsInt(), span.from()) >= 0
                && Long.compareUnsigned(label.pid().getAsInt(), span.to()) <= 0);
  }

  private static BitSet allowed(Allowed allowed, RunBlock block) {
    boolean[] known = new boolean[Permissions.ALL + 1];
    for (int permissions = 0; permissions < known.length; permissions++) {
      String letters = Permissions.format(permissions);
      known[permissions] =
          allowed.set().chars().allMatch(letter -> letters.indexOf(letter) >= 0)
              && allowed.clear().chars().noneMatch(letter -> letters.indexOf(letter) >= 0);
    }
    return where(block, row -> known[block.permissions(row) & Permissions.ALL]);
  }

  private static BitSet where(RunBlock block, IntPredicate wanted) {
    BitSet found = new BitSet(block.count());
    for (int row = 0; row < block.count(); row++) {
      if (wanted.test(row)) {
        found.set(row);
      }
    }
    return found;
  }

  /** The rows whose label is wanted. */
  private static BitSet labelled(RunBlock block, Predicate<RunLabel> wanted) throws IOException {
    List<RunLabel> labels = block.labels();
    BitSet numbers = new BitSet(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      numbers.set(i, wanted.test(labels.get(i)));
    }
    BitSet found = new BitSet(block.count());
    if (numbers.isEmpty()) {
      return found;
    }
    if (numbers.cardinality() == labels.size()) {
      found.set(0, block.count());
      return found;
    }
    for (int row = 0; row < block.count(); row++) {
      if (numbers.get(block.label(row))) {
        found.set(row);
      }
    }
    return found;
  }
}
