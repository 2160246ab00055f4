package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PiecedFileTest {

  private final byte[] content = new byte[1000];
  private final ImageFile file =
      ImageFile.over(MemorySegment.ofArray(content), Path.of("test"), "test", "");

  {
    new Random(3).nextBytes(content);
  }

  @Test
  void piecesAreReadInTheirOrderAndGapsAsZeros() throws ImageException {
    PiecedFile pieces =
        PiecedFile.builder(file).add(0, 10, 500).add(10, 10, 300).add(30, 10, 0).build(50);
    byte[] all = new byte[50];
    pieces.read(0, MemorySegment.ofArray(all));
    for (int i = 0; i < 50; i++) {
      byte expected =
          i < 10
              ? content[500 + i]
              : i < 20 ? content[290 + i] : i >= 30 && i < 40 ? content[i - 30] : 0;
      assertThat(all[i]).as("byte %d", i).isEqualTo(expected);
      assertThat(pieces.byteAt(i)).isEqualTo(Byte.toUnsignedInt(expected));
    }
    for (int i = 0; i <= 42; i++) {
      MemorySegment bytes = MemorySegment.ofArray(all);
      assertThat(pieces.longAt(i)).isEqualTo(bytes.get(Memory.LONG, i));
      assertThat((int) pieces.intAt(i)).isEqualTo(bytes.get(Memory.INT, i));
      assertThat(pieces.slice(i, 8).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(bytes.asSlice(i, 8).toArray(ValueLayout.JAVA_BYTE));
    }
    assertThat(pieces.fileOffset(4, 6)).isEqualTo(504);
    assertThat(pieces.fileOffset(4, 7)).isEqualTo(PiecedFile.SCATTERED);
    assertThat(pieces.fileOffset(25, 1)).isEqualTo(PiecedFile.SCATTERED);
  }

  @Test
  void aLaterPieceReplacesAnEarlierOne() throws ImageException {
    PiecedFile pieces =
        PiecedFile.builder(file).add(100, 50, 0).add(0, 120, 200).add(110, 5, 900).build();
    assertThat(pieces.length()).isEqualTo(150);
    assertThat(pieces.fileOffset(0, 1)).isEqualTo(200);
    assertThat(pieces.fileOffset(109, 1)).isEqualTo(309);
    assertThat(pieces.fileOffset(110, 5)).isEqualTo(900);
    assertThat(pieces.fileOffset(115, 1)).isEqualTo(315);
    assertThat(pieces.fileOffset(120, 30)).isEqualTo(20);
  }

  @Test
  void piecesThatGoOnAreOne() throws ImageException {
    PiecedFile pieces = PiecedFile.builder(file).add(0, 10, 50).add(10, 10, 60).build();
    assertThat(pieces.fileOffset(5, 15)).isEqualTo(55);
  }

  @Test
  void theRestOfAFile() throws ImageException {
    PiecedFile rest = PiecedFile.from(file, 900);
    assertThat(rest.length()).isEqualTo(100);
    assertThat(rest.byteAt(99)).isEqualTo(Byte.toUnsignedInt(content[999]));
    assertThat(PiecedFile.from(file, 1000).length()).isZero();
  }

  @Test
  void placesOutsideAreRefused() {
    PiecedFile.Builder builder = PiecedFile.builder(file);
    assertThatThrownBy(() -> builder.add(0, 10, 991)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> builder.add(-1, 10, 0)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> builder.add(Long.MAX_VALUE - 5, 10, 0))
        .isInstanceOf(ImageException.class);
    PiecedFile rest = PiecedFile.from(file, 900);
    assertThatThrownBy(() -> rest.longAt(93)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> rest.byteAt(-1)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> rest.slice(50, 51)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> rest.read(Long.MAX_VALUE, MemorySegment.ofArray(new byte[2])))
        .isInstanceOf(ImageException.class);
  }
}
