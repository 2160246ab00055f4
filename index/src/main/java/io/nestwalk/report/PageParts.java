package io.nestwalk.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** What all pages here are made of: one style, and scripts that draw. */
public final class PageParts {

  /** The files' names: a style sheet and ES modules. */
  public static final Set<String> NAMES =
      Set.of("page.css", "dom.js", "table.js", "pictures.js", "walk.js");

  private PageParts() {}

  /** The text of a file that is one of the page's. */
  public static String text(String name) throws IOException {
    try (InputStream in = PageParts.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
