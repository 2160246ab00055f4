package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseTest {

  private static final int PAGE = 4096;
  private static final int PAGES = 256;

  /** Memory whose holes are told; or, where there are none to tell, nobody may ask. */
  private record Image(PhysicalMemory all, List<AddressRange> populated) implements PhysicalMemory {

    static Image of(byte[] bytes, List<AddressRange> populated) {
      MemoryRun run = new MemoryRun(0, bytes.length, 0);
      return new Image(MappedMemory.of(MemorySegment.ofArray(bytes), List.of(run)), populated);
    }

    @Override
    public List<AddressRange> populatedRanges() {
      if (populated.isEmpty()) {
        throw new AssertionError("the file is asked for its holes");
      }
      return populated;
    }

    @Override
    public List<AddressRange> ranges() {
      return all.ranges();
    }

    @Override
    public MemorySegment view(long address, long maxBytes) {
      return all.view(address, maxBytes);
    }

    @Override
    public long getLong(long address, long ifMissing) {
      return all.getLong(address, ifMissing);
    }

    @Override
    public int getInt(long address, int ifMissing) {
      return all.getInt(address, ifMissing);
    }

    @Override
    public int getByte(long address) {
      return all.getByte(address);
    }

    @Override
    public long read(long address, MemorySegment target) {
      return all.read(address, target);
    }

    @Override
    public long locate(long address) {
      return all.locate(address);
    }
  }

  private static byte[] random() {
    byte[] bytes = new byte[PAGES * PAGE];
    new Random(3).nextBytes(bytes);
    return bytes;
  }

  @Test
  void memoryIsToldWithoutAskingTheFileForItsHoles() {
    byte[] bytes = random();
    for (int page = 0; page < PAGES; page += 2) {
      for (int i = 0; i < PAGE; i++) {
        bytes[page * PAGE + i] = (byte) (i % 100);
      }
    }
    assertThat(Noise.warning(Image.of(bytes, List.of()))).isEmpty();
  }

  @Test
  void memoryHasZerosBetweenWhatLooksRandom() {
    byte[] bytes = random();
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = i % 40 < 32 ? bytes[i] : 0;
    }
    assertThat(Noise.warning(Image.of(bytes, List.of()))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 34, 64, 85, 119, 128})
  void aFewZerosAmongRandomBytesAreNoMemory(int step) {
    byte[] bytes = random();
    for (int i = 0; i < bytes.length; i += step) {
      bytes[i] = 0;
    }
    Image image = Image.of(bytes, List.of(new AddressRange(0, bytes.length)));
    assertThat(Noise.warning(image)).isPresent();
  }

  @Test
  void holesDoNotMakeNoiseMemory() {
    byte[] bytes = random();
    int hole = PAGES / 4 * PAGE;
    Arrays.fill(bytes, 0, hole, (byte) 0);
    List<AddressRange> populated = List.of(new AddressRange(hole, bytes.length - hole));
    assertThat(Noise.warning(Image.of(bytes, populated)))
        .hasValueSatisfying(
            line -> assertThat(line).contains("64 of 64 sampled pages look random"));
  }

  @Test
  void pagesOfZerosThatAreStoredAreMemory() {
    byte[] bytes = random();
    Arrays.fill(bytes, 0, PAGES / 4 * PAGE, (byte) 0);
    Image image = Image.of(bytes, List.of(new AddressRange(0, bytes.length)));
    assertThat(Noise.warning(image)).isEmpty();
  }
}
