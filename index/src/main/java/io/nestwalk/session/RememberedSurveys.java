package io.nestwalk.session;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.UserCache;
import io.nestwalk.index.Fingerprint;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.survey.SurveyFiles;
import io.nestwalk.survey.SurveyStore;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;

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
    String version = String.valueOf(SurveyFiles.class.getPackage().getImplementationVersion());
    // Its own resource: a class out of the JVM's cache knows where it came from when that was made.
    URL own = SurveyFiles.class.getResource("SurveyFiles.class");
    if (own == null) {
      return version;
    }
    String place = own.toString().replaceFirst("^jar:(file:.*)!.*$", "$1");
    // As a URI: a URL's path has letters beyond ASCII and blanks in codes.
    return place.startsWith("file:")
        ? version + " " + Files.getLastModifiedTime(Path.of(URI.create(place)))
        : version;
  }
}
