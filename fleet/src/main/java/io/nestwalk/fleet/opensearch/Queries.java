package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import io.nestwalk.index.EntryFields;
import io.nestwalk.index.Field;
import io.nestwalk.index.FreeWords;
import io.nestwalk.index.Query;
import io.nestwalk.index.Query.Allowed;
import io.nestwalk.index.Query.And;
import io.nestwalk.index.Query.Free;
import io.nestwalk.index.Query.Not;
import io.nestwalk.index.Query.Or;
import io.nestwalk.index.Query.Span;
import io.nestwalk.index.Query.Word;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Queries as the cluster asks them, with the meaning that they have over a folder. */
final class Queries {

  private Queries() {}

  /** The query over entries. */
  static ObjectNode of(Query query, Scope scope) {
    List<String> kinds =
        Arrays.stream(Entry.Kind.values())
            .filter(kind -> kind != Entry.Kind.RUN || query.wantsRuns())
            .map(Entry.Kind::toString)
            .toList();
    return within(scope, terms(Names.TYPE, kinds), part(query));
  }

  /** All entries of a kind. */
  static ObjectNode of(Entry.Kind kind, Scope scope) {
    return within(scope, term(Names.TYPE, kind.toString()));
  }

  /** The documents that keep a state. */
  static ObjectNode state(String state, Scope scope) {
    return within(scope, term(Names.STATE, state));
  }

  /**
   * Entries of a part.
   *
   * @param from the lowest number of those that are meant
   */
  static ObjectNode part(String image, String part, long from) {
    return within(
        Scope.of(image),
        term(Names.PART, part),
        range(Names.NUMBER, from, Long.MAX_VALUE),
        exists(Names.TYPE));
  }

  /** Everything, states too. */
  static ObjectNode all(Scope scope) {
    return within(scope);
  }

  /** Everything but documents that keep a state. */
  static ObjectNode allBut(String state, Scope scope) {
    return within(scope, all(List.of(), List.of(term(Names.STATE, state))));
  }

  private static ObjectNode within(Scope scope, ObjectNode... conditions) {
    List<ObjectNode> wanted = new ArrayList<>();
    scope.image().ifPresent(name -> wanted.add(term(Names.IMAGE, name)));
    wanted.addAll(Arrays.asList(conditions));
    return all(
        wanted,
        scope.without().isEmpty() ? List.of() : List.of(terms(Names.IMAGE, scope.without())));
  }

  private static ObjectNode part(Query query) {
    return switch (query) {
      case Word word -> text(Names.of(word.field()), word.pattern(), word.wildcards());
      case Free free -> free(free);
      case Allowed allowed -> allowed(allowed);
      case Span span -> span(span);
      case And and -> {
        List<ObjectNode> wanted = new ArrayList<>();
        List<ObjectNode> unwanted = new ArrayList<>();
        and(and, wanted, unwanted);
        yield all(wanted, unwanted);
      }
      case Or or -> {
        List<ObjectNode> parts = new ArrayList<>();
        or(or, parts);
        yield any(parts);
      }
      case Not(Not(Query part)) -> part(part);
      case Not not -> all(List.of(), List.of(part(not.part())));
    };
  }

  // Nested no deeper than needed: a cluster allows some levels only.

  private static void and(And and, List<ObjectNode> wanted, List<ObjectNode> unwanted) {
    for (Query part : and.parts()) {
      switch (part) {
        case And inner -> and(inner, wanted, unwanted);
        case Not not -> unwanted.add(part(not.part()));
        default -> wanted.add(part(part));
      }
    }
  }

  private static void or(Or or, List<ObjectNode> parts) {
    for (Query part : or.parts()) {
      if (part instanceof Or inner) {
        or(inner, parts);
      } else {
        parts.add(part(part));
      }
    }
  }

  private static ObjectNode free(Free free) {
    if (!free.wildcards()) {
      List<String> words = FreeWords.of(free.text());
      if (words.isEmpty()) {
        return query("match_none");
      }
      ObjectNode phrase = Json.object();
      phrase
          .putObject("match_phrase")
          .putObject(Names.WORDS)
          .put("query", EntryFields.plain(String.join(" ", words)));
      return phrase;
    }
    // A pattern may reach over several words: then it is a name's or a path's.
    return any(
        List.of(
            text(Names.WORDS, free.text(), true),
            text(Names.of(Field.NAME), free.text(), true),
            text(Names.of(Field.PATH), free.text(), true)));
  }

  private static ObjectNode text(String field, String pattern, boolean wildcards) {
    if (!wildcards) {
      return term(field, EntryFields.plain(pattern));
    }
    ObjectNode query = Json.object();
    query.putObject("wildcard").putObject(field).put("value", EntryFields.plain(pattern));
    return query;
  }

  private static ObjectNode allowed(Allowed allowed) {
    List<ObjectNode> wanted = new ArrayList<>();
    if (allowed.set().isEmpty()) {
      // What has no permissions at all is no answer: a process, a machine.
      wanted.add(
          terms(Names.TYPE, List.of(Entry.Kind.MAPPING.toString(), Entry.Kind.RUN.toString())));
    }
    allowed.set().chars().forEach(letter -> wanted.add(letter(letter)));
    List<ObjectNode> unwanted = new ArrayList<>();
    allowed.clear().chars().forEach(letter -> unwanted.add(letter(letter)));
    return all(wanted, unwanted);
  }

  private static ObjectNode letter(int letter) {
    return term(Names.of(Field.PERMISSIONS), Character.toString(letter));
  }

  private static ObjectNode span(Span span) {
    String field = Names.of(span.field());
    if (span.field().type() == Field.Type.RANGE) {
      return range(field, EntryFields.ordered(span.from()), EntryFields.ordered(span.to()));
    }
    // Numbers stand as signed ones: an unsigned range over the middle is two of them.
    if (span.from() >= 0 && span.to() < 0) {
      return any(
          List.of(
              range(field, span.from(), Long.MAX_VALUE), range(field, Long.MIN_VALUE, span.to())));
    }
    return range(field, span.from(), span.to());
  }

  private static ObjectNode range(String field, long from, long to) {
    ObjectNode query = Json.object();
    query.putObject("range").putObject(field).put("gte", from).put("lte", to);
    return query;
  }

  private static ObjectNode exists(String field) {
    ObjectNode query = Json.object();
    query.putObject("exists").put("field", field);
    return query;
  }

  private static ObjectNode term(String field, String value) {
    ObjectNode query = Json.object();
    query.putObject("term").putObject(field).put("value", value);
    return query;
  }

  private static ObjectNode terms(String field, List<String> values) {
    ObjectNode query = Json.object();
    ArrayNode array = query.putObject("terms").putArray(field);
    values.forEach(array::add);
    return query;
  }

  private static ObjectNode query(String name) {
    ObjectNode query = Json.object();
    query.putObject(name);
    return query;
  }

  private static ObjectNode all(List<ObjectNode> wanted, List<ObjectNode> unwanted) {
    ObjectNode query = Json.object();
    ObjectNode bool = query.putObject("bool");
    if (!wanted.isEmpty()) {
      bool.set("filter", array(wanted));
    }
    if (!unwanted.isEmpty()) {
      bool.set("must_not", array(unwanted));
    }
    return query;
  }

  private static ObjectNode any(List<ObjectNode> parts) {
    ObjectNode query = Json.object();
    query.putObject("bool").put("minimum_should_match", 1).set("should", array(parts));
    return query;
  }

  private static ArrayNode array(List<ObjectNode> parts) {
    return JsonNodeFactory.instance.arrayNode().addAll(parts);
  }
}
