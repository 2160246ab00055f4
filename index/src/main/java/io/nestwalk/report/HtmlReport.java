package io.nestwalk.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.KeptRules;
import io.nestwalk.machine.Machine;
import io.nestwalk.paging.Permissions;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One HTML file with everything in it: data, style and script. It opens from disk and asks no
 * network. Text from guests is data, never markup: it is written into a block that browsers do not
 * interpret, with every character escaped that could end it.
 */
final class HtmlReport {

  private static final String TEMPLATE = "report.html";
  private static final String STYLE = "/*STYLE*/";
  private static final String SCRIPT = "/*SCRIPT*/";
  private static final String DATA = "/*DATA*/";
  private static final String POLICY = "/*POLICY*/";

  /** In the order in which each uses those before it. */
  private static final List<String> SCRIPTS =
      List.of("dom.js", "table.js", "views.js", "pictures.js", "walk.js", "report.js");

  private static final int LAYER_CELLS = 768;

  /** The pictures of more guests than this would make the file large. */
  private static final int MOST_LAYERS = 4;

  private final Analysis analysis;
  private final Map<String, Integer> strings = new LinkedHashMap<>();
  private long stringsLength;

  HtmlReport(Analysis analysis) {
    this.analysis = analysis;
  }

  void write(OutputStream out) throws IOException {
    String style = "\n" + PageParts.text("page.css") + PageParts.text("report.css");
    String script = "\n" + PageParts.joined(SCRIPTS);
    String page =
        PageParts.text(TEMPLATE)
            .replace(POLICY, "style-src %s; script-src %s".formatted(hash(style), hash(script)))
            .replace(STYLE, style)
            .replace(SCRIPT, script);
    int data = page.indexOf(DATA);
    out.write(page.substring(0, data).getBytes(StandardCharsets.UTF_8));
    data(out);
    out.write(page.substring(data + DATA.length()).getBytes(StandardCharsets.UTF_8));
  }

