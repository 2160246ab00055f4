package io.nestwalk.cli;

import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Fingerprint;
import io.nestwalk.system.GuestSystems;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.util.Calendar;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceConfigurationError;
import java.util.TimeZone;

/**
 * Has the JVM link what a question needs and what no cache of it holds, on a thread of its own
 * while the command line is read. For an image: the code by which memory is read and lists are
 * sorted, and the checksums that tell images apart; for a search: what opens an index; and what
 * JSON is read and written with. What does not come this far in time is linked where it is needed,
 * as ever.
 */
final class EarlyLinking {

  /** Has a component of each kind by which lists are sorted. */
  private record Any(Object object, boolean flag, int count, long number) {}

  /** Has a field of a kind that objects of commands are put into. */
  private static final class Place {
    private Object object = "";
  }

  private EarlyLinking() {}

  /** Begins, and returns at once. */
  static void begin(String... args) {
    Thread.ofPlatform().daemon().name("early linking").start(() -> link(List.of(args)));
  }

  private static void link(List<String> args) {
    linkFields();
    boolean isSearch = !args.isEmpty() && args.getFirst().equals(Commands.SEARCH);
    if (isSearch) {
      AnalysisFolder.link();
    } else {
      linkProviders();
      linkImages();
      linkNumbers();
    }
    if (isSearch || args.stream().anyMatch(arg -> arg.contains("json"))) {
      linkJson();
    }
  }

  /** What a command is made of is put into its fields by reflection. */
  private static void linkFields() {
    Place place = new Place();
    try {
      Place.class.getDeclaredField("object").set(place, List.of());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(place.object.toString(), e);
    }
  }

  /** What reads images and recognises systems is looked for in jars. */
  private static void linkProviders() {
    try {
      MemoryImages.prepare();
      GuestSystems.installed();
    } catch (ServiceConfigurationError | RuntimeException e) {
      // A jar of NESTWALK_PLUGINS that does not fit: who needs its providers says so.
    }
  }

  /** A number in a text has the digits of a locale, which is looked up. */
  private static void linkNumbers() {
    if ("%d %x".formatted(1, 1L).isEmpty()) {
      throw new IllegalStateException("a number without digits");
    }
  }

  /** Jackson's dates have a calendar, whose locales are looked up; its numbers have large ones. */
  private static void linkJson() {
    if (Calendar.getInstance(TimeZone.getTimeZone("UTC"), Locale.US).isSet(Calendar.ERA)
        && BigDecimal.ONE.signum() == 0) {
      throw new IllegalStateException("one that is nothing");
    }
  }

  private static void linkImages() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
    long read =
        bytes.get(ValueLayout.JAVA_BYTE, 0) + bytes.get(Memory.INT, 0) + bytes.get(Memory.LONG, 0);
    MemorySegment.copy(bytes, Memory.LONG, 0, new long[1], 0, 1);
    Any any = new Any(Progress.NONE, false, 0, read);
    int order =
        Comparator.comparingLong(Any::number)
            .thenComparing(Comparator.comparingInt(Any::count))
            .thenComparing(Comparator.comparing(Any::flag))
            .compare(any, any);
    if (order != 0 || new Fingerprint().hex().isEmpty()) {
      throw new IllegalStateException(any.object() + " differs from itself");
    }
  }
}
