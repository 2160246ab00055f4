package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ImageFormat} has to do with bad input: deliver what can be read or throw an
 * {@link ImageException}, soon, and nothing else. A format is tested by a subclass.
 */
public abstract class ImageFormatContractTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final int AROUND = 4096;

  /** At how many ranges from either end of their list is read. */
  private static final int READ_AT = 16;

  /** The format under test. */
  protected abstract ImageFormat format();

  /** A small sound file of the format. */
  protected abstract byte[] sample();

  /** How many bytes of the sample are headers; each of their bits is flipped. */
  protected abstract int headerLength();

  /** Where the headers begin that are damaged; before them stands what is not looked at. */
  protected int headerStart() {
    return 0;
  }

  @Test
  void theSampleIsRecognisedAndOpened() throws ImageException {
    ImageFile file = file(sample());
    assertThat(format().probe(file).isReadable()).isTrue();
    try (MemoryImage image = format().open(file, OpenOptions.defaults())) {
      assertThat(image.format()).isEqualTo(format().name());
      assertThat(image.memory().presentBytes()).isPositive();
      touch(image);
    }
  }

  @Test
  void theSampleIsTheSameByRanges() throws ImageException {
    byte[] sample = sample();
    assertThat(checkByRanges(sample)).isPositive();
    // What the file claims and does not hold is as missing by ranges as it is in a mapped file.
    Random random = new Random(3);
    for (int round = 0; round < 50; round++) {
      checkByRanges(
          Arrays.copyOf(sample, headerStart() + 1 + random.nextInt(sample.length - headerStart())));
    }
  }

  /** Checks, and answers how many bytes were read. */
  private long checkByRanges(byte[] bytes) throws ImageException {
    MeasuredEvidence evidence = new MeasuredEvidence(new BytesEvidence("test", "", bytes));
    ImageFile ranged = ImageFile.of(evidence);
    assertThat(ranged.length()).isEqualTo(bytes.length);
    assertThat(format().probe(ranged)).isEqualTo(format().probe(file(bytes)));
    assertThat(opened(ranged)).isEqualTo(opened(file(bytes)));
    return evidence.bytesRead();
  }

  /** What an image shows, or why it is none. */
  private List<Object> opened(ImageFile file) {
    try (MemoryImage image = format().open(file, OpenOptions.defaults())) {
      PhysicalMemory memory = image.memory();
      List<Object> shown = new ArrayList<>();
      shown.add(image.cpus().stream().map(cpu -> cpu.registers().values()).toList());
      shown.addAll(image.warnings());
      shown.addAll(image.runs());
      for (AddressRange range : some(memory.ranges())) {
        shown.add(range);
        int length = (int) Math.min(range.length(), 3 * AROUND);
        byte[] content = memory.readBytes(range.start(), length);
        shown.add(Arrays.hashCode(content));
        for (long at = range.end() - Math.min(range.length(), AROUND); at < range.end(); at += 5) {
          shown.add(memory.getLong(at, -1));
          shown.add(memory.getInt(at, -1));
          shown.add(memory.getByte(at));
          shown.add(memory.locate(at));
        }
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment view = memory.sequentialView(range.start(), arena.allocate(AROUND));
          shown.add(Arrays.hashCode(view.toArray(ValueLayout.JAVA_BYTE)));
        }
      }
      return shown;
    } catch (ImageException e) {
      return List.of(e.getMessage());
    }
  }

  @Test
  void truncationAnywhereIsSurvived() {
    byte[] sample = sample();
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          int step = 1;
          for (int length = 1; length < sample.length; length += step) {
            // Every length within the headers, then a sample of the rest.
            int intoHeaders = length - headerStart();
            step = intoHeaders >= 0 && intoHeaders < headerLength() + 64 ? 1 : 97;
            survives(Arrays.copyOf(sample, length));
          }
        });
  }

  @Test
  void everyFlippedBitOfTheHeadersIsSurvived() {
    byte[] sample = sample();
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          for (int bit = 0; bit < headerLength() * 8; bit++) {
            byte[] flipped = sample.clone();
            flipped[headerStart() + bit / 8] ^= (byte) (1 << (bit % 8));
            survives(flipped);
          }
        });
  }

  @Test
  void extremeValuesAtEveryPlaceOfTheHeadersAreSurvived() {
    byte[] sample = sample();
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          for (byte fill : new byte[] {0, -1, 0x7f, (byte) 0x80}) {
            for (int width : new int[] {1, 2, 4, 8, 16}) {
              for (int at = 0; at + width <= headerLength(); at++) {
                byte[] changed = sample.clone();
                Arrays.fill(changed, headerStart() + at, headerStart() + at + width, fill);
                survives(changed);
              }
            }
          }
        });
  }

  @Test
  void randomBytesBehindTheFirstOnesAreSurvived() {
    byte[] sample = sample();
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          Random random = new Random(7);
          for (int round = 0; round < 2000; round++) {
            byte[] noise = sample.clone();
            int from = headerStart() + random.nextInt(headerLength());
            byte[] bytes = new byte[noise.length - from];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, noise, from, bytes.length);
            survives(noise);
          }
        });
  }

  /** A file of these bytes. */
  protected static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }

  /** Probes and opens these bytes, and reads what comes out. */
  final void survives(byte[] bytes) {
    ImageFile file = file(bytes);
    Probe probe = format().probe(file);
    check(!probe.reason().isBlank(), probe);
    try (MemoryImage image = format().open(file, OpenOptions.defaults())) {
      check(image.memory().presentBytes() > 0, image);
      touch(image);
    } catch (ImageException e) {
      check(e.getMessage().startsWith("test: "), e);
      check(!e.getMessage().contains("\n"), e);
    }
  }

  /**
   * Looks at every run and range, and reads at the borders of some of them; what is damaged within
   * may be missing.
   */
  static void touch(MemoryImage image) {
    PhysicalMemory memory = image.memory();
    List<AddressRange> ranges = memory.ranges();
    long end = 0;
    for (AddressRange range : ranges) {
      check(range.length() > 0, range);
      check(range.start() >= end, range);
      end = range.end();
    }
    for (AddressRange range : some(ranges)) {
      check(memory.getByte(range.start()) <= 0xff, range);
      check(memory.getByte(range.end() - 1) <= 0xff, range);
    }
    check(!memory.isPresent(end), end);
    for (MemoryRun run : image.runs()) {
      check(image.file().holds(run.fileOffset(), run.length()), run);
    }
    for (MemoryRun run : some(image.runs())) {
      check(memory.locate(run.start()) == run.fileOffset(), run);
      check(memory.getByte(run.end() - 1) >= 0, run);
    }
  }

  private static <T> List<T> some(List<T> all) {
    return all.size() <= 2 * READ_AT
        ? all
        : Stream.concat(
                all.subList(0, READ_AT).stream(),
                all.subList(all.size() - READ_AT, all.size()).stream())
            .toList();
  }

  /** Cheaper than an assertion of AssertJ: a fuzzer comes here a billion times. */
  private static void check(boolean holds, Object where) {
    if (!holds) {
      throw new AssertionError(where);
    }
  }
}
