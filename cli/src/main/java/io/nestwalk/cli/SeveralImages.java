package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.AnalyzedImage;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;

/** Images of which a command works on one after the other; see {@link ManyImages}. */
abstract class SeveralImages extends ImageOptions implements Several {

  @Mixin private SeveralOptions how;

  private Path only;

  /** The only one, or the one that is worked on now. */
  @Override
  final Path given() {
    return only == null ? named().getFirst() : only;
  }

  @Override
  public final SeveralOptions how() {
    return how;
  }

  @Override
  public final void take(Path image) {
    only = image;
  }

  @Override
  final boolean isOneOfSeveral() {
    return only != null;
  }

  @Override
  public final List<Path> all() {
    return how.all(named(), SeveralOptions::isImage);
  }

  @Override
  public final String identity(Path image) throws ImageException {
    if (!AnalysisFolder.isCase(image)) {
      return Folders.identity(image, this).toString();
    }
    AnalyzedImage analyzed = Folders.analyzed(image);
    OpeningOptions asThen = new OpeningOptions();
    asThen.fillIn(analyzed);
    return Folders.identity(Folders.image(analyzed, "--image names it"), asThen)
        + analyzed.settings().toString();
  }
}
