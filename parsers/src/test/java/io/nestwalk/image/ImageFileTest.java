package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFileTest {

  private final ImageFile file =
      ImageFile.over(
          MemorySegment.ofArray(
              new byte[] {(byte) 0xfe, -1, -1, -1, -1, -1, -1, -1, 'A', 7, 0, 'B'}),
          Path.of("test"),
          "test",
          "");

  @Test
  void valuesAreLittleEndianAndUnsigned() throws ImageException {
    assertThat(file.byteAt(0)).isEqualTo(0xfe);
    assertThat(file.shortAt(0)).isEqualTo(0xfffe);
    assertThat(file.intAt(0)).isEqualTo(0xffff_fffeL);
    assertThat(file.longAt(0)).isEqualTo(-2);
    assertThat(file.longAt(1)).isEqualTo(0x41ff_ffff_ffff_ffffL);
  }

  @Test
  void textEndsAtANulOrTheLimitAndIsPrintable() throws ImageException {
    assertThat(file.textAt(8, 4)).isEqualTo("A?");
    assertThat(file.textAt(8, 1)).isEqualTo("A");
  }

  @Test
  void whatLiesOutsideIsAnErrorThatNamesThePlace() {
    assertThatThrownBy(() -> file.intAt(9))
        .isInstanceOf(ImageException.class)
        .hasMessage("test: at offset 0x9: 4 bytes are needed here, the file ends at 0xc");
    assertThatThrownBy(() -> file.byteAt(-1)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> file.longAt(Long.MAX_VALUE)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> file.textAt(10, 3)).isInstanceOf(ImageException.class);
  }

  @Test
  void holdsNeverOverflows() {
    assertThat(file.holds(0, 12)).isTrue();
    assertThat(file.holds(12, 0)).isTrue();
    assertThat(file.holds(1, 12)).isFalse();
    assertThat(file.holds(13, 0)).isFalse();
    assertThat(file.holds(8, Long.MAX_VALUE)).isFalse();
    assertThat(file.holds(Long.MAX_VALUE, Long.MAX_VALUE)).isFalse();
    assertThat(file.holds(-1, 1)).isFalse();
    assertThat(file.holds(1, -1)).isFalse();
  }

  @Test
  void aMappedFileIsGoneWhenClosedAndCannotBeWritten(@TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("a"), new byte[] {1, 2, 3});
    ImageFile mapped = ImageFile.map(path, "a", "");
    assertThat(mapped.length()).isEqualTo(3);
    assertThatThrownBy(() -> mapped.slice(0, 3).set(ValueLayout.JAVA_BYTE, 0, (byte) 9))
        .isInstanceOf(IllegalArgumentException.class);
    mapped.close();
    assertThatThrownBy(() -> mapped.byteAt(0)).isInstanceOf(IllegalStateException.class);
  }
}
