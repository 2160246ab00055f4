package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Progress;
import io.nestwalk.output.OutputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
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
 * @param sha256 the digest of the whole image then, where one was made
 */
public record AnalyzedImage(
    Path folder, ImageIdentity then, Path place, JsonNode settings, Optional<String> sha256) {

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
          return new AnalyzedImage(
              folder, then, place, manifest.path("settings"), AnalysisFolder.sha256(manifest));
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
    return !now.isAlike(then);
  }

  /**
   * Whether an image that was written at another time, as a copy is, is the one that was analyzed:
   * by the digest of the whole image, where the analysis made one.
   *
   * @param files of the image as it is now
   */
  public boolean isConfirmed(ImageIdentity now, List<Path> files, Progress progress)
      throws IOException {
    return !isOther(now)
        && sha256.isPresent()
        && sha256.get().equals(ImageIdentity.sha256(files, progress));
  }

  /** The same, by an image that was confirmed to be the one that was analyzed. */
  public AnalyzedImage confirmedAs(ImageIdentity now) {
    return new AnalyzedImage(folder, now, Path.of(now.path()), settings, sha256);
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