  /** The page's policy allows this style and this script alone. */
  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "'sha256-%s'".formatted(Base64.getEncoder().encodeToString(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private void data(OutputStream out) throws IOException {
    CountedStream counted = new CountedStream(out);
    try (JsonGenerator json = Json.MAPPER.createGenerator(counted)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.setCharacterEscapes(new MarkupEscapes());
      json.writeStartObject();
      json.writeFieldName("provenance");
      json.writeTree(analysis.provenance());
      json.writeFieldName("coverage");
      json.writeTree(analysis.indexCoverage());
      json.writeFieldName("counts");
      json.writeTree(analysis.counts());
      Part part = new Part(json, counted);
      rows(part, Entry.Kind.MACHINE);
      rows(part, Entry.Kind.PROCESS);
      rows(part, Entry.Kind.FINDING);
      json.writeFieldName("rules");
      json.writeTree(RuleHitRows.rules(KeptRules.of(analysis.folder())));
      rows(part, Entry.Kind.YARA);
      mappings(part);
      PhysicalExtent host = new PhysicalExtent(new PhysicalPicture.Axis(Machine.HOST));
      List<PhysicalExtent> guests = guests();
      runs(part, host, guests);
      pictures(json, host, guests);
      json.writeFieldName("facts");
      json.writeTree(analysis.facts());
      json.writeFieldName("walks");
      json.writeTree(analysis.walks());
      json.writeArrayFieldStart("strings");
      for (String string : strings.keySet()) {
        json.writeString(string);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  /** The extents, not known yet, of guests' physical memory. */
  private List<PhysicalExtent> guests() throws IOException {
    List<PhysicalExtent> guests = new ArrayList<>();
    analysis
        .index()
        .forEach(
            Entry.Kind.MACHINE,
            document -> {
              ObjectNode machine = document.tree();
              if (guests.size() < MOST_LAYERS
                  && machine.hasNonNull("parent")
                  && machine.path("secondLevel").has("root")) {
                guests.add(
                    new PhysicalExtent(new PhysicalPicture.Axis(machine.path("id").asText())));
              }
            });
    return guests;
  }

  /** Physical memory: the host's, the guests', and the host's in as many cells as a guest's. */
  private void pictures(JsonGenerator json, PhysicalExtent host, List<PhysicalExtent> guests)
      throws IOException {
    PhysicalPicture whole = host.whole(PhysicalPicture.MAX_CELLS);
    PhysicalPicture bar = host.whole(LAYER_CELLS);
    List<PhysicalPicture> layers =
        guests.stream().map(guest -> guest.largest(LAYER_CELLS)).toList();
    analysis
        .index()
        .forEachRun(
            run -> {
              whole.add(run);
              bar.add(run);
              layers.forEach(layer -> layer.add(run));
            });
    json.writeFieldName("physical");
    json.writeTree(whole.json());
    json.writeArrayFieldStart("layers");
    for (PhysicalPicture layer : layers) {
      json.writeTree(layer.json());
    }
    json.writeEndArray();
    json.writeFieldName("hostBar");
    json.writeTree(bar.json());
  }

  /**
   * How many bytes the rows of a kind may take: a file of more than 5 MB makes a browser slow. What
   * is cut is said in the page; {@code search} and the other reports have all.
   */
  private static long room(Entry.Kind kind) {
    return switch (kind) {
      case MACHINE, FINDING, YARA -> 300_000;
      case PROCESS, MAPPING -> 800_000;
      case RUN -> 1_100_000;
    };
  }

  /** A list that ends when its rows have taken all the room that they get. */
  private final class Part {

    private final JsonGenerator json;
    private final CountedStream out;
    private long end;
    private boolean full;

    Part(JsonGenerator json, CountedStream out) {
      this.json = json;
      this.out = out;
    }

    void begin(Entry.Kind kind) throws IOException {
      json.writeArrayFieldStart(Reports.plural(kind));
      end = taken() + room(kind);
      full = false;
    }

    boolean hasRoom() {
      return !full && taken() < end;
    }

    /**
     * Writes a row of any length if it fits as a whole; behind one that does not, there is no room,
     * so that those in the file are the first ones.
     */
    void row(JsonNode row) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (JsonGenerator one = Json.MAPPER.createGenerator(bytes)) {
        one.setCharacterEscapes(new MarkupEscapes());
        one.writeTree(row);
      }
      full = taken() + bytes.size() > end;
      if (!full) {
        json.writeRawValue(bytes.toString(StandardCharsets.UTF_8));
      }
    }

    private long taken() {
      return out.count() + json.getOutputBuffered() + stringsLength;
    }
  }

  private void rows(Part part, Entry.Kind kind) throws IOException {
    part.begin(kind);
    analysis
        .index()
        .forEach(
            kind,
            document -> {
              if (part.hasRoom()) {
                ObjectNode row = document.tree();
                part.row(kind == Entry.Kind.YARA ? RuleHitRows.row(row) : row);
              }
            });
    part.json.writeEndArray();
  }

  /** Rows as arrays whose words are numbers of {@link #strings}: a tenth of the size. */
  private void mappings(Part part) throws IOException {
    part.begin(Entry.Kind.MAPPING);
    analysis
        .index()
        .forEach(
            Entry.Kind.MAPPING,
            document -> {
              if (part.hasRoom()) {
                part.json.writeStartArray();
                mapping(part.json, document.tree());
                part.json.writeEndArray();
              }
            });
    part.json.writeEndArray();
  }

  /** The rows of runs; and what extents the layers have, for that their pictures are drawn next. */
  private void runs(Part part, PhysicalExtent host, List<PhysicalExtent> guests)
      throws IOException {
    part.begin(Entry.Kind.RUN);
    analysis
        .index()
        .forEachRun(
            run -> {
              host.add(run);
              guests.forEach(guest -> guest.add(run));
              if (part.hasRoom()) {
                part.json.writeStartArray();
                run(part.json, run);
                part.json.writeEndArray();
              }
            });
    part.json.writeEndArray();
  }

  private void mapping(JsonGenerator json, ObjectNode document) throws IOException {
    word(json, document, "machine");
    json.writeNumber(document.path("pid").asInt());
    json.writeString(document.path("start").asText());
    json.writeString(document.path("end").asText());
    word(json, document, "permissions");
    word(json, document, "kind");
    word(json, document, "path");
    word(json, document, "offset");
    json.writeNumber(document.path("presentBytes").asLong());
    json.writeNumber(number(document.path("flags").toString()));
  }

  private void run(JsonGenerator json, RunEntry run) throws IOException {
    json.writeNumber(number(run.machineId()));
    json.writeNumber(number(run.space().toString()));
    json.writeNumber(run.pid().orElse(-1));
    json.writeString(Hex.of(run.start()));
    json.writeNumber(run.length());
    address(json, run.gpa());
    address(json, run.hpa());
    json.writeNumber(number(run.permissions() == 0 ? "" : Permissions.format(run.permissions())));
    json.writeNumber(number(run.path().orElse("")));
    json.writeNumber(1L << run.pageShift());
  }

  private static void address(JsonGenerator json, long address) throws IOException {
    if (address == RunEntry.NONE) {
      json.writeNull();
    } else {
      json.writeString(Hex.of(address));
    }
  }

  private void word(JsonGenerator json, ObjectNode document, String key) throws IOException {
    json.writeNumber(number(document.path(key).asText("")));
  }

  private int number(String word) {
    Integer known = strings.get(word);
    if (known != null) {
      return known;
    }
    stringsLength += word.length();
    strings.put(word, strings.size());
    return strings.size() - 1;
  }

  /** Counts what it passes on. */
  private static final class CountedStream extends FilterOutputStream {

    private long count;

    CountedStream(OutputStream out) {
      super(out);
    }

    long count() {
      return count;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      count++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      count += length;
    }
  }

  /** Escapes what HTML could take for the end of the data, beside what JSON escapes. */
  private static final class MarkupEscapes extends CharacterEscapes {

    private static final long serialVersionUID = 1L;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] codes = standardAsciiEscapesForJSON();
      for (char c : new char[] {'<', '>', '&'}) {
        codes[c] = ESCAPE_CUSTOM;
      }
      return codes;
    }

    @Override
    public SerializableString getEscapeSequence(int c) {
      return new SerializedString("\\u%04x".formatted(c));
    }
  }
}
