package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.AnalysisWork;
import io.nestwalk.index.AnalyzedImage;
import io.nestwalk.index.ImageIdentity;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The image that a command works on, and how to open it. The folder of an analysis stands for its
 * image, opened as it was then.
 */
abstract class ImageOptions extends OpeningOptions {

  /** What the help of every such command says of the folder of an analysis. */
  static final String CASE_TOO =
      "; or CASE, a folder that `analyze` or `index` has made, which stands for its image, read"
          + " with the options given then";

  /** What the help says of where its image lies. */
  static final String MOVED =
      "where the image of CASE lies (default: where it was analyzed, then beside CASE)";

  /** What to do where the image of a folder is not found. */
  static final String NAME_IT = "--image FILE names it where it is now";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(names = "--image", paramLabel = "FILE", converter = GivenName.class, description = MOVED)
  private Path moved;

  /** The session of an image that is open already. */
  private Session borrowed;

  /** What the user named, once it was looked at. */
  private Named found;

  /**
   * What a user's name stands for.
   *
   * @param image where the image lies
   * @param analyzed what was analyzed; empty when the image itself was named
   */
  private record Named(Path image, Optional<AnalyzedImage> analyzed) {}

  /** Takes an image that is open in place of one that is named. */
  final void borrow(Session session) {
    borrowed = session;
  }

  /** The session of an image that is open already. */
  final Optional<Session> borrowed() {
    return Optional.ofNullable(borrowed);
  }

  /** What the user named: an image, or the folder of an analysis. */
  abstract Path given();

  /** Whether what the user named is one of several. */
  abstract boolean isOneOfSeveral();

  /** An empty name would stand for the folder that the user happens to be in. */
  static final class GivenName implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      if (text.isEmpty()) {
        throw new TypeConversionException("the name is empty");
      }
      return Path.of(text);
    }
  }

  /**
   * Where the image lies. Asked before anything is opened: it is here that options which a folder
   * of an analysis remembers are taken from it.
   *
   * @throws ImageException when the folder is not ours, or its image is gone
   */
  final Path image() throws ImageException {
    return named().image();
  }

  /** The folder of an analysis that the user named in place of an image. */
  final Optional<Path> analysis() throws ImageException {
    return named().analyzed().map(AnalyzedImage::folder);
  }

  /**
   * What an analysis of the image is of. Where a folder of an analysis was named, an image that was
   * copied since is compared with it as a whole, which takes as long as reading it.
   */
  final AnalysisWork work(Progress progress) throws ImageException {
    ImageIdentity now = Folders.identity(image(), this);
    Optional<AnalyzedImage> analyzed = named().analyzed();
    boolean confirmed =
        analyzed.isPresent()
            && analyzed.get().change(now).isPresent()
            && Folders.isConfirmed(analyzed.get(), now, image(), this, progress);
    if (confirmed) {
      found = new Named(image(), Optional.of(analyzed.get().confirmedAs(now)));
    }
    return new AnalysisWork(
        now,
        settings(),
        Nestwalk.version(),
        confirmed ? Optional.of(analyzed.get().then()) : Optional.empty());
  }

  /** A warning when the image is no longer as it was analyzed. */
  final Optional<String> change() throws ImageException {
    Optional<AnalyzedImage> analyzed = named().analyzed();
    return analyzed.isEmpty()
        ? Optional.empty()
        : analyzed.get().change(Folders.identity(image(), this));
  }

  private Named named() throws ImageException {
    if (found == null) {
      found = AnalysisFolder.isCase(given()) ? ofCase() : ofImage();
    }
    return found;
  }

  private Named ofImage() {
    if (moved != null) {
      throw new ParameterException(
          command.commandLine(),
          "--image goes with a folder that `analyze` or `index` has made, which %s is not"
              .formatted(Printable.of(given().toString())));
    }
    return new Named(given(), Optional.empty());
  }

  private Named ofCase() throws ImageException {
    if (moved != null && isOneOfSeveral()) {
      throw new ParameterException(
          command.commandLine(), "--image goes with one folder, not with several");
    }
    AnalyzedImage analyzed = Folders.analyzed(given());
    fillIn(analyzed);
    Path image = moved == null ? Folders.image(analyzed, NAME_IT) : moved;
    return new Named(image, Optional.of(analyzed));
  }
}
