package io.nestwalk.image.xpress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.Test;

/** The examples of [MS-XCA], section 3, and what a packer makes. */
class XpressTest {

  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";
  private static final String REPEATED = "abc".repeat(100);

  @Test
  void theExamplesOfPlainLz77() throws DataFormatException {
    assertThat(plain("3f000000" + hex(LETTERS), 26)).isEqualTo(LETTERS);
    assertThat(plain("ffffff1f61626317000fff2601", 300)).isEqualTo(REPEATED);
  }

  @Test
  void theExamplesOfLz77WithHuffman() throws DataFormatException {
    byte[] literals = new byte[256];
    byte[] lengths = HexFormat.of().parseHex("50555555555555555555554544" + "04");
    System.arraycopy(lengths, 0, literals, 0x30, lengths.length);
    literals[0x80] = 4;
    assertThat(huffman(literals, "d8523ed794115be9195ff9d67cdf8d0400000000", 26))
        .isEqualTo(LETTERS);
    byte[] match = new byte[256];
    match[0x30] = 0x30;
    match[0x31] = 0x23;
    match[0x80] = 2;
    match[0x8f] = 0x20;
    assertThat(huffman(match, "a8dc0000ff2601", 300)).isEqualTo(REPEATED);
  }

  @Test
  void whatIsPackedComesBack() throws DataFormatException {
    Random random = new Random(3);
    for (int round = 0; round < 300; round++) {
      byte[] bytes = new byte[random.nextInt(20_000)];
      for (int at = 0; at < bytes.length; ) {
        int run = 1 + random.nextInt(1 << random.nextInt(14));
        byte value = (byte) random.nextInt(random.nextInt(256) + 1);
        boolean same = random.nextBoolean();
        for (int i = 0; i < run && at < bytes.length; i++) {
          bytes[at++] = same ? value : (byte) random.nextInt();
        }
      }
      byte[] packed = XpressPacker.pack(bytes);
      byte[] back = new byte[bytes.length];
      assertThat(PlainXpress.decode(MemorySegment.ofArray(packed), MemorySegment.ofArray(back)))
          .isEqualTo(bytes.length);
      assertThat(back).isEqualTo(bytes);
    }
    byte[] long64 = new byte[1 << 18];
    byte[] back = new byte[long64.length];
    PlainXpress.decode(
        MemorySegment.ofArray(XpressPacker.pack(long64)), MemorySegment.ofArray(back));
    assertThat(back).isEqualTo(long64);
  }

  @Test
  void damageIsAnExceptionAndStaysWithinTheSegments() {
    assertThatThrownBy(() -> plain("000000c061ffff", 16))
        .as("a match before the first byte")
        .isInstanceOf(DataFormatException.class);
    Random random = new Random(9);
    byte[] sound = XpressPacker.pack(REPEATED.getBytes(StandardCharsets.US_ASCII));
    byte[] target = new byte[4096];
    for (int round = 0; round < 50_000; round++) {
      byte[] noise = new byte[random.nextInt(700)];
      random.nextBytes(noise);
      System.arraycopy(sound, 0, noise, 0, Math.min(random.nextInt(sound.length), noise.length));
      if (round % 2 == 0) {
        // A table of codes that is sound: 512 symbols of nine bits.
        Arrays.fill(noise, 0, Math.min(256, noise.length), (byte) 0x99);
      }
      MemorySegment source = MemorySegment.ofArray(noise);
      try {
        assertThat(PlainXpress.decode(source, MemorySegment.ofArray(target))).isBetween(0L, 4096L);
      } catch (DataFormatException e) {
        assertThat(e).hasMessageNotContaining("\n");
      }
      try {
        assertThat(HuffmanXpress.decode(source, MemorySegment.ofArray(target)))
            .isBetween(0L, 4096L);
      } catch (DataFormatException e) {
        assertThat(e).hasMessageNotContaining("\n");
      }
    }
  }

  private static String plain(String packed, int length) throws DataFormatException {
    byte[] target = new byte[length];
    long written =
        PlainXpress.decode(
            MemorySegment.ofArray(HexFormat.of().parseHex(packed)), MemorySegment.ofArray(target));
    assertThat(written).isEqualTo(length);
    return new String(target, StandardCharsets.US_ASCII);
  }

  private static String huffman(byte[] table, String codes, int length) throws DataFormatException {
    byte[] rest = HexFormat.of().parseHex(codes);
    byte[] packed = Arrays.copyOf(table, table.length + rest.length);
    System.arraycopy(rest, 0, packed, table.length, rest.length);
    byte[] target = new byte[length];
    assertThat(HuffmanXpress.decode(MemorySegment.ofArray(packed), MemorySegment.ofArray(target)))
        .isEqualTo(length);
    return new String(target, StandardCharsets.US_ASCII);
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
  }
}
