package io.nestwalk.symbols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.ImageException;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What no kernel's own symbol file shows: odd members, and files that lie. */
class SymbolFileTest {

  /** Base64 of "Linux version 5\n". */
  private static final String BANNER = "TGludXggdmVyc2lvbiA1Cg==";

  static final String FILE =
      """
      {"metadata": {"format": "6.2.0", "linux": {"symbols": [{"kind": "dwarf"}]}},
       "symbols": {
         "linux_banner": {"address": 18446744071588757600, "constant_data": "%s"},
         "_text": {"address": 18446744071578845184, "type": {"kind": "base", "name": "void"}},
         "nowhere": {"address": 0},
         "per_cpu": {"address": 4096}},
       "enums": {"e": {"size": 4, "base": "int", "constants": {"NONE": -1, "ONE": 1}}},
       "user_types": {
         "list_head": {"size": 16, "kind": "struct", "fields": {
           "next": {"offset": 0, "type": {"kind": "pointer", "subtype": {"kind": "base", "name": "void"}}},
           "prev": {"offset": 8, "type": {"kind": "pointer", "subtype": {"kind": "function"}}}}},
         "inner": {"size": 8, "kind": "union", "fields": {
           "word": {"offset": 0, "type": {"kind": "base", "name": "int"}},
           "flag": {"offset": 4, "type": {"kind": "bitfield", "bit_position": 13, "bit_length": 3,
                    "type": {"kind": "base", "name": "int"}}}}},
         "loop": {"size": 8, "kind": "struct", "fields": {
           "unnamed_1": {"offset": 4, "anonymous": true, "type": {"kind": "struct", "name": "loop"}},
           "unnamed_2": {"offset": 4, "anonymous": true, "type": {"kind": "struct", "name": "loop"}}}},
         "outer": {"size": 100, "kind": "struct", "fields": {
           "unnamed_0": {"offset": 24, "anonymous": true, "type": {"kind": "union", "name": "inner"}},
           "links": {"offset": 32, "type": {"kind": "array", "count": 3,
                     "subtype": {"kind": "struct", "name": "list_head"}}},
           "kind": {"offset": 80, "type": {"kind": "enum", "name": "e"}},
           "head": {"offset": 84, "type": {"kind": "struct", "name": "list_head"}},
           "unknown": {"offset": 90, "type": {"kind": "struct", "name": "nothing"}}}}},
       "base_types": {"int": {"size": 4, "signed": true, "kind": "int", "endian": "little"},
                      "pointer": {"size": 8, "signed": false, "kind": "int", "endian": "little"}}}
      """
          .formatted(BANNER);

  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private SymbolFile read(String text) throws IOException, ImageException {
    return SymbolFile.read(file("kernel.json", text));
  }

  @Test
  void membersAreFoundByTheirPaths() throws IOException, ImageException {
    SymbolFile file = read(FILE);
    StructLayout outer = file.types().struct("outer");
    assertThat(outer.size()).isEqualTo(100);
    assertThat(outer.field("word")).isEqualTo(Field.of(24, 4));
    assertThat(outer.field("flag")).isEqualTo(new Field(29, 1, 5, 3, 1));
    assertThat(outer.field("links")).isEqualTo(new Field(32, 48, 0, 0, 3));
    assertThat(outer.field("links").stride()).isEqualTo(16);
    assertThat(outer.field("kind")).isEqualTo(Field.of(80, 4));
    assertThat(outer.field("head.prev")).isEqualTo(Field.of(92, 8));
    assertThat(outer.field("unknown")).isEqualTo(Field.of(90, 0));
    assertThat(outer.find("unnamed_0")).isEmpty();
    assertThat(outer.find("head.none")).isEmpty();
    assertThat(outer.find("kind.next")).isEmpty();
    assertThat(file.types().find("nothing")).isEmpty();
    assertThat(file.types().pointerSize()).isEqualTo(8);
    assertThat(file.types().constant("NONE")).hasValue(-1);
    assertThat(file.types().constant("TWO")).isEmpty();
  }

