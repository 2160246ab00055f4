package io.nestwalk.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A command that was run, with what it printed. */
record CommandRun(int code, String out, String err) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path ROOT = Path.of(System.getProperty("nestwalk.root", ".."));

  static CommandRun of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Nestwalk.run(new PrintWriter(out), new PrintWriter(err), args);
    return new CommandRun(code, out.toString(), err.toString());
  }

  /** A sample that every clone has. */
  static String sample(String name) {
    return ROOT.resolve("samples").resolve(name).toString();
  }

  /** What is true about a sample. */
  static JsonNode truth(String name) {
    try {
      return JSON.readTree(
          Files.readAllBytes(ROOT.resolve("samples").resolve(name + ".truth.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode json() {
    return parse(out);
  }

  List<JsonNode> lines() {
    return out.lines().map(CommandRun::parse).toList();
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("no JSON: " + text, e);
    }
  }
}
