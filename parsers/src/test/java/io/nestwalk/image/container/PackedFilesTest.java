package io.nestwalk.image.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.Evidence;
import io.nestwalk.image.FileEvidence;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.Progress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedFilesTest {

  private static final int PAGE = 4096;

  private static final List<String> MADE_OF_MEMBERS =
      List.of("zst", "xz", "gz", "bz2", "lz4", "legacy-lz4", "zlib");

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** Some tests open files in several threads. */
  private final Queue<FileEvidence> opened = new ConcurrentLinkedQueue<>();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"zst", "xz", "gz", "bz2", "lz4", "legacy-lz4", "lzo", "zlib", "zip", "tar", "7z"})
  void everyPackingIsUndone(String kind) throws Exception {
    byte[] content = image(kind.equals("legacy-lz4") ? 20_000_000 : 300_000, 1);
    Path packed = store("memory." + kind, Packer.pack(kind, content));

    try (ImageFile file = open(packed)) {
      assertThat(bytes(file)).isEqualTo(content);
      assertThat(file.container()).isEqualTo(kind.replace("legacy-", ""));
      assertThat(file.warnings()).isEmpty();
      boolean archive = List.of("zip", "tar", "7z").contains(kind);
      assertThat(file.name()).isEqualTo(packed + (archive ? "!memory.bin" : ""));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zst", "xz", "gz", "bz2", "lz4", "lzo", "zlib", "zip", "tar"})
  void aCutFileYieldsWhatCameOutAlsoFromTheCache(String kind) throws Exception {
    byte[] content = image(3_000_000, 2);
    byte[] packed = Packer.pack(kind, content);
    Path cut = store("cut." + kind, Arrays.copyOf(packed, packed.length * 2 / 3));

    List<String> warnings;
    long length;
    try (ImageFile file = open(cut)) {
      length = file.length();
      assertThat(length).isBetween((long) PAGE, (long) content.length - 1);
      assertThat(bytes(file)).isEqualTo(Arrays.copyOf(content, (int) length));
      warnings = file.warnings();
      assertThat(warnings).isNotEmpty();
      assertThat(String.join("\n", warnings)).containsPattern("damaged or cut|are cut");
    }
    try (ImageFile again = open(cut, PackedFilesTest::unusable, OpenOptions.defaults())) {
      assertThat(again.length()).isEqualTo(length);
      assertThat(again.warnings()).isEqualTo(warnings);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zst", "xz", "gz", "bz2", "lz4", "zip", "tar", "7z"})
  void aFileCutAfterAFewBytesIsOneClearError(String kind) throws Exception {
    byte[] packed = Packer.pack(kind, image(3_000_000, 2));
    Path cut = store("cut." + kind, Arrays.copyOf(packed, kind.equals("tar") ? 600 : 40));
    assertThatThrownBy(() -> open(cut))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(cut + ": ")
        .hasMessageContaining("damaged or cut");
    assertThat(entries()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"zst", "xz", "gz", "bz2", "lz4", "legacy-lz4", "lzo", "zlib", "zip", "tar", "7z"})
  void damageAnywhereIsAnErrorOrAWarningButNeverACrash(String kind) throws Exception {
    byte[] packed = Packer.pack(kind, image(40_000, 3));
    Random random = new Random(5);
    for (int round = 0; round < 60; round++) {
      byte[] damaged = packed.clone();
      for (int i = 0; i < 1 + round % 4; i++) {
        int at = 8 + random.nextInt(damaged.length - 8);
        damaged[at] = (byte) random.nextInt();
      }
      Path file = store("damaged-" + round, damaged);
      try (ImageFile opened = open(file)) {
        assertThat(opened.length()).isPositive();
      } catch (ImageException e) {
        assertThat(e.getMessage()).startsWith(file + ": ").doesNotContain("\n");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "xz", "zip", "bz2"})
  void aWrongChecksumIsTold(String kind) throws Exception {
    byte[] content = image(20_000, 4);
    byte[] packed = Packer.pack(kind, content);
    int at =
        switch (kind) {
          case "gz" -> packed.length - 8;
          case "xz" -> packed.length - 32;
          case "zip" -> new String(packed, StandardCharsets.ISO_8859_1).indexOf("PK\1\2") + 16;
          default -> 10; // the block's own checksum
        };
    packed[at] ^= 0x55;
    Path file = store("bad." + kind, packed);
    try (ImageFile opened = open(file)) {
      assertThat(opened.warnings()).singleElement().asString().contains("damaged or cut");
      assertThat(bytes(opened)).isEqualTo(Arrays.copyOf(content, (int) opened.length()));
    }
  }

  @Test
  void zerosBehindAndBetweenMembersAreSkipped() throws Exception {
    for (String kind : MADE_OF_MEMBERS) {
      for (int zeros : new int[] {1, 4, 510, 4096, 70_001}) {
        byte[] a = image(9000, 1);
        byte[] b = image(9000, 2);
        byte[] padding = new byte[zeros];
        byte[] packed = concat(Packer.pack(kind, a), padding);
        byte[] twice = concat(packed, concat(Packer.pack(kind, b), padding));
        try (ImageFile opened = open(store("padded-" + zeros + "." + kind, twice))) {
          assertThat(bytes(opened)).as("%s, %d zeros", kind, zeros).isEqualTo(concat(a, b));
          assertThat(opened.warnings()).as("%s, %d zeros", kind, zeros).isEmpty();
        }
      }
    }
  }

  @Test
  void whatElseStandsBehindTheLastMemberIsTold() throws Exception {
    for (String kind : MADE_OF_MEMBERS) {
      byte[] content = image(9000, 1);
      byte[] behind = "\0\0\0\0another file".getBytes(StandardCharsets.US_ASCII);
      byte[] packed = concat(Packer.pack(kind, content), behind);
      try (ImageFile opened = open(store("more." + kind, packed))) {
        assertThat(bytes(opened)).as(kind).isEqualTo(content);
        assertThat(opened.warnings())
            .as(kind)
            .containsExactly("not read: 12 bytes behind the packed data, of no member");
      }
    }
  }

  @Test
  void framesWithNotesAreSkipped() throws Exception {
    byte[] note = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
    byte[] content = image(9000, 1);
    for (String kind : List.of("zst", "lz4")) {
      byte[] packed = Packer.pack(kind, content);
      byte[] noted = concat(packed, concat(note, concat(packed, note)));
      try (ImageFile opened = open(store("noted." + kind, noted))) {
        assertThat(bytes(opened)).as(kind).isEqualTo(concat(content, content));
        assertThat(opened.warnings()).as(kind).isEmpty();
      }
    }
    try (ImageFile opened = open(store("first.zst", concat(note, Packer.pack("zst", content))))) {
      assertThat(bytes(opened)).isEqualTo(content);
    }
  }

  @Test
  void bytesThatOnlyBeginLikeZlibAreNotUnpacked() throws Exception {
    byte[] content = image(9000, 1);
    content[0] = 0x78;
    content[1] = (byte) 0x9c;
    Path file = store("memory", content);
    assertThat(
            files(cache(Long.MAX_VALUE, NOW))
                .open(local(file), PackedFilesTest::judge, OpenOptions.defaults()))
        .isEmpty();
  }

  @Test
  void severalStreamsOneAfterTheOtherAreJoined() throws Exception {
    for (String kind : MADE_OF_MEMBERS) {
      byte[] a = image(9000, 1);
      byte[] b = image(9000, 2);
      Path file = store("two." + kind, concat(Packer.pack(kind, a), Packer.pack(kind, b)));
      try (ImageFile opened = open(file)) {
        assertThat(bytes(opened)).as(kind).isEqualTo(concat(a, b));
      }
    }
  }

  @Test
  void zstdWithALongWindowIsRead() throws Exception {
    byte[] content = image(5000, 1);
    try (ImageFile opened = open(store("long.zst", zstdWithWindow(27, content)))) {
      assertThat(bytes(opened)).isEqualTo(content);
    }
  }

  @Test
  void zstdWithATooLongWindowSaysWhatToDo() throws Exception {
    for (int log : new int[] {29, 31, 41}) {
      Path file = store("long.zst", zstdWithWindow(log, image(5000, 1)));
      assertThatThrownBy(() -> open(file))
          .isInstanceOf(ImageException.class)
          .hasMessageEndingWith(
              "zstd data with a window of more than 256 MiB; allow its decoder more memory,"
                  + " or unpack them with \"zstd -d --long=31\"");
    }
  }

  @Test
  void aDecoderMayBeAllowedMoreMemory() throws Exception {
    byte[] content = image(5000, 1);
    Path file = store("long.zst", zstdWithWindow(29, content));
    OpenOptions more = OpenOptions.defaults().withMaxDecoderBytes(512 << 20);
    try (ImageFile opened = open(file, PackedFilesTest::judge, more)) {
      assertThat(bytes(opened)).isEqualTo(content);
    }
  }

  @Test
  void xzThatNeedsTooMuchMemorySaysWhatToDo() throws Exception {
    Path file = store("m.xz", Packer.pack("xz", image(5000, 1)));
    OpenOptions less = OpenOptions.defaults().withMaxDecoderBytes(100 << 10);
    assertThatThrownBy(() -> open(file, PackedFilesTest::judge, less))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("KiB of memory would be needed")
        .hasMessageContaining("allow its decoder more memory");
  }

  /** One frame of one uncompressed block, whose header asks for a window of 2^log bytes. */
  private static byte[] zstdWithWindow(int log, byte[] content) throws IOException {
    int block = content.length << 3 | 1;
    byte[] header = {
      0x28,
      (byte) 0xb5,
      0x2f,
      (byte) 0xfd,
      0,
      (byte) ((log - 10) << 3),
      (byte) block,
      (byte) (block >> 8),
      (byte) (block >> 16)
    };
    return concat(header, content);
  }

  @Test
  void zstdBehindASkippableFrameIsRead() throws Exception {
    byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};
    byte[] content = image(10_000, 1);
    Path file = store("pzstd.zst", concat(skippable, Packer.pack("zst", content)));
    try (ImageFile opened = open(file)) {
      assertThat(bytes(opened)).isEqualTo(content);
    }
  }

  @Test
  void layersAreUndoneUpToThree() throws Exception {
    byte[] content = image(10_000, 1);
    byte[] tarGz = Packer.pack("gz", Packer.pack("tar", content));
    Path three = store("a.zip", Packer.zip(Map.of("b.tar.gz", tarGz)));
    try (ImageFile opened = open(three)) {
      assertThat(bytes(opened)).isEqualTo(content);
      assertThat(opened.container()).isEqualTo("tar.gz.zip");
      assertThat(opened.name()).isEqualTo(three + "!b.tar.gz!memory.bin");
    }
    Path four = store("c.zip", Packer.pack("zst", Packer.zip(Map.of("b.tar.gz", tarGz))));
    assertThatThrownBy(() -> open(four))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("packed more than 3 times over");
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip", "tar", "7z"})
  void theBestMemberIsTakenAndNamed(String kind) throws Exception {
    Map<String, byte[]> members = new LinkedHashMap<>();
    members.put("readme.txt", "NOTE: nothing".getBytes(StandardCharsets.US_ASCII));
    members.put("small.bin", image(5000, 1));
    members.put("dump.elf", dump(6000, 2));
    members.put("larger.bin", image(20_000, 3));
    members.put("larger.elf", dump(9000, 4));
    members.put("smaller.elf", dump(7000, 5));
    byte[] packed =
        switch (kind) {
          case "zip" -> Packer.zip(members);
          case "tar" -> Packer.tar(members);
          default -> Packer.sevenZip(members);
        };
    Path file = store("several." + kind, packed);
    try (ImageFile opened = open(file)) {
      assertThat(bytes(opened)).isEqualTo(members.get("larger.elf"));
      assertThat(opened.name()).isEqualTo(file + "!larger.elf");
      assertThat(opened.warnings())
          .containsExactly(
              "5 of 6 members could be the image; taken is larger.elf (begins with DUMP)");
    }
  }

  @Test
  void anArchiveWithoutAnImageSaysWhatIsInIt() throws Exception {
    byte[] note = "NOTE: nothing".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> open(store("one.zip", Packer.zip(Map.of("a.txt", note)))))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith("one.zip: holds a.txt: a note");
    assertThatThrownBy(
            () -> open(store("two.zip", Packer.zip(Map.of("a.txt", note, "b.txt", note)))))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("none of 2 members is a memory image")
        .hasMessageContaining("a.txt: a note");
    assertThatThrownBy(() -> open(store("note.gz", Packer.pack("gz", note))))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith("note.gz: holds a note");
    assertThatThrownBy(() -> open(store("none.zip", Packer.zip(Map.of("empty", new byte[0])))))
        .isInstanceOf(ImageException.class);
  }

  @Test
  void namesOfMembersCannotSteerATerminal() throws Exception {
    Path file = store("evil.tar", Packer.tar(Map.of("a\u001b[31m\n", image(5000, 1))));
    try (ImageFile opened = open(file)) {
      assertThat(opened.name()).isEqualTo(file + "!a?[31m?");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zst", "xz", "gz", "bz2", "zip", "tar", "7z"})
  void aBombIsStoppedAtTheLimit(String kind) throws Exception {
    Path bomb = store("bomb." + kind, Packer.pack(kind, new byte[8 << 20]));
    assertThatThrownBy(() -> open(bomb, PackedFilesTest::judge, limit(1 << 20)))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith("unpacks to more than the limit of 1048576 bytes");
    assertThat(entries()).as("nothing is left behind").isEmpty();
    assertThatThrownBy(() -> open(bomb, PackedFilesTest::judge, limit((8 << 20) - 1)))
        .isInstanceOf(ImageException.class);
    try (ImageFile opened = open(bomb, PackedFilesTest::judge, limit(8 << 20))) {
      assertThat(opened.length()).isEqualTo(8 << 20);
    }
    assertThatThrownBy(() -> open(bomb, PackedFilesTest::unusable, limit(1 << 20)))
        .as("the limit holds for what is in the cache, too")
        .isInstanceOf(ImageException.class);
  }

  @Test
  void aDictionaryThatWouldExhaustTheHeapIsRefused() throws Exception {
    byte[] packed = Packer.pack("xz", image(10_000, 1));
    // The block header follows the stream header of 12 bytes: size, flags, filter 0x21, 1 byte of
    // properties: the dictionary's size, here 1 GiB. A CRC-32 ends it.
    int headerSize = (packed[12] + 1) * 4;
    assertThat(packed[14]).isEqualTo((byte) 0x21);
    packed[16] = 36;
    CRC32 crc = new CRC32();
    crc.update(packed, 12, headerSize - 4);
    for (int i = 0; i < 4; i++) {
      packed[12 + headerSize - 4 + i] = (byte) (crc.getValue() >> (8 * i));
    }
    assertThatThrownBy(() -> open(store("large.xz", packed)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("KiB of memory would be needed");
  }

  @Test
  void aNameOfGibibytesIsAnErrorAndNotTheEnd() throws Exception {
    // A GNU long name (type L) of 3 GiB: the library reads names into memory.
    byte[] header = Arrays.copyOf(Packer.tar(Map.of("././@LongLink", new byte[0])), 512);
    header[156] = 'L';
    byte[] size = "30000000000 ".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(size, 0, header, 124, size.length);
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    byte[] checksum = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(checksum, 0, header, 148, checksum.length);
    Path file = folder.resolve("name.tar");
    Files.write(file, header);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(4L << 30);
    }
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a member's header of more than 16777216 bytes");
  }

  @Test
  void aClaimOfTooMuchIsRefusedBeforeTheWork() throws Exception {
    // A zstd frame of one segment whose header claims 2^62 bytes.
    byte[] claim = {
      0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0
    };
    Path file = store("claim.zst", claim);
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("unpacks to more than the limit");
    assertThatThrownBy(() -> open(file, PackedFilesTest::judge, limit(Long.MAX_VALUE)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("too little free space");
  }

  @Test
  void aBombThatIsOnlySkippedIsStoppedToo() throws Exception {
    byte[] note = Arrays.copyOf("NOTE".getBytes(StandardCharsets.US_ASCII), 8 << 20);
    Path bomb = store("bomb.tar.gz", Packer.pack("gz", Packer.tar(Map.of("a.txt", note))));
    assertThatThrownBy(() -> open(bomb, PackedFilesTest::judge, limit(1 << 20)))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith("unpacks to more than the limit of 1048576 bytes");
  }

  @Test
  void zerosTakeNoPlaceAndAreReadBack() throws Exception {
    byte[] content = new byte[(12 << 20) + 100];
    content[5 << 20] = 1;
    content[(5 << 20) + PAGE - 1] = 2;
    Path file = store("zeros.gz", Packer.pack("gz", content));
    try (ImageFile opened = open(file)) {
      assertThat(bytes(opened)).isEqualTo(content);
      UnpackedCache cache = cache(Long.MAX_VALUE, NOW);
      Unpacked entry =
          cache
              .find(opened.path().orElseThrow().getParent().getFileName().toString())
              .orElseThrow();
      assertThat(entry.allocated()).isEqualTo(PAGE + 1);
      assertThat(entry.length()).isEqualTo(content.length);
    }
  }

  @Test
  void theSecondTimeNothingIsUnpacked() throws Exception {
    Path file = store("once.gz", Packer.pack("gz", image(10_000, 1)));
    AtomicInteger judged = new AtomicInteger();
    Function<ImageFile, Probe> counting =
        member -> {
          judged.incrementAndGet();
          return judge(member);
        };
    open(file, counting, OpenOptions.defaults()).close();
    open(file, counting, OpenOptions.defaults()).close();
    assertThat(judged).hasValue(1);
    assertThat(entries()).hasSize(1);
  }

  @Test
  void aChangedFileIsUnpackedAgain() throws Exception {
    Path file = store("changing.gz", Packer.pack("gz", image(10_000, 1)));
    open(file).close();
    byte[] other = image(10_000, 2);
    FileTime changed = Files.getLastModifiedTime(file);
    Files.write(file, Packer.pack("gz", other));
    Files.setLastModifiedTime(file, changed);
    try (ImageFile opened = open(file)) {
      assertThat(bytes(opened)).isEqualTo(other);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aChangeAtEitherEndOfALargeFileIsSeen(boolean atHead) throws Exception {
    byte[] large = Packer.pack("tar", image(400_000, 1));
    Path file = store("large.tar", large);
    FileTime changed = Files.getLastModifiedTime(file);
    open(file).close();
    large[atHead ? 600 : large.length - 1] ^= 1;
    Files.write(file, large);
    Files.setLastModifiedTime(file, changed);
    open(file).close();
    assertThat(entries()).hasSize(2);
  }

  @Test
  void aDamagedEntryIsMadeAnew() throws Exception {
    byte[] content = image(10_000, 1);
    Path file = store("again.gz", Packer.pack("gz", content));
    Path unpacked;
    try (ImageFile opened = open(file)) {
      unpacked = opened.path().orElseThrow();
    }
    Files.write(unpacked, new byte[5]);
    try (ImageFile opened = open(file)) {
      assertThat(bytes(opened)).isEqualTo(content);
    }
    Files.delete(unpacked.resolveSibling("about.properties"));
    try (ImageFile opened = open(file)) {
      assertThat(bytes(opened)).isEqualTo(content);
    }
    assertThat(entries()).hasSize(1);
  }

  /** Nobody takes a folder for abandoned that another thread has just begun. */
  @Test
  void foldersThatAreBegunAtOnceAllStay() throws Exception {
    UnpackedCache cache = cache(Long.MAX_VALUE, Instant.now());
    Callable<Integer> task =
        () -> {
          int kept = 0;
          for (int i = 0; i < 300; i++) {
            Path begun = cache.begin();
            kept += Files.isDirectory(begun) ? 1 : 0;
            UnpackedCache.end(begun);
            Files.deleteIfExists(begun);
          }
          return kept;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Integer> kept : threads.invokeAll(Collections.nCopies(8, task))) {
        assertThat(kept.get()).isEqualTo(300);
      }
    }
  }

  @Test
  void severalAtATimeDoNotDisturbEachOther() throws Exception {
    byte[] content = image(2_000_000, 1);
    Path file = store("shared.gz", Packer.pack("gz", content));
    Callable<byte[]> task =
        () -> {
          try (ImageFile opened = open(file)) {
            return bytes(opened);
          }
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (Future<byte[]> result : threads.invokeAll(List.of(task, task, task, task))) {
        assertThat(result.get()).isEqualTo(content);
      }
    }
    assertThat(entries()).hasSize(1);
  }

  @Test
  void theEvidenceIsNotTouched() throws Exception {
    byte[] packed = Packer.pack("zip", image(10_000, 1));
    Path evidence = Files.createDirectory(folder.resolve("evidence"));
    Path file = Files.write(evidence.resolve("dump.zip"), packed);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    FileTime time = FileTime.from(NOW);
    Files.setLastModifiedTime(file, time);
    open(file).close();
    assertThat(Files.readAllBytes(file)).isEqualTo(packed);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
    try (Stream<Path> files = Files.list(evidence)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void nobodyElseMayReadTheCache() throws Exception {
    open(store("secret.gz", Packer.pack("gz", image(10_000, 1)))).close();
    assertThat(Files.getPosixFilePermissions(folder.resolve("cache")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void progressReachesTheEnd() throws Exception {
    Path file = store("progress.gz", Packer.pack("gz", image(3_000_000, 1)));
    List<Long> done = new ArrayList<>();
    long size = Files.size(file);
    Progress progress =
        (stage, bytes, total) -> {
          assertThat(total).isEqualTo(size);
          done.add(bytes);
        };
    OpenOptions options = limit(Long.MAX_VALUE).withProgress(progress);
    open(file, PackedFilesTest::judge, options).close();
    assertThat(done).isSorted().contains(size).hasSizeGreaterThan(2);
  }

  @Test
  void filesThatAreNotPackedAreLeftToOthers() throws Exception {
    Path file = store("plain", image(10_000, 1));
    assertThat(
            files(cache(Long.MAX_VALUE, NOW))
                .open(local(file), PackedFilesTest::judge, OpenOptions.defaults()))
        .isEmpty();
  }

  @Test
  void whatIsOldOrTooMuchLeavesTheCache() throws Exception {
    long allocated = 3 * PAGE;
    Path a = store("a.gz", Packer.pack("gz", image((int) allocated, 1)));
    Path b = store("b.gz", Packer.pack("gz", image((int) allocated, 2)));
    Path c = store("c.gz", Packer.pack("gz", image((int) allocated, 3)));
    Path d = store("d.gz", Packer.pack("gz", image((int) allocated, 4)));

    PackedFiles firstDay = files(cache(2 * allocated, NOW));
    firstDay.open(local(a), PackedFilesTest::judge, OpenOptions.defaults()).orElseThrow().close();
    Path keyOfA = entries().getFirst();
    firstDay = files(cache(2 * allocated, NOW.plusSeconds(60)));
    firstDay.open(local(b), PackedFilesTest::judge, OpenOptions.defaults()).orElseThrow().close();
    assertThat(entries()).hasSize(2);

    // a is used again, so that b is the one that has to go when c comes.
    files(cache(2 * allocated, NOW.plusSeconds(120)))
        .open(local(a), PackedFilesTest::unusable, OpenOptions.defaults())
        .orElseThrow()
        .close();
    setUse(cacheEntries -> true, NOW.plusSeconds(60));
    setUse(keyOfA::equals, NOW.plusSeconds(120));
    files(cache(2 * allocated, NOW.plusSeconds(180)))
        .open(local(c), PackedFilesTest::judge, OpenOptions.defaults())
        .orElseThrow()
        .close();
    assertThat(entries()).hasSize(2).contains(keyOfA);

    setUse(cacheEntries -> true, NOW.plusSeconds(180));
    files(cache(Long.MAX_VALUE, NOW.plus(Duration.ofDays(40))))
        .open(local(d), PackedFilesTest::judge, OpenOptions.defaults())
        .orElseThrow()
        .close();
    assertThat(entries()).as("only the newest is younger than the limit").hasSize(1);
  }

  @Test
  void whatAnAbortedProcessLeftIsRemovedAfterADay() throws Exception {
    Path left = Files.createDirectories(folder.resolve("cache/.unfinished-1"));
    Files.write(left.resolve("image-1"), new byte[10]);
    Path running = Files.createDirectories(folder.resolve("cache/.unfinished-2"));
    Files.setLastModifiedTime(left.resolve("image-1"), FileTime.from(NOW));
    Files.setLastModifiedTime(left, FileTime.from(NOW));
    Files.setLastModifiedTime(running, FileTime.from(NOW.plus(Duration.ofHours(30))));

    files(cache(Long.MAX_VALUE, NOW.plus(Duration.ofHours(36))))
        .open(
            local(store("a.gz", Packer.pack("gz", image(10_000, 1)))),
            PackedFilesTest::judge,
            OpenOptions.defaults())
        .orElseThrow()
        .close();

    assertThat(left).doesNotExist();
    assertThat(running).exists();
  }

  private interface EntryFilter {
    boolean accepts(Path entry);
  }

  private void setUse(EntryFilter filter, Instant time) throws IOException {
    for (Path entry : entries()) {
      if (filter.accepts(entry)) {
        Files.setLastModifiedTime(entry.resolve("about.properties"), FileTime.from(time));
      }
    }
  }

  private ImageFile open(Path file) throws ImageException {
    return open(file, PackedFilesTest::judge, OpenOptions.defaults());
  }

  private ImageFile open(Path file, Function<ImageFile, Probe> judge, OpenOptions options)
      throws ImageException {
    return files(cache(Long.MAX_VALUE, Instant.now()))
        .open(local(file), judge, options)
        .orElseThrow(() -> new AssertionError("not recognised as packed: " + file));
  }

  private static PackedFiles files(UnpackedCache cache) {
    return new PackedFiles(cache);
  }

  private UnpackedCache cache(long maxBytes, Instant now) {
    return new UnpackedCache(
        folder.resolve("cache"), maxBytes, Duration.ofDays(30), Clock.fixed(now, ZoneOffset.UTC));
  }

  private List<Path> entries() throws IOException {
    Path cache = folder.resolve("cache");
    if (!Files.exists(cache)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(cache)) {
      return files.sorted().toList();
    }
  }

  private Path store(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  /** Bytes that begin with "DUMP" are certainly an image, "NOTE" is none, the rest may be one. */
  private static Probe judge(ImageFile file) {
    if (file.startsWith(0, "DUMP".getBytes(StandardCharsets.US_ASCII))) {
      return Probe.certain("begins with DUMP");
    }
    return file.startsWith(0, "NOTE".getBytes(StandardCharsets.US_ASCII))
        ? Probe.refused("a note")
        : new Probe(Probe.Confidence.FALLBACK, "may be an image");
  }

  /** For files that must come from the cache. */
  private static Probe unusable(ImageFile file) {
    throw new AssertionError("unpacked once more: " + file.name());
  }

  /** The file by ranges, closed after the test. */
  private Evidence local(Path file) throws ImageException {
    try {
      FileEvidence evidence = FileEvidence.open(file);
      opened.add(evidence);
      return evidence;
    } catch (IOException e) {
      throw ImageException.unreadable(file.toString(), e);
    }
  }

  @AfterEach
  void closeFiles() {
    opened.forEach(FileEvidence::close);
  }

  private static OpenOptions limit(long bytes) {
    return OpenOptions.defaults().withMaxUnpackedBytes(bytes);
  }

  private static byte[] bytes(ImageFile file) {
    return file.slice(0, file.length()).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Bytes that hardly compress, so that a cut file is cut in its content. */
  private static byte[] image(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    bytes[0] = 0;
    return bytes;
  }

  private static byte[] dump(int length, int seed) {
    byte[] bytes = image(length, seed);
    System.arraycopy("DUMP".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 4);
    return bytes;
  }

  private static byte[] concat(byte[] a, byte[] b) throws IOException {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(a);
    both.write(b);
    return both.toByteArray();
  }
}
