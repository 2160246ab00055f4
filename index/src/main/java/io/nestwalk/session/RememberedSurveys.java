package io.nestwalk.session;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.UserCache;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.survey.SurveyFiles;
import io.nestwalk.survey.SurveyStore;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;

/** The surveys that the user's cache folder remembers of an image. */
final class RememberedSurveys {

  private static final int DIGITS = 40;

  /** Where memory stands whose place in the file is not told. */
  private static final long NOWHERE = -1;

  private RememberedSurveys() {}

  /**
   * The surveys of an image as it was opened. Where it lies plays no part, so that a copy or a
   * renamed one is known again; what is in it, how its memory is laid out and which build of the
   * program looks do.
   */
  static SurveyStore of(ImageIdentity identity, MemoryImage image) throws IOException {
    MessageDigest digest = sha256();
    for (String part :
        new String[] {
          Long.toString(identity.bytes()),
          identity.modified(),
          identity.sample(),
          image.format(),
          image.architecture().toString(),
          build()
        }) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    for (AddressRange range : image.memory().ranges()) {
      update(digest, range.start(), range.length(), NOWHERE);
    }
    for (MemoryRun run : image.runs()) {
      update(digest, run.start(), run.length(), run.fileOffset());
    }
    String key = HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
    return new SurveyFiles(UserCache.folder("surveys"), Clock.systemUTC()).of(key);
  }

  private static void update(MessageDigest digest, long start, long length, long place) {
    digest.update(
        ByteBuffer.allocate(3 * Long.BYTES).putLong(start).putLong(length).putLong(place).flip());
  }

  /** Which build this is: detectors may change from one to the next. */
  private static String build() throws IOException {
    String version = String.valueOf(SurveyFiles.class.getPackage().getImplementationVersion());
    // The class's own resource: a class out of the JVM's cache need not know where it came from.
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

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
