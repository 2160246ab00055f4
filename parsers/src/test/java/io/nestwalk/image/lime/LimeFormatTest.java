package io.nestwalk.image.lime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LimeFormatTest extends FormatAgreementTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final FileSink out = new FileSink(bytes);

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("dump.lime");
    try (FileSink sink = new FileSink(file)) {
      LimeWriter.write(machine, sink);
    }
    return file;
  }

  @Override
  protected String format() {
    return "lime";
  }

  @Override
  protected Set<String> registers() {
    return Set.of();
  }

  @Test
  void theLastRangeMayBeCut() throws Exception {
    LimeWriter.header(out, 0x1000, 0x1fff);
    out.bytes(page(1));
    LimeWriter.header(out, 0x3000, 0x4fff);
    out.bytes(new byte[0x1800]);
    MemoryImage image = open();
    assertThat(image.memory().ranges())
        .containsExactly(new AddressRange(0x1000, 0x1000), new AddressRange(0x3000, 0x1800));
    assertThat(image.warnings())
        .containsExactly("the file is cut: of the range at 0x3000 6144 of 8192 bytes are there");
  }

  @Test
  void anEndThatIsTheAddressBehindTheRangeIsUnderstood() throws Exception {
    LimeWriter.header(out, 0x1000, 0x2000);
    out.bytes(page(1));
    LimeWriter.header(out, 0x2000, 0x3000);
    out.bytes(page(2));
    MemoryImage image = open();
    assertThat(image.memory().ranges()).containsExactly(new AddressRange(0x1000, 0x2000));
    assertThat(image.memory().getByte(0x2000)).isEqualTo(2);
    assertThat(image.warnings()).isEmpty();
  }

  @Test
  void anEndThatBelongsToTheRangeAndLooksLikeTheOtherIsUnderstood() throws Exception {
    LimeWriter.header(out, 0x1000, 0x2000);
    out.bytes(page(1)).u8(7);
    LimeWriter.header(out, 0x3000, 0x3000);
    out.u8(8);
    MemoryImage image = open();
    assertThat(image.memory().getByte(0x2000)).isEqualTo(7);
    assertThat(image.memory().getByte(0x3000)).isEqualTo(8);
    assertThat(image.warnings()).isEmpty();
  }

  @Test
  void zerosBehindTheLastRangeAreNothing() throws Exception {
    LimeWriter.header(out, 0x1000, 0x1fff);
    out.bytes(page(1)).bytes(new byte[512]);
    assertThat(open().warnings()).isEmpty();
  }

  @Test
  void whatFollowsADamagedHeaderIsToldAsUnread() throws Exception {
    LimeWriter.header(out, 0x1000, 0x1fff);
    out.bytes(page(1)).text("damaged!").bytes(page(2));
    assertThat(open().warnings())
        .containsExactly("no LiME header at 0x1020: from there on 4104 bytes are not read");
  }

  @Test
  void rangesTheWrongWayRoundEndTheReading() throws Exception {
    LimeWriter.header(out, 0x1000, 0x1fff);
    out.bytes(page(1));
    LimeWriter.header(out, 0x5000, 0x4000);
    out.bytes(page(2));
    MemoryImage image = open();
    assertThat(image.memory().ranges()).containsExactly(new AddressRange(0x1000, 0x1000));
    assertThat(image.warnings())
        .singleElement()
        .asString()
        .contains("0x1020")
        .contains("not sound");
  }

  @Test
  void rangesOutOfOrderAreReadWithAWarning() throws Exception {
    LimeWriter.header(out, 0x3000, 0x3fff);
    out.bytes(page(3));
    LimeWriter.header(out, 0x1000, 0x1fff);
    out.bytes(page(1));
    MemoryImage image = open();
    assertThat(image.memory().presentBytes()).isEqualTo(0x2000);
    assertThat(image.warnings()).singleElement().asString().startsWith("1 range begins below");
  }

  @Test
  void anotherVersionIsRefused() throws Exception {
    out.text("EMiL").u32(2).bytes(new byte[100]);
    assertThat(new LimeFormat().probe(file()).confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(new LimeFormat().probe(file()).reason()).contains("version 2");
    assertThatThrownBy(this::open).isInstanceOf(ImageException.class).hasMessageContaining("0x0");
  }

  private static byte[] page(int value) {
    byte[] page = new byte[TestMachine.PAGE];
    Arrays.fill(page, (byte) value);
    return page;
  }

  private ImageFile file() {
    return ImageFile.over(MemorySegment.ofArray(bytes.toByteArray()), Path.of("test"), "test", "");
  }

  private MemoryImage open() throws ImageException {
    return new LimeFormat().open(file(), OpenOptions.defaults());
  }
}
