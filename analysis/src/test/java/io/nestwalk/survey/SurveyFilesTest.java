package io.nestwalk.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.Progress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of surveys, and that a record which lies invents nothing. */
class SurveyFilesTest {

  private static final int PAGES = 64;
  private static final byte MARK = 0x5a;

  @TempDir private Path folder;
  private SurveyFiles files;

  /** Finds pages that begin with the mark; counts the pages that it is shown. */
  private static final class Marks implements PageDetector<Long> {
    private int shown;

    @Override
    public String name() {
      return "marks";
    }

    @Override
    public Scan<Long> begin() {
      return new Scan<>() {
        private final List<Long> found = new ArrayList<>();

        @Override
        public void page(long address, MemorySegment bytes, long offset) {
          shown++;
          if (bytes.get(ValueLayout.JAVA_BYTE, offset) == MARK) {
            found.add(address);
          }
        }

        @Override
        public List<Long> found() {
          return found;
        }
      };
    }
  }

  @BeforeEach
  void setUp() {
    files = new SurveyFiles(folder.resolve("surveys"), Clock.systemUTC());
  }

  @Test
  void theSecondSurveyLooksAtWhatTheFirstOneFound() {
    MappedMemory memory = memory(3, 9, 41);
    assertThat(found(memory, "image", new Marks())).containsExactly(at(3), at(9), at(41));
    Marks again = new Marks();
    assertThat(found(memory, "image", again)).containsExactly(at(3), at(9), at(41));
    assertThat(again.shown).isEqualTo(3);
  }

  @Test
  void countsAreRemembered() {
    MappedMemory memory = memory(3);
    Survey first = survey(memory, "image", new Marks());
    Survey second = survey(memory, "image", new Marks());
    assertThat(second.pagesSeen()).isEqualTo(first.pagesSeen()).isEqualTo(PAGES);
    assertThat(second.pagesNotZero()).isEqualTo(first.pagesNotZero()).isEqualTo(PAGES);
  }

  @Test
  void anotherImageIsNotMixedUp() {
    assertThat(found(memory(3), "one", new Marks())).containsExactly(at(3));
    assertThat(found(memory(4), "two", new Marks())).containsExactly(at(4));
  }

  @Test
  void aRecordOfAnotherContentIsNotBelieved() {
    assertThat(found(memory(3, 9), "image", new Marks())).containsExactly(at(3), at(9));
    // The same identity, but page 9 does not hold what it held: all is looked at again.
    assertThat(found(memory(3, 12), "image", new Marks())).containsExactly(at(3), at(12));
  }

  @Test
  void memoryThatChangedInAPageThatWasFoundIsLookedAtAnew() {
    assertThat(found(memory(3, 9), "image", new Marks())).containsExactly(at(3), at(9));
    // As in a machine that runs on: what was found is there still, and there is more.
    byte[] later = bytes(3, 9, 41);
    later[(int) at(9) + 2] = 1;
    assertThat(found(memory(later), "image", new Marks())).containsExactly(at(3), at(9), at(41));
  }

  @Test
  void aRecordOfPagesThatAreNotThereIsNotBelieved() {
    files
        .of("image")
        .keep(new SurveyRecord(1, 1, Map.of("marks", new long[] {at(3), at(PAGES + 7)}), 0));
    assertThat(found(memory(3, 5), "image", new Marks())).containsExactly(at(3), at(5));
  }

  @Test
  void alteredAndCutFilesAreAsGoodAsNone() throws IOException {
    MappedMemory memory = memory(3, 9, 41);
    found(memory, "image", new Marks());
    byte[] whole = Files.readAllBytes(only());
    for (int i = 0; i < whole.length; i++) {
      byte[] altered = whole.clone();
      altered[i] ^= 0x10;
      Files.write(only(), altered);
      assertThat(files.of("image").recall(Set.of("marks"))).as("byte %d", i).isEmpty();
      byte[] cut = Arrays.copyOf(whole, i);
      Files.write(only(), cut);
      assertThat(files.of("image").recall(Set.of("marks"))).as("cut at %d", i).isEmpty();
    }
  }

  @Test
  void numbersAreKeptUnderTheirSubject() {
    long[] numbers = {0, 1, 127, 128, Long.MAX_VALUE, -1, Long.MIN_VALUE};
    files.of("image").keepNumbers("roots", numbers);
    assertThat(files.of("image").recallNumbers("roots")).hasValue(numbers);
    assertThat(files.of("image").recallNumbers("others")).isEmpty();
    assertThat(files.of("other").recallNumbers("roots")).isEmpty();
    assertThat(files.of("image").recall(Set.of("roots"))).isEmpty();
  }

  @Test
  void alteredAndCutNumbersAreAsGoodAsNone() throws IOException {
    files.of("image").keepNumbers("roots", 5, 600, -7);
    byte[] whole = Files.readAllBytes(only());
    for (int i = 0; i < whole.length; i++) {
      byte[] altered = whole.clone();
      altered[i] ^= 0x10;
      Files.write(only(), altered);
      assertThat(files.of("image").recallNumbers("roots")).as("byte %d", i).isEmpty();
      Files.write(only(), Arrays.copyOf(whole, i));
      assertThat(files.of("image").recallNumbers("roots")).as("cut at %d", i).isEmpty();
    }
  }

  @Test
  void aLinkInTheFolderIsNotFollowed() throws IOException {
    found(memory(3), "image", new Marks());
    Path elsewhere = folder.resolve("elsewhere");
    Files.move(only(), elsewhere);
    Files.createSymbolicLink(
        folder.resolve("surveys").resolve("image-" + kind() + ".survey"), elsewhere);
    assertThat(files.of("image").recall(Set.of("marks"))).isEmpty();
  }

  @Test
  void theFolderIsPrivate() throws IOException {
    found(memory(3), "image", new Marks());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(only())))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("surveys"))))
        .isEqualTo("rwx------");
  }

  @Test
  void theFolderDoesNotGrowWithoutEnd() throws IOException {
    for (int i = 0; i < 1030; i++) {
      files.of("image" + i).keep(new SurveyRecord(1, 1, Map.of("marks", new long[0]), 0));
    }
    try (Stream<Path> all = Files.list(folder.resolve("surveys"))) {
      assertThat(all.count()).isEqualTo(1024);
    }
  }

  private static String kind() {
    return "%08x".formatted(new TreeSet<>(Set.of("marks")).hashCode());
  }

  private Path only() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("surveys"))) {
      return all.findFirst().orElseThrow();
    }
  }

  private List<Long> found(MappedMemory memory, String identity, Marks detector) {
    return survey(memory, identity, detector).found(detector);
  }

  private Survey survey(MappedMemory memory, String identity, Marks detector) {
    return Survey.of(memory, List.of(detector), 2, Progress.NONE, files.of(identity));
  }

  private static long at(int page) {
    return (long) page * Survey.PAGE_SIZE;
  }

  private static MappedMemory memory(int... marked) {
    return memory(bytes(marked));
  }

  private static byte[] bytes(int... marked) {
    byte[] bytes = new byte[PAGES * Survey.PAGE_SIZE];
    for (int page = 0; page < PAGES; page++) {
      bytes[page * Survey.PAGE_SIZE + 1] = 1;
    }
    for (int page : marked) {
      bytes[page * Survey.PAGE_SIZE] = MARK;
    }
    return bytes;
  }

  private static MappedMemory memory(byte[] bytes) {
    return MappedMemory.of(
        MemorySegment.ofArray(bytes), List.of(new MemoryRun(0, bytes.length, 0)));
  }
}
