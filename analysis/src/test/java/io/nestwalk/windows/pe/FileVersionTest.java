package io.nestwalk.windows.pe;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.synthetic.SparseMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The version resource of a loaded image. */
class FileVersionTest {

  private static final long BASE = 0x40_0000;
  private static final int HEADER = 0x80;
  private static final int OPTIONAL = HEADER + 24;
  private static final int RESOURCES = 0x1000;
  private static final int DATA = 0x1200;
  private static final int SUBDIRECTORY = 0x8000_0000;

  static SparseMemory image() {
    SparseMemory memory = new SparseMemory();
    memory.touch(BASE, 0x2000);
    memory.putInt(BASE, 0x5a4d);
    memory.putInt(BASE + 0x3c, HEADER);
    memory.putInt(BASE + HEADER, 0x4550);
    memory.putInt(BASE + HEADER + 4, 0x8664);
    memory.putInt(BASE + HEADER + 20, 0xf0);
    memory.putInt(BASE + OPTIONAL, 0x20b);
    memory.putInt(BASE + OPTIONAL + 56, 0x2000);
    memory.putInt(BASE + OPTIONAL + 108, 16);
    memory.putInt(BASE + OPTIONAL + 112 + 8 * 2, RESOURCES);
    memory.putInt(BASE + OPTIONAL + 112 + 8 * 2 + 4, 0x400);
    // Two types, one name, one language.
    directory(memory, 0, 2);
    entry(memory, 0, 0, 3, SUBDIRECTORY | 0x180);
    entry(memory, 0, 1, 16, SUBDIRECTORY | 0x40);
    directory(memory, 0x40, 1);
    entry(memory, 0x40, 0, 1, SUBDIRECTORY | 0x80);
    directory(memory, 0x80, 1);
    entry(memory, 0x80, 0, 0x409, 0xc0);
    memory.putInt(BASE + RESOURCES + 0xc0, DATA);
    memory.putInt(BASE + DATA + 40, 0xfeef04bd);
    memory.putInt(BASE + DATA + 48, 10 << 16 | 1);
    memory.putInt(BASE + DATA + 52, 19041 << 16 | 804);
    return memory;
  }

  private static void directory(SparseMemory memory, int at, int count) {
    memory.putInt(BASE + RESOURCES + at + 12, count << 16);
  }

  private static void entry(SparseMemory memory, int directory, int index, int id, int leads) {
    memory.putInt(BASE + RESOURCES + directory + 16 + 8L * index, id);
    memory.putInt(BASE + RESOURCES + directory + 16 + 8L * index + 4, leads);
  }

  @Test
  void isReadOfItsResource() {
    assertThat(PeImage.at(image().memory(), BASE).orElseThrow().fileVersion())
        .contains("10.1.19041.804");
  }

  /** What lies about where it is, or is not there, is no version and no fault. */
  @ParameterizedTest
  @CsvSource({
    "0x104c, 0x7fffffff",
    "0x101c, 0x80000000",
    "0x101c, 0xfffffff0",
    "0x100c, 0xffffffff",
    "0x1094, 0x80000040",
    "0x10c0, 0xfffffff0",
    "0x1228, 0"
  })
  void aLieIsNone(String at, String value) {
    SparseMemory memory = image();
    memory.putInt(BASE + Long.decode(at), (int) (long) Long.decode(value));
    assertThat(PeImage.at(memory.memory(), BASE).orElseThrow().fileVersion()).isEmpty();
  }

  @Test
  void aMissingPageIsNone() {
    SparseMemory memory = image();
    memory.remove(BASE + RESOURCES);
    assertThat(PeImage.at(memory.memory(), BASE).orElseThrow().fileVersion()).isEmpty();
  }
}
