package io.nestwalk.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CsvWriter;
import io.nestwalk.answer.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes what is answered. */
final class Reply {

  /** How an answer is written. */
  enum Format {
    /** A page of the rows in one object. */
    JSON,
    /** A row a line, and the coverage last. */
    NDJSON,
    /** The rows alone. */
    CSV
  }

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final HttpExchange exchange;

  Reply(HttpExchange exchange) {
    this.exchange = exchange;
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
  }

  /** The whole body at once. */
  void bytes(int status, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  /** Sends the browser to another of this server's addresses. */
  void elsewhere(String path) throws IOException {
    exchange.getResponseHeaders().set("Location", path);
    exchange.sendResponseHeaders(HttpURLConnection.HTTP_SEE_OTHER, -1);
  }

  void json(int status, ObjectNode node) throws IOException {
    bytes(
        status,
        "application/json; charset=utf-8",
        Json.line(node).getBytes(StandardCharsets.UTF_8));
  }

  void refusal(int status, String message) throws IOException {
    if (status == HttpURLConnection.HTTP_UNAVAILABLE) {
      exchange.getResponseHeaders().set("Retry-After", "1");
    }
    json(status, Json.object().put("error", message));
  }

  /**
   * A part of an answer's rows.
   *
   * @param name what a file of it is called
   * @param offset the first row, from 0
   * @param limit at most so many rows
   */
  void answer(Answer answer, String name, Format format, int offset, int limit) throws IOException {
    List<ObjectNode> all = answer.rows();
    int from = Math.min(offset, all.size());
    int to = (int) Math.min(all.size(), (long) from + limit);
    Answer part =
        new Answer(
            answer.subject(),
            answer.name(),
            all.subList(from, to),
            answer.coverage(),
            answer.beside());
    switch (format) {
      case JSON -> {
        ObjectNode whole = part.json();
        if (!answer.name().isEmpty()) {
          whole.putObject("page").put("offset", from).put("total", all.size());
        }
        json(HttpURLConnection.HTTP_OK, whole);
      }
      case NDJSON ->
          stream(
              "application/x-ndjson; charset=utf-8",
              name + ".ndjson",
              out -> {
                for (ObjectNode row : part.rows()) {
                  out.append(Json.line(row)).append('\n');
                }
                out.append(Json.line(part.lastLine())).append('\n');
              });
      case CSV ->
          stream(
              "text/csv; charset=utf-8",
              name + ".csv",
              out -> {
                CsvWriter csv = new CsvWriter(out, CsvWriter.columns(part.subject(), part.rows()));
                for (ObjectNode row : part.rows()) {
                  csv.row(row);
                }
              });
    }
  }

  /** Writes text. */
  private interface Text {
    void to(Writer out) throws IOException;
  }

  private void stream(String type, String file, Text text) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("Content-Disposition", "attachment; filename=\"%s\"".formatted(file));
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(HttpURLConnection.HTTP_OK, -1);
      return;
    }
    exchange.sendResponseHeaders(HttpURLConnection.HTTP_OK, 0);
    try (Writer out =
        new BufferedWriter(
            new OutputStreamWriter(exchange.getResponseBody(), StandardCharsets.UTF_8))) {
      text.to(out);
    }
  }
}
