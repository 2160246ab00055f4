package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Advice;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machines;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kernel's tables in files that end before, at or behind what they name. */
class MemoryBeyondEndTest {

  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final long MEMORY = 64 * MIB;
  private static final long ROOT = 2 * MIB;
  private static final long UPPER = ROOT + 0x1000;
  private static final long MIDDLE = ROOT + 0x2000;
  private static final long LEAF = 0x83; // large, writable, present
  private static final long UNCACHED = 0x93;
  private static final long TABLE = 3;

  /** Behind the leaves that map all memory, in the same table. */
  private static final int FREE = 256;

  @TempDir private Path folder;
  private RandomAccessFile file;

  @BeforeEach
  void mapAllMemory() throws IOException {
    file = new RandomAccessFile(folder.resolve("memory.raw").toFile(), "rw");
    file.setLength(MEMORY);
    put(ROOT + 0x111 * 8, UPPER | TABLE);
    put(UPPER, MIDDLE | TABLE);
    for (int i = 0; i < MEMORY / (2 * MIB); i++) {
      put(MIDDLE + i * 8L, i * 2L * MIB | LEAF);
    }
  }

  @AfterEach
  void close() throws IOException {
    file.close();
  }

  /** Devices above RAM, and RAM of one, cached, are no tables. */
  @Test
  void pagesBehindTheEndAreNoSign() throws Exception {
    for (int i = 0; i < 16; i++) {
      put(MIDDLE + (FREE + i) * 8L, 0xfe00_0000L + i * 2L * MIB | UNCACHED);
      put(MIDDLE + (FREE + 16 + i) * 8L, MEMORY + i * 2L * MIB | LEAF);
    }
    assertThat(find().warnings()).isEmpty();
  }

  @Test
  void tablesBehindTheEndSayThatTheFileWasCutShort() throws Exception {
    put(MIDDLE + FREE * 8L, MEMORY | TABLE);
    put(MIDDLE + (FREE + 1) * 8L, MEMORY + 0x5000 | TABLE);
    put(MIDDLE + (FREE + 2) * 8L, MEMORY + 0x5000 | TABLE);
    Machines machines = find();
    assertThat(machines.warnings())
        .singleElement()
        .asString()
        .contains("memory ends at 0x4000000")
        .contains("2 tables from 0x4000000 to 0x4005000")
        .contains("was cut short");
    assertThat(machines.advice()).isEmpty();
  }

  /**
   * A kernel's half is shared: what a process has of its own may be all that lies behind the end.
   */
  @Test
  void tablesOfAProcessCount() throws Exception {
    long process = 4 * MIB;
    put(process + 0x111 * 8, UPPER | TABLE);
    put(process, process + 0x1000 | TABLE);
    put(process + 0x1000, process + 0x2000 | TABLE);
    for (int i = 0; i < 16; i++) {
      put(process + 0x2000 + i * 8L, i * 2L * MIB | LEAF | 4);
    }
    assertThat(find().warnings()).isEmpty();
    put(process + 0x2000 + FREE * 8L, MEMORY + 0x7000 | TABLE | 4);
    put(process + 0x2000 + (FREE + 1) * 8L, MEMORY + 0x8000 | TABLE | 4);
    assertThat(find().warnings()).singleElement().asString().contains("0x4007000 to 0x4008000");
  }

  @Test
  void oneDamagedEntryIsNoSign() throws Exception {
    put(MIDDLE + FREE * 8L, MEMORY + 0x5000 | TABLE);
    assertThat(find().warnings()).isEmpty();
  }

  /** From 4 GiB on, and no further than a hole would move what the file holds. */
  @Test
  void aHoleMayBeWhyWhereOneFits() throws Exception {
    file.setLength(2 * GIB + 512 * MIB);
    put(MIDDLE + FREE * 8L, 4 * GIB + 16 * MIB | TABLE);
    put(MIDDLE + (FREE + 1) * 8L, 4 * GIB + 17 * MIB | TABLE);
    Machines machines = find();
    assertThat(machines.warnings()).singleElement().asString().contains("leaves out a hole");
    assertThat(machines.advice()).extracting(Advice::option).containsExactly(ImageOption.HOLE);
    put(MIDDLE + (FREE + 1) * 8L, 4 * GIB + 512 * MIB | TABLE);
    assertThat(find().warnings()).singleElement().asString().contains("was cut short");
    assertThat(find().advice()).isEmpty();
  }

  private Machines find() throws Exception {
    try (MemoryImage image =
        MemoryImages.open(folder.resolve("memory.raw"), OpenOptions.defaults())) {
      return MachineFinder.find(image, 1, Progress.NONE);
    }
  }

  private void put(long address, long value) throws IOException {
    file.seek(address);
    file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }
}
