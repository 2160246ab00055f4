package io.nestwalk.session;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ClassOrigin;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.UserCache;
import io.nestwalk.index.Fingerprint;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.survey.SurveyFiles;
import io.nestwalk.survey.SurveyStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** The surveys that the user's cache folder remembers of an image. */
final class RememberedSurveys {

  /** Where memory stands whose place in the file is not told. */
  private static final long NOWHERE = -1;

  private RememberedSurveys() {}

  /**
   * The surveys of an image as it was opened. Where it lies plays no part, so that a copy or a
   * renamed one is known again; what is in it, how its memory is laid out and which build of the
   * program looks do.
   */
  static SurveyStore of(ImageIdentity identity, MemoryImage image) throws IOException {
    Fingerprint opened = new Fingerprint();
    opened.add(identity.modified());
    opened.add(image.format());
    opened.add(image.architecture().toString());
    opened.add(build());
    for (AddressRange range : image.memory().ranges()) {
      add(opened, range.start(), range.length(), NOWHERE);
    }
    for (MemoryRun run : image.runs()) {
      add(opened, run.start(), run.length(), run.fileOffset());
    }
    String key = Long.toHexString(identity.bytes()) + "-" + identity.sample() + "-" + opened.hex();
    return new SurveyFiles(UserCache.folder("surveys"), Clock.systemUTC()).of(key);
  }

  private static void add(Fingerprint fingerprint, long start, long length, long place) {
    fingerprint.add(
        ByteBuffer.allocate(3 * Long.BYTES).putLong(start).putLong(length).putLong(place).flip());
  }

  /** Which build this is: detectors may change from one to the next. */
  private static String build() throws IOException {
    Class<?> own = SurveyFiles.class;
    String version = String.valueOf(own.getPackage().getImplementationVersion());
    Optional<Path> origin = ClassOrigin.of(own);
    if (origin.isEmpty()) {
      return version;
    }
    Path written =
        Files.isDirectory(origin.get())
            ? origin.get().resolve(own.getName().replace('.', '/') + ".class")
            : origin.get();
    return version + " " + Files.getLastModifiedTime(written);
  }
}
