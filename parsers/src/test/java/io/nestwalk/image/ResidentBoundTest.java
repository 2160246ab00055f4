package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.ResidentBound.Resident;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The bound of resident memory, over files and a system that make of each read what is told. */
@DisabledOnOs(OS.WINDOWS) // There the files would not be sparse.
class ResidentBoundTest {

  private static final long PIECE = 1L << ResidentBound.PIECE_SHIFT;

  /** Together four times what may be resident. */
  private static final int FILES = 2;

  private static final int PIECES = (int) (2 * ResidentBound.OF_FILES / PIECE);
  private static final int READS = 4_000;

  @TempDir private Path folder;

  private final Arena arena = Arena.ofShared();
  private final List<Tracked> files = new ArrayList<>();

  /** What is resident beside the pieces of the files. */
  private long beside;

  /** What is resident that is no file's: so much that files have their least. */
  private long others = ResidentBound.TOTAL;

  /** What a read of a piece makes resident. */
  private long ofPiece = PIECE;

  private boolean tells = true;
  private int asked;
  private int givenBack;
  private final ResidentBound bound = new ResidentBound(this::resident);

  /** A file and which pieces of it are resident. */
  private final class Tracked {

    final MappedBytes bytes;
    final BitSet resident = new BitSet();

    Tracked(MemorySegment mapped) {
      bytes = MappedBytes.of(mapped, bound, this::giveBack);
    }

    private void giveBack() {
      givenBack++;
      resident.clear();
    }
  }

  private Resident resident() {
    asked++;
    return tells ? new Resident(mapped() + beside, others) : Resident.UNKNOWN;
  }

  private long mapped() {
    return files.stream().mapToLong(file -> file.resident.cardinality() * ofPiece).sum();
  }

  private Tracked open() throws IOException {
    Path path = folder.resolve("file" + files.size());
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(PIECES * PIECE);
      long size = file.length();
      Tracked opened =
          new Tracked(file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
      files.add(opened);
      return opened;
    }
  }

  @AfterEach
  void unmap() {
    files.forEach(file -> file.bytes.release());
    arena.close();
  }

  /** Reads all over the files; the most that was resident of them at any time. */
  private long readAllOver() throws IOException {
    while (files.size() < FILES) {
      open();
    }
    Random random = new Random(1);
    long most = 0;
    for (int i = 0; i < READS; i++) {
      Tracked file = files.get(random.nextInt(FILES));
      int piece = random.nextInt(PIECES);
      file.bytes.reading(piece * PIECE, 1);
      file.resident.set(piece);
      most = Math.max(most, mapped());
    }
    return most;
  }

  @Test
  void whateverIsReadOfManyFilesNoMoreIsResident() throws IOException {
    assertThat(readAllOver()).isLessThanOrEqualTo(ResidentBound.OF_FILES);
    assertThat(givenBack).isPositive();
  }

  /** What is taken from nobody need not be given back. */
  @Test
  void whereLittleElseIsResidentFilesMayHaveMore() throws IOException {
    others = 200L << 20;
    assertThat(readAllOver())
        .isGreaterThan(ResidentBound.OF_FILES)
        .isLessThanOrEqualTo(ResidentBound.TOTAL - others);
    assertThat(givenBack).isPositive();
  }

  /** The program's own files count, but its reads go on, and the system is not asked for each. */
  @Test
  void whatIsResidentBesideLeavesRoomForSome() throws IOException {
    beside = 100L << 20;
    assertThat(readAllOver()).isLessThanOrEqualTo(ResidentBound.OF_FILES - beside);
    beside = 2 * ResidentBound.OF_FILES;
    asked = 0;
    assertThat(readAllOver()).isLessThanOrEqualTo(ResidentBound.OF_FILES);
    assertThat(asked).isLessThanOrEqualTo((int) (2 * READS * PIECE / ResidentBound.LEAST) + 2);
  }

  /** Of a file that came in small pieces all may stay. */
  @Test
  void whatIsSmallStays() throws IOException {
    ofPiece = 4096;
    readAllOver();
    assertThat(asked).isPositive();
    assertThat(givenBack).isZero();
  }