  @Test
  void structuresWithinThemselvesEnd() throws IOException, ImageException {
    assertThat(read(FILE).types().struct("loop").find("anything")).isEmpty();
  }

  @Test
  void symbolsAreUnsigned() throws IOException, ImageException {
    SymbolFile file = read(FILE);
    assertThat(file.banner()).contains("Linux version 5");
    long text = 0xffff_ffff_8100_0000L;
    assertThat(file.linkedSymbols().address("_text")).hasValue(text);
    assertThat(file.linkedSymbols().address("nowhere")).isEmpty();
    assertThat(file.linkedSymbols().at(text + 5).orElseThrow().name()).isEqualTo("_text");
    assertThat(file.linkedSymbols().at(text - 1).orElseThrow().name()).isEqualTo("per_cpu");
    assertThat(file.linkedSymbols().at(4095)).isEmpty();
    assertThat(file.linkedSymbols().at(-1).orElseThrow().name()).isEqualTo("linux_banner");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; no user_types",
        "[1, 2]; the file is no object",
        "not JSON; no symbol file",
        "{\"metadata\": {\"windows\": {}}}; no user_types",
        "{\"user_types\": {\"a\": {\"size\": -4}}}; size is -4",
        "{\"user_types\": {\"a\": {\"size\": 99999999999}}}; size is 99999999999",
        "{\"user_types\": {\"a\": {\"fields\": {\"b\": {\"type\": 3}}}}}; a type is no object",
        "{\"user_types\": {\"a\": 1}}; a is no object",
        "{\"symbols\": {\"a\": {\"address\": \"0x10\"}}}; address is no whole number",
        "{\"symbols\": {\"a\": {\"address\": 99999999999999999999}}}; larger than 64 bits",
        "{\"symbols\": {\"linux_banner\": {\"constant_data\": \"?\"}}}; base64",
        "{\"user_types\": {\"a\": {\"fields\": {\"b\": {\"type\": {\"kind\": \"bitfield\"}}}}}}; 0"
            + " bits",
      })
  void liesAreRefused(String text, String reason) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("kernel.json")
        .hasMessageContaining(reason)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void nestingIsBounded() {
    String type = "{\"kind\": \"pointer\", \"subtype\": ".repeat(10_000);
    assertThatThrownBy(
            () -> read("{\"user_types\": {\"a\": {\"fields\": {\"b\": {\"type\": " + type))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void whateverIsCutOrSpoiltIsAnErrorOrAFile() throws IOException {
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] bytes = FILE.getBytes(StandardCharsets.US_ASCII);
      for (int j = 0; j < 3; j++) {
        bytes[random.nextInt(bytes.length)] = (byte) (' ' + random.nextInt(95));
      }
      int length = i % 2 == 0 ? bytes.length : random.nextInt(bytes.length);
      Path file = folder.resolve("spoilt.json");
      Files.write(file, java.util.Arrays.copyOf(bytes, length));
      try {
        SymbolFile.read(file).types().find("outer").ifPresent(outer -> outer.find("links.next"));
      } catch (ImageException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(150, 299);
  }

  @Test
  void packedFilesAreReadAndArchivesRefused() throws IOException, ImageException {
    Path packed = folder.resolve("kernel.json.gz");
    try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(FILE.getBytes(StandardCharsets.US_ASCII));
    }
    assertThat(SymbolFile.read(packed).banner()).contains("Linux version 5");
    assertThat(SymbolFile.read(packed).source()).isEqualTo("kernel.json.gz");
    byte[] bytes = Files.readAllBytes(packed);
    Path cut = Files.write(folder.resolve("cut.json.gz"), java.util.Arrays.copyOf(bytes, 200));
    assertThatThrownBy(() -> SymbolFile.read(cut)).isInstanceOf(ImageException.class);
    Path archive = folder.resolve("kernel.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive))) {
      out.putNextEntry(new ZipEntry("kernel.json"));
      out.write(FILE.getBytes(StandardCharsets.US_ASCII));
    }
    assertThatThrownBy(() -> SymbolFile.read(archive))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("zip archive");
    assertThatThrownBy(() -> SymbolFile.read(folder.resolve("missing.json")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("no such file");
  }
}
