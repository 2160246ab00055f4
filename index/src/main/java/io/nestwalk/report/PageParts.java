package io.nestwalk.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What all pages here are made of: one style, and scripts that draw. */
public final class PageParts {

  /** The files' names: a style sheet and ES modules. */
  public static final Set<String> NAMES =
      Set.of("page.css", "dom.js", "table.js", "views.js", "pictures.js", "walk.js");

  private static final Pattern EXPORT = Pattern.compile("^export ");

  private PageParts() {}

  /** Modules as one script: without the words by which they know of one another. */
  static String joined(List<String> names) throws IOException {
    StringBuilder script = new StringBuilder("'use strict';\n");
    for (String name : names) {
      text(name)
          .lines()
          .filter(line -> !line.startsWith("import "))
          .forEach(line -> script.append(EXPORT.matcher(line).replaceFirst("")).append('\n'));
    }
    return script.toString();
  }

  /** The text of a file that is one of the page's. */
  public static String text(String name) throws IOException {
    try (InputStream in = PageParts.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
