package io.nestwalk.serve;

import io.nestwalk.report.PageParts;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The files of the page, by the names that a browser asks for: these and no others. */
final class PageFiles {

  private static final String SCRIPT = "text/javascript; charset=utf-8";
  private static final String STYLE = "text/css; charset=utf-8";

  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("index.html", "text/html; charset=utf-8"),
          Map.entry("serve.css", STYLE),
          Map.entry("app.js", SCRIPT),
          Map.entry("api.js", SCRIPT),
          Map.entry("machines.js", SCRIPT),
          Map.entry("layers.js", SCRIPT),
          Map.entry("address.js", SCRIPT),
          Map.entry("hex.js", SCRIPT),
          Map.entry("processes.js", SCRIPT),
          Map.entry("lists.js", SCRIPT),
          Map.entry("commands.js", SCRIPT),
          Map.entry("timeline.js", SCRIPT),
          Map.entry("saving.js", SCRIPT),
          Map.entry("search.js", SCRIPT));

  private PageFiles() {}

  /** What HTTP calls the type of that file. */
  static String type(String name) throws RefusedException {
    String type = TYPES.get(name);
    if (type != null) {
      return type;
    }
    if (!PageParts.NAMES.contains(name)) {
      throw new RefusedException(HttpURLConnection.HTTP_NOT_FOUND, "nothing has this name");
    }
    return name.endsWith(".css") ? STYLE : SCRIPT;
  }

  /** What is in a file that has a {@link #type}. */
  static byte[] bytes(String name) throws IOException {
    if (PageParts.NAMES.contains(name)) {
      return PageParts.text(name).getBytes(StandardCharsets.UTF_8);
    }
    try (InputStream in = PageFiles.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}
