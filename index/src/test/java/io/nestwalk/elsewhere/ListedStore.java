package io.nestwalk.elsewhere;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.index.Entry;
import io.nestwalk.index.EntryJson;
import io.nestwalk.index.IndexBuilder;
import io.nestwalk.index.IndexStore;
import io.nestwalk.index.Query;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.index.StoredDocument;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A store as a cluster's would be: documents under ids, written at once, where a part that is done
 * again overwrites what it wrote before. It answers with an exhaustive search.
 */
final class ListedStore implements IndexStore {

  private final NavigableMap<String, Entry> entries = new TreeMap<>();
  private final Map<String, List<String>> complete = new TreeMap<>();

  /** The ids of all entries. */
  Set<String> ids() {
    return entries.keySet();
  }

  @Override
  public IndexBuilder build() {
    return new Builder();
  }

  @Override
  public SearchIndex open() {
    return new Index();
  }

  private final class Builder implements IndexBuilder {

    private String part = "";
    private int number;

    @Override
    public void beginPart(String name) {
      part = name;
      number = 0;
      complete.remove(name);
    }

    @Override
    public void add(Entry entry) {
      entries.put("%s#%06d".formatted(part, number++), entry);
    }

    @Override
    public void completePart(List<String> warnings) {
      complete.put(part, List.copyOf(warnings));
    }

    @Override
    public Set<String> completeParts() {
      return Set.copyOf(complete.keySet());
    }

    @Override
    public List<String> warnings() {
      return complete.values().stream().flatMap(List::stream).toList();
    }

    @Override
    public void finish() {}

    @Override
    public void close() {}
  }

  private final class Index implements SearchIndex {

    private List<ObjectNode> matching(Predicate<ObjectNode> wanted) {
      return entries.values().stream().map(EntryJson::of).filter(wanted).toList();
    }

    @Override
    public Hits search(Query query, Cursor from, int limit) {
      List<ObjectNode> all = matching(document -> matches(query, document));
      int first = from.place().isEmpty() ? 0 : Integer.parseInt(from.place());
      int end = Math.min(all.size(), first + limit);
      Optional<Cursor> next =
          end < all.size() ? Optional.of(new Cursor(Integer.toString(end))) : Optional.empty();
      return new Hits(all.size(), all.subList(first, end), next);
    }

    @Override
    public long count(Query query) {
      return matching(document -> matches(query, document)).size();
    }

    @Override
    public long count(Entry.Kind kind) {
      return entries.values().stream().filter(entry -> entry.kind() == kind).count();
    }

    @Override
    public void forEach(Entry.Kind kind, Visitor visitor) throws IOException {
      for (Entry entry : new ArrayList<>(entries.values())) {
        if (entry.kind() == kind) {
          visitor.document(StoredDocument.of(EntryJson.of(entry)));
        }
      }
    }

    @Override
    public void forEachRun(RunVisitor visitor) throws IOException {
      for (Entry entry : new ArrayList<>(entries.values())) {
        if (entry instanceof Entry.RunEntry run) {
          visitor.run(run);
        }
      }
    }

    @Override
    public List<String> warnings() {
      return complete.values().stream().flatMap(List::stream).toList();
    }

    @Override
    public void close() {}
  }

  private static boolean matches(Query query, ObjectNode document) {
    return switch (query) {
      case Query.Word word ->
          document.path(key(word.field().toString())).asText().equals(word.pattern());
      case Query.Free free -> document.toString().contains(free.text());
      case Query.Span span -> {
        long value = document.path(span.field().toString()).asLong(-1);
        yield value >= span.from() && value <= span.to();
      }
      case Query.Allowed _ -> throw new IllegalArgumentException("permissions are not asked for");
      case Query.And and -> and.parts().stream().allMatch(part -> matches(part, document));
      case Query.Or or -> or.parts().stream().anyMatch(part -> matches(part, document));
      case Query.Not not -> !matches(not.part(), document);
    };
  }

  private static String key(String field) {
    return field.equals("kind") ? "type" : field;
  }
}
