package io.nestwalk.index;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A question as its parts, for whatever store answers it. */
public sealed interface Query {

  /**
   * Text of a field, as a whole.
   *
   * @param field the field
   * @param pattern the text in lower case; where {@code wildcards} is set, * is any text and ? any
   *     character, and a backslash takes their meaning away
   * @param wildcards whether there are any
   */
  record Word(Field field, String pattern, boolean wildcards) implements Query {}

  /**
   * A word anywhere in what a document says.
   *
   * @param text the word or words, in lower case; several must follow one another
   * @param wildcards whether * and ? have their meaning
   */
  record Free(String text, boolean wildcards) implements Query {}

  /**
   * Permissions.
   *
   * @param set letters that must be there
   * @param clear letters that must not
   */
  record Allowed(String set, String clear) implements Query {}

  /**
   * Unsigned numbers.
   *
   * @param field the field
   * @param from the lowest
   * @param to the highest, included
   */
  record Span(Field field, long from, long to) implements Query {
    boolean isPoint() {
      return from == to;
    }
  }

  /**
   * All of them.
   *
   * @param parts at least two
   */
  record And(List<Query> parts) implements Query {}

  /**
   * Any of them.
   *
   * @param parts at least two
   */
  record Or(List<Query> parts) implements Query {}

  /**
   * Everything else.
   *
   * @param part what is not wanted
   */
  record Not(Query part) implements Query {}

  /** Whether a kind of documents is asked for by its name. */
  default boolean asksFor(Entry.Kind kind) {
    return switch (this) {
      case Word word ->
          word.field() == Field.KIND && word.pattern().equalsIgnoreCase(kind.toString());
      case Free _, Allowed _, Span _ -> false;
      case And and -> and.parts().stream().anyMatch(part -> part.asksFor(kind));
      case Or or -> or.parts().stream().anyMatch(part -> part.asksFor(kind));
      case Not _ -> false;
    };
  }

  /** Whether runs of pages are meant: when an address or they themselves are asked for. */
  default boolean wantsRuns() {
    return switch (this) {
      case Word word -> word.field() == Field.KIND;
      case Free _, Allowed _ -> false;
      case Span span -> span.field().type() == Field.Type.RANGE;
      case And and -> and.parts().stream().anyMatch(Query::wantsRuns);
      case Or or -> or.parts().stream().anyMatch(Query::wantsRuns);
      case Not not -> not.part().wantsRuns();
    };
  }

  /** The one address of {@code field} that every answer contains, if there is one. */
  default OptionalLong point(Field field) {
    return switch (this) {
      case Span span when span.field() == field && span.isPoint() -> OptionalLong.of(span.from());
      case And and ->
          and.parts().stream()
              .map(part -> part.point(field))
              .filter(OptionalLong::isPresent)
              .findFirst()
              .orElse(OptionalLong.empty());
      default -> OptionalLong.empty();
    };
  }

  /** The field of the one address that every answer contains. */
  default Optional<Field> pointField() {
    for (Field field : List.of(Field.VA, Field.GPA, Field.HPA, Field.FILE_OFFSET)) {
      if (point(field).isPresent()) {
        return Optional.of(field);
      }
    }
    return Optional.empty();
  }
}
