package io.nestwalk.image.aff4;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a volume says about the things in it: the part of Turtle (W3C) that AFF4's writers use,
 * which is prefixes, and subjects with properties and their values.
 *
 * @param subjects properties by their names without a namespace, of each subject
 */
record Description(Map<String, Map<String, List<String>>> subjects) {

  private static final int MAX_STATEMENTS = 1 << 16;

  private static final int MAX_SHOWN = 100;

  private static final String TYPE = "type";

  /** Reads a description; what is not understood is passed over. */
  static Description parse(String turtle) {
    Map<String, String> prefixes = new HashMap<>();
    Map<String, Map<String, List<String>>> subjects = new LinkedHashMap<>();
    Tokens tokens = new Tokens(turtle);
    List<String> statement = new ArrayList<>();
    int statements = 0;
    while (tokens.advance() && statements < MAX_STATEMENTS) {
      if (tokens.kind() == Tokens.Kind.WORD) {
        statement.add(expand(tokens.text(), prefixes));
      } else if (tokens.kind() == Tokens.Kind.PUNCTUATION && tokens.text().equals(".")) {
        enter(statement, prefixes, subjects);
        statement.clear();
        statements++;
      } else {
        statement.add(tokens.text());
      }
    }
    return new Description(subjects);
  }

  private static String expand(String word, Map<String, String> prefixes) {
    int colon = word.indexOf(':');
    String namespace = colon < 0 ? null : prefixes.get(word.substring(0, colon));
    return namespace == null ? word : namespace + word.substring(colon + 1);
  }

  private static void enter(
      List<String> statement,
      Map<String, String> prefixes,
      Map<String, Map<String, List<String>>> subjects) {
    if (statement.size() == 3 && statement.getFirst().equals("@prefix")) {
      prefixes.put(statement.get(1).replace(":", ""), statement.get(2));
      return;
    }
    if (statement.size() < 3) {
      return;
    }
    Map<String, List<String>> properties =
        subjects.computeIfAbsent(statement.getFirst(), name -> new HashMap<>());
    String property = null;
    for (String word : statement.subList(1, statement.size())) {
      if (word.equals(";")) {
        property = null;
      } else if (property == null) {
        property = word.equals("a") ? TYPE : localName(word);
      } else if (!word.equals(",")) {
        properties.computeIfAbsent(property, name -> new ArrayList<>()).add(word);
      }
    }
  }

  /** A name without its namespace. */
  static String localName(String name) {
    return name.substring(Math.max(name.lastIndexOf('#'), name.lastIndexOf('/')) + 1);
  }

  /** A name for a message: what could steer a terminal or fill it is taken out. */
  static String shown(String name) {
    String printable = name.replaceAll("[^\\x20-\\x7e]", "?");
    return printable.length() > MAX_SHOWN ? printable.substring(0, MAX_SHOWN) + "..." : printable;
  }

  /** Whether the subject is of one of these types, whatever their namespace and case. */
  boolean isA(String subject, String... types) {
    for (String type : values(subject, TYPE)) {
      for (String each : types) {
        if (localName(type).equalsIgnoreCase(each)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The values of a property. */
  List<String> values(String subject, String property) {
    return subjects.getOrDefault(subject, Map.of()).getOrDefault(property, List.of());
  }

  /** The value of the first of these properties that the subject has. */
  Optional<String> value(String subject, String... properties) {
    for (String property : properties) {
      List<String> values = values(subject, property);
      if (!values.isEmpty()) {
        return Optional.of(values.getFirst());
      }
    }
    return Optional.empty();
  }

  /** The same as a number; empty when it is none. */
  OptionalLong number(String subject, String... properties) {
    try {
      Optional<String> value = value(subject, properties);
      return value.isPresent()
          ? OptionalLong.of(Long.parseLong(value.get()))
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
