package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.output.OutputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The image that the folder of an analysis stands for. The folder need not be finished: only its
 * manifest is asked, never its index.
 *
 * @param folder of the analysis, without links
 * @param then the image as it was analyzed
 * @param place where it lay then, absolute
 * @param settings how it was opened
 */
public record AnalyzedImage(Path folder, ImageIdentity then, Path place, JsonNode settings) {

  /**
   * The image of a folder that this user made in that place. One that was made elsewhere may have
   * come with anything: what files it names is not followed.
   *
   * @throws IOException when the folder is not such a one, or its manifest can't be read
   */
  public static AnalyzedImage of(Path named) throws IOException {
    Path folder = named.toRealPath();
    if (!CaseMarker.read(folder).isOwn(folder)) {
      throw new OutputException(
          folder,
          "was not made here by this user, so the image that it names is not opened; name the image"
              + " itself");
    }
    AnalysisFolder.refuseLinks(folder);
    ObjectNode manifest = AnalysisFolder.manifestIn(folder);
    if (manifest != null) {
      ImageIdentity then = ImageIdentity.read(manifest.path("image"));
      try {
        Path place = Path.of(then.path());
        if (place.isAbsolute()) {
          return new AnalyzedImage(folder, then, place, manifest.path("settings"));
        }
      } catch (InvalidPathException e) {
        // No name of a file: as good as none.
      }
    }
    throw new BrokenIndexException(
        folder + ": its manifest can't be read; run the analysis again", null);
  }

  /** Where the image lies now: where it lay, or beside the folder; empty when in neither place. */
  public Optional<Path> find() {
    Path name = place.getFileName();
    return Stream.of(place, name == null ? place : folder.resolveSibling(name))
        .filter(Files::exists)
        .findFirst();
  }

  /** Whether an image has another size or other content than the one that was analyzed. */
  public boolean isOther(ImageIdentity now) {
    return now.bytes() != then.bytes() || !now.sample().equals(then.sample());
  }

  /** What tells an image from the one that was analyzed; empty when nothing does. */
  public Optional<String> change(ImageIdentity now) {
    if (isOther(now)) {
      return Optional.of(
          "the image changed since it was analyzed; this is of the image as it is now");
    }
    return now.modified().equals(then.modified())
        ? Optional.empty()
        : Optional.of(
            "the image may have changed since it was analyzed: it was written at another time; this"
                + " is of the image as it is now");
  }
}
