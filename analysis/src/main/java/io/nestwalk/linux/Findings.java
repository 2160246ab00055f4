package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.btf.BtfHeader;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.survey.MemoryNotes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What the constants of a kernel's image hold: its banner, its types, its symbols' tokens. */
final class Findings {

  private static final String BANNER = "Linux version ";
  private static final int BANNER_START = 'L' | 'i' << 8 | 'n' << 16 | 'u' << 24;
  private static final int BANNER_LIMIT = 1024;
  private static final int CANDIDATES = 64;

  /** Kinds of what is found: banners, types, digits. */
  private static final int KINDS = 3;

  /** Numbers before the places: how many there are of each kind, and a checksum. */
  private static final int HEADER = KINDS + 1;

  private static final Pattern BUILD_NUMBER = Pattern.compile(" #[0-9]");

  // '1' 0 '2' 0 and so on as they appear in aligned words, at the four possible offsets.
  private static final int DIGITS_0 = '0' | '1' << 16;
  private static final int DIGITS_1 = '1' | '2' << 16;
  private static final int DIGITS_2 = '1' << 8 | '2' << 24;
  private static final int DIGITS_3 = '2' << 8 | '3' << 24;

  private final Map<Long, String> banners = new LinkedHashMap<>();
  private final List<BtfHeader> types = new ArrayList<>();
  private final List<Long> digits = new ArrayList<>();

  /**
   * What the image's constants hold: what is remembered of them, if it is all there still, else
   * what a look through them finds, which is then remembered.
   *
   * @param kernel names it among the kernels of the memory that the notes are of
   */
  static Findings in(Memory memory, KernelImage image, MemoryNotes notes, String kernel) {
    String what = "constants of " + kernel;
    Optional<Findings> known = notes.recall(what).flatMap(each -> again(memory, image, each));
    if (known.isPresent()) {
      return known.get();
    }
    Findings findings = new Findings();
    long checksum =
        scan(
            memory,
            image,
            () -> !findings.banners.isEmpty(),
            (address, words, count) -> {
              findings.look(memory, address, words, count);
              return true;
            });
    notes.keep(what, findings.numbers(findings.isComplete() ? 0 : checksum));
    return findings;
  }

  /** Whether there is something of each kind; where not, it may be found another time. */
  private boolean isComplete() {
    return !banners.isEmpty() && !types.isEmpty() && !digits.isEmpty();
  }

  /**
   * How many there are of each kind, and where.
   *
   * @param checksum of what was looked through, where a kind was not found: as long as that stays
   *     the same it is not there
   */
  private long[] numbers(long checksum) {
    return LongStream.concat(
            LongStream.of(banners.size(), types.size(), digits.size(), checksum),
            Stream.of(
                    banners.keySet().stream(),
                    types.stream().map(BtfHeader::address),
                    digits.stream())
                .flatMap(Function.identity())
                .mapToLong(Long::longValue))
        .toArray();
  }

  /** What stands at places that are remembered; empty when it is not what stood there. */
  private static Optional<Findings> again(Memory memory, KernelImage image, long[] numbers) {
    if (numbers.length < HEADER
        || LongStream.of(numbers).limit(KINDS).sum() != numbers.length - HEADER) {
      return Optional.empty();
    }
    Findings findings = new Findings();
    for (int i = HEADER; i < numbers.length; i++) {
      long address = numbers[i];
      int place = i - HEADER;
      if (place < numbers[0]) {
        findings.readBanner(memory, address).ifPresent(text -> findings.banners.put(address, text));
      } else if (place < numbers[0] + numbers[1]) {
        BtfHeader.at(memory, address).ifPresent(findings.types::add);
      } else if (areDigits(memory, address)) {
        findings.digits.add(address);
      }
    }
    long checksum = numbers[KINDS];
    if (!Arrays.equals(findings.numbers(checksum), numbers)) {
      return Optional.empty();
    }
    boolean isAll =
        findings.isComplete()
            || scan(memory, image, () -> !findings.banners.isEmpty(), (_, _, _) -> true)
                == checksum;
    return isAll ? Optional.of(findings) : Optional.empty();
  }

