package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.output.OutputException;
import io.nestwalk.output.PendingFile;
import io.nestwalk.output.PrivateFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The file that tells a case folder from every other folder. It holds the version of the folder's
 * layout and the number that the file system gave to the folder when it was made: a copy of the
 * folder, or one that came in an archive, has another.
 *
 * @param version of the layout
 * @param folder the file system's number of the folder; "" where there is none
 */
record CaseMarker(int version, String folder) {

  /** The marker's name. */
  static final String NAME = ".nestwalk-case";

  /** The layout that this program makes and reads. */
  static final int VERSION = 1;

  private static final int MOST_BYTES = 4096;
  private static final String INODE = "unix:ino";

  /** Puts a marker into a folder that has none. */
  static void create(Path folder) throws IOException {
    write(folder, false);
  }

  /** Makes a folder's marker that was made elsewhere one that was made here. */
  static void replace(Path folder) throws IOException {
    write(folder, true);
  }

  private static void write(Path folder, boolean replace) throws IOException {
    ObjectNode node = Json.object();
    node.put("tool", "nestwalk");
    node.put("caseVersion", VERSION);
    node.put("folder", number(folder));
    try (PendingFile file = PendingFile.of(folder.resolve(NAME))) {
      Json.MAPPER.writeValue(file.stream(), node);
      file.complete(replace);
    }
  }

  /** Whether a folder has anything of the marker's name. */
  static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(NAME), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * The marker of a folder.
   *
   * @throws OutputException when it has none of a version that this program knows
   */
  static CaseMarker read(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new OutputException(folder, "its %s is no regular file".formatted(NAME));
    }
    JsonNode node;
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      node = Json.MAPPER.readTree(in.readNBytes(MOST_BYTES));
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new OutputException(folder, "its %s can't be read".formatted(NAME));
    }
    int version = node.path("caseVersion").asInt();
    if (!node.path("tool").asText().equals("nestwalk") || version != VERSION) {
      throw new OutputException(
          folder,
          "a case folder of another version (%d, this program has %d); make it anew elsewhere"
              .formatted(version, VERSION));
    }
    return new CaseMarker(version, node.path("folder").asText());
  }

  /** Whether the marker was made in this very folder, by who runs this program. */
  boolean isOwn(Path place) {
    return PrivateFiles.isMine(place)
        && PrivateFiles.isMine(place.resolve(NAME))
        && folder.equals(number(place));
  }

  private static String number(Path folder) {
    if (!folder.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return "";
    }
    try {
      return Files.getAttribute(folder, INODE, LinkOption.NOFOLLOW_LINKS).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
