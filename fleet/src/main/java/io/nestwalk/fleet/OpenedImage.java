package io.nestwalk.fleet;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.MeasuredEvidence;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.session.Case;
import io.nestwalk.session.CaseOptions;
import io.nestwalk.survey.SurveyStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;

/**
 * An image of the fleet, opened: a local file as a file, any other by ranges.
 *
 * @param <T> as what it is open: its memory alone, or a case
 */
final class OpenedImage<T extends AutoCloseable> implements AutoCloseable {

  /** The scheme of files of this machine. */
  private static final String LOCAL = "file:";

  private final T opened;
  private final HadoopEvidence evidence;
  private final MeasuredEvidence measured;

  private OpenedImage(T opened, HadoopEvidence evidence, MeasuredEvidence measured) {
    this.opened = opened;
    this.evidence = evidence;
    this.measured = measured;
  }

  /** Opens what lies somewhere. */
  private interface Opening<S, T> {
    T of(S source) throws ImageException;
  }

  /**
   * Opens an image as a case.
   *
   * @param surveys what is known of where things lie in it
   * @throws ImageException when its format isn't supported, or it is a local file that can't be
   *     read
   * @throws IOException when it can't be read now
   */
  static OpenedImage<Case> asCase(ImageFile image, SurveyStore surveys, Configuration configuration)
      throws IOException, ImageException {
    CaseOptions options = CaseOptions.defaults().knowing(surveys);
    return open(
        image,
        configuration,
        path -> Case.open(path, options),
        evidence -> Case.open(evidence, options));
  }

  /**
   * Opens an image's memory as its file has it, without a look at what is in it.
   *
   * @throws ImageException when its format isn't supported, or it is a local file that can't be
   *     read
   * @throws IOException when it can't be read now
   */
  static OpenedImage<MemoryImage> asMemory(ImageFile image, Configuration configuration)
      throws IOException, ImageException {
    OpenOptions options = OpenOptions.defaults();
    return open(
        image,
        configuration,
        path -> MemoryImages.open(path, options),
        evidence -> MemoryImages.open(evidence, options));
  }

  private static <T extends AutoCloseable> OpenedImage<T> open(
      ImageFile image,
      Configuration configuration,
      Opening<Path, T> local,
      Opening<MeasuredEvidence, T> remote)
      throws IOException, ImageException {
    if (image.uri().startsWith(LOCAL)) {
      Path path = Path.of(image.uri().substring(LOCAL.length()));
      return new OpenedImage<>(local.of(path), null, null);
    }
    HadoopEvidence evidence = HadoopEvidence.open(image, configuration);
    try {
      MeasuredEvidence measured = new MeasuredEvidence(evidence);
      return new OpenedImage<>(remote.of(measured), evidence, measured);
    } catch (ImageException | RuntimeException | Error e) {
      evidence.close();
      throw e;
    }
  }

  /** What was opened. */
  T get() {
    return opened;
  }

  /** How many bytes were fetched so far; empty for a local file. */
  OptionalLong bytesRead() {
    return measured == null ? OptionalLong.empty() : OptionalLong.of(measured.bytesRead());
  }

  @Override
  public void close() throws IOException {
    try {
      opened.close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    } finally {
      if (evidence != null) {
        evidence.close();
      }
    }
  }
}