  /**
   * Shows the image's constants, and all of it if they are not told apart.
   *
   * @param hasBanner whether the banner is known: types and symbols are its neighbours
   * @return the checksum of what was shown
   */
  private static long scan(
      Memory memory, KernelImage image, BooleanSupplier hasBanner, ImageScan.Visitor visitor) {
    ImageScan scan = new ImageScan();
    boolean constants = true;
    for (KernelImage.Run run : image.constantsFirst()) {
      boolean nowConstants = !run.isWritable() && !run.isExecutable();
      if (constants && !nowConstants && hasBanner.getAsBoolean()) {
        // What is not there now is nowhere.
        break;
      }
      constants = nowConstants;
      scan.over(memory, run.start(), run.end(), visitor);
    }
    return scan.checksum();
  }

  private void look(Memory memory, long address, int[] words, int count) {
    for (int i = 0; i < count; i++) {
      int word = words[i];
      switch (word) {
        case BtfHeader.START -> {
          if (types.size() < CANDIDATES) {
            BtfHeader.at(memory, address + 4L * i).ifPresent(types::add);
          }
        }
        case BANNER_START -> {
          long start = address + 4L * i;
          readBanner(memory, start).ifPresent(text -> banners.put(start, text));
        }
        case DIGITS_0, DIGITS_1, DIGITS_2, DIGITS_3 -> digitsAround(memory, address + 4L * i);
        default -> {
          // Nothing that is looked for.
        }
      }
    }
  }

  private Optional<String> readBanner(Memory memory, long address) {
    if (banners.size() >= CANDIDATES) {
      return Optional.empty();
    }
    byte[] bytes = memory.readBytes(address, BANNER_LIMIT);
    int end = 0;
    while (end < bytes.length && bytes[end] >= ' ' && bytes[end] < 0x7f) {
      end++;
    }
    String text = new String(bytes, 0, end, StandardCharsets.US_ASCII);
    // Formats that print the banner begin alike, but go on with a per cent sign.
    return text.startsWith(BANNER)
            && text.length() > BANNER.length() + 2
            && Character.isDigit(text.charAt(BANNER.length()))
        ? Optional.of(text)
        : Optional.empty();
  }

  /** The digit '0' stands at most six bytes before the word that gave it away. */
  private void digitsAround(Memory memory, long address) {
    for (long start = address - 6; start <= address && digits.size() < CANDIDATES; start++) {
      if (!digits.contains(start) && areDigits(memory, start)) {
        digits.add(start);
      }
    }
  }

  private static boolean areDigits(Memory memory, long start) {
    boolean all = memory.getByte(start - 1) == 0;
    for (int i = 0; i < 10 && all; i++) {
      all = memory.getShort(start + 2L * i) == '0' + i;
    }
    return all;
  }

  /**
   * The kernel's line about itself. The build's number stands in the true one; kernels hold another
   * without, which was made before that number was known.
   */
  Optional<String> banner() {
    return banners.values().stream()
        .filter(text -> BUILD_NUMBER.matcher(text).find())
        .findFirst()
        .or(() -> banners.values().stream().findFirst());
  }

  /** The banner that was found at {@code address}. */
  Optional<String> bannerAt(long address) {
    return Optional.ofNullable(banners.get(address));
  }

  /** Where this banner was found. */
  List<Long> placesOf(String banner) {
    return banners.entrySet().stream()
        .filter(entry -> entry.getValue().equals(banner))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Where types may stand; the kernel's own are the largest. */
  List<BtfHeader> types() {
    return types;
  }

  /** Where the digits of the symbols' tokens may stand. */
  List<Long> digits() {
    return digits;
  }
}
