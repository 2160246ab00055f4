package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.XsaveArea.Component;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What XSAVE and XSAVES wrote, as user mode has it. */
class XsaveAreaTest {

  /** AVX; a supervisor's component, which has no place in the standard form; one of 8 bytes. */
  private static final XsaveArea FORM =
      new XsaveArea(
          List.of(
              new Component(0, 160, false),
              new Component(160, 256, false),
              new Component(576, 256, false),
              new Component(-1, 16, false),
              new Component(1088, 8, true)));

  private static final long ALL = 0b10111;
  private static final int LENGTH = 1096;

  private static ByteBuffer saved(long used, long compacted) {
    ByteBuffer area = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 512; i++) {
      area.put(i, (byte) 0x55);
    }
    return area.putLong(512, used).putLong(520, compacted);
  }

  private static ByteBuffer standard(ByteBuffer saved, long features) {
    byte[] memory = new byte[LENGTH];
    saved.get(0, memory);
    return ByteBuffer.wrap(FORM.standard(memory, features, LENGTH, OptionalInt.empty()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void whatIsInUseIsTaken() {
    ByteBuffer area = standard(saved(ALL, 0).putLong(576, 0xa).putLong(1088, 0xb), ALL);
    assertThat(area.getShort(0)).isEqualTo((short) 0x5555);
    assertThat(area.getInt(24)).isEqualTo(0x5555_5555);
    assertThat(area.getLong(160)).isEqualTo(0x5555_5555_5555_5555L);
    assertThat(area.getLong(464)).isEqualTo(ALL);
    assertThat(area.getLong(512)).isEqualTo(ALL);
    assertThat(area.getLong(576)).isEqualTo(0xa);
    assertThat(area.getLong(1088)).isEqualTo(0xb);
  }

  /** Components in their initial state: memory keeps what stood there before. */
  @Test
  void whatIsNotInUseIsInitial() {
    ByteBuffer area = standard(saved(0, 0).putLong(576, 0xa), ALL);
    assertThat(area.getShort(0)).isEqualTo((short) 0x37f);
    assertThat(area.getInt(24)).isEqualTo(0x1f80);
    assertThat(area.getLong(32)).isZero();
    assertThat(area.getLong(160)).isZero();
    assertThat(area.getLong(512)).isZero();
    assertThat(area.getLong(576)).isZero();
  }

  /** Side by side, from a multiple of 64 on where the CPU wants it. */
  @Test
  void theCompactedFormIsSpread() {
    ByteBuffer saved =
        saved(0b11011, Long.MIN_VALUE | 0b11011).putLong(576, 0xbad).putLong(640, 0xb);
    ByteBuffer area = standard(saved, ALL);
    assertThat(area.getLong(576)).isZero();
    assertThat(area.getLong(1088)).isEqualTo(0xb);
    assertThat(area.getLong(512)).isEqualTo(0b10011);
    assertThat(area.getLong(520)).isZero();
  }

  /** What user mode may not have, it gets no answer for. */
  @Test
  void theKernelsOwnIsLeftOut() {
    assertThat(standard(saved(ALL, 0).putLong(576, 0xa), 0b11).getLong(512)).isEqualTo(0b11);
  }

  @Test
  void placesThatDoNotFitAreLeftOut() {
    XsaveArea lie =
        new XsaveArea(
            List.of(
                new Component(0, 160, false),
                new Component(160, 256, false),
                new Component(Integer.MAX_VALUE, 256, false),
                new Component(600, Integer.MAX_VALUE, false)));
    for (long compacted : new long[] {0, -1}) {
      byte[] area =
          lie.standard(saved(-1, compacted).array(), -1, XsaveArea.SMALLEST, OptionalInt.of(1));
      assertThat(area).hasSize(XsaveArea.SMALLEST);
      assertThat(ByteBuffer.wrap(area).order(ByteOrder.LITTLE_ENDIAN).getLong(512)).isEqualTo(3);
    }
  }
}