  @Test
  void whereTheSystemDoesNotTellNothingIsGivenBack() throws IOException {
    tells = false;
    readAllOver();
    assertThat(asked).isEqualTo(1);
    assertThat(givenBack).isZero();
  }

  @Test
  void aFileThatIsClosedIsNotGivenBack() throws IOException {
    Tracked closed = open();
    closed.bytes.release();
    Tracked file = open();
    beside = ResidentBound.OF_FILES;
    closed.resident.set(0);
    for (int piece = 0; piece < PIECES; piece++) {
      file.bytes.reading(piece * PIECE, 1);
    }
    assertThat(givenBack).isPositive();
    assertThat(closed.resident.cardinality()).isEqualTo(1);
  }

  /** A way to read a byte or more at a place of a file, which is the same as an address here. */
  private interface Way {
    void read(long place) throws ImageException;
  }

  /** Every way to a mapped byte counts, a second time too once it was given back. */
  @Test
  void allReadsCount() throws IOException, ImageException {
    MappedBytes bytes = open().bytes;
    ImageFile file = ImageFile.over(bytes, Path.of("test"), "test", "");
    RunMemory runs = RunMemory.of(file, List.of(new MemoryRun(0, bytes.size(), 0)));
    PageIndex.Builder index = PageIndex.builder("test", 4096);
    for (int piece = 0; piece < PIECES; piece++) {
      index.addRaw(piece * PIECE, piece * PIECE);
    }
    BlockMemory blocks = new BlockMemory(file, index.build(), BlockDecoder.NONE);
    PiecedFile pieces = PiecedFile.from(file, 0);
    MemorySegment target = MemorySegment.ofArray(new byte[64]);
    MemorySegment two = MemorySegment.ofArray(new byte[2]);
    MemorySegment scratch = arena.allocate(64);
    long[] longs = new long[8];
    Map<String, Way> ways = new TreeMap<>();
    ways.put("memory long", place -> runs.getLong(place, 1));
    ways.put("memory int", place -> runs.getInt(place, 1));
    ways.put("memory byte", runs::getByte);
    ways.put("memory longs", place -> runs.getLongs(place, longs, 0, longs.length, 1));
    ways.put("memory copy", place -> runs.read(place, target));
    ways.put("memory view", place -> runs.view(place, 64));
    ways.put("memory stream", place -> runs.sequentialView(place, scratch));
    ways.put("file byte", file::byteAt);
    ways.put("file short", file::shortAt);
    ways.put("file int", file::intAt);
    ways.put("file long", file::longAt);
    ways.put("file slice", place -> file.slice(place, 64));
    ways.put("file copy", place -> file.copy(place, target));
    ways.put("file copy over two", place -> file.copy(Math.max(0, place - 1), two));
    ways.put("pieces", place -> pieces.slice(place, 64));
    ways.put("block long", place -> blocks.getLong(place, 1));
    ways.put("block that was kept", place -> blocks.getLong(place, 1));
    beside = ResidentBound.OF_FILES;
    int read = 2 * (int) (ResidentBound.LEAST / PIECE);
    for (Map.Entry<String, Way> way : ways.entrySet()) {
      givenBack = 0;
      for (int piece = 0; piece < read; piece++) {
        way.getValue().read(piece * PIECE);
      }
      assertThat(givenBack).as(way.getKey()).isBetween(1, 3);
    }
  }

  /** What goes over several pieces counts for each of them. */
  @Test
  void longReadsCountAllTheirPieces() throws IOException {
    MappedBytes bytes = open().bytes;
    beside = ResidentBound.OF_FILES;
    int expected = (int) (PIECES * PIECE / ResidentBound.LEAST) - 1;
    bytes.reading(1, bytes.size() - 1);
    assertThat(givenBack).isGreaterThanOrEqualTo(expected);
    givenBack = 0;
    for (long at = PIECE - 1; at < bytes.size() - 1; at += 2 * PIECE) {
      bytes.reading(at, 2);
    }
    assertThat(givenBack).isGreaterThanOrEqualTo(expected);
  }
}
