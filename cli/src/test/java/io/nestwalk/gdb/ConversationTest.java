package io.nestwalk.gdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xml.sax.InputSource;

/** The protocol, packet by packet, whatever is sent. */
class ConversationTest {

  /** Sixteen bytes at 0x1000, and nothing else. */
  private static final class FewBytes implements Memory {

    @Override
    public int getByte(long address) {
      return address >= 0x1000 && address < 0x1010 ? (int) address & 0xff : -1;
    }

    @Override
    public long getLong(long address, long ifMissing) {
      return Memory.assembleLong(this, address, ifMissing);
    }

    @Override
    public int getInt(long address, int ifMissing) {
      return Memory.assembleInt(this, address, ifMissing);
    }

    @Override
    public long read(long address, MemorySegment target) {
      long done = 0;
      for (; done < target.byteSize() && getByte(address + done) >= 0; done++) {
        target.set(java.lang.foreign.ValueLayout.JAVA_BYTE, done, (byte) getByte(address + done));
      }
      return done;
    }

    @Override
    public long locate(long address) {
      return NOWHERE;
    }
  }

  private static Target target(Architecture architecture) {
    Memory memory = new FewBytes();
    return new Target(
        architecture,
        List.of(
            new TargetThread(1, "one", new Registers(Map.of("rip", 0x1122L)), memory),
            new TargetThread(
                0x1f, "<two>&\"#\u202e", new Registers(Map.of("rip", -2L, "rax", 5L)), memory)));
  }

  private static Conversation conversation() {
    return new Conversation(
        target(Architecture.X86_64),
        new PacketStream(InputStream.nullInputStream(), OutputStream.nullOutputStream()));
  }

  @Test
  void memoryIsReadUpToTheFirstByteThatIsMissing() {
    Conversation asked = conversation();
    assertThat(asked.answer("m1000,4")).isEqualTo("00010203");
    assertThat(asked.answer("m100e,10")).isEqualTo("0e0f");
    assertThat(asked.answer("m1010,1")).isEqualTo("E0e");
    assertThat(asked.answer("mffffffffffffffff,8")).isEqualTo("E0e");
    assertThat(asked.answer("m1000,0")).isEmpty();
    assertThat(asked.answer("m1000,ffffffff")).isEqualTo("000102030405060708090a0b0c0d0e0f");
  }

  @ParameterizedTest
  @ValueSource(strings = {"M1000,1:00", "X1000,1:x", "G00", "P0=00", "c", "s", "C05", "Z0,1000,1"})
  void nothingIsWrittenOrRun(String packet) {
    assertThat(conversation().answer(packet)).isEqualTo("E1e");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "m",
        "m1000",
        "m,",
        "mzz,1",
        "m1000,-1",
        "m1000,ffffffffffffffff",
        "p",
        "pffff",
        "pzz",
        "H",
        "Hg",
        "Hgzz",
        "Hg99",
        "T",
        "T99",
        "qXfer:features:read:target.xml:",
        "qThreadExtraInfo,",
        "qXfer:features:read:target.xml:zz,1"
      })
  void whatIsNoQuestionIsRefused(String packet) {
    assertThat(conversation().answer(packet)).isEqualTo("E16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "vMustReplyEmpty", "vCont?", "qRcmd,00", "qCRC:0,1", "!", "\u00ff"})
  void whatIsNotUnderstoodIsAnsweredWithNothing(String packet) {
    assertThat(conversation().answer(packet)).isEmpty();
  }

  @Test
  void threadsHaveRegistersOfTheirOwn() {
    Conversation asked = conversation();
    assertThat(asked.answer("qfThreadInfo")).isEqualTo("m1,1f");
    assertThat(asked.answer("qsThreadInfo")).isEqualTo("l");
    assertThat(asked.answer("p10")).isEqualTo("2211000000000000");
    assertThat(asked.answer("p0")).isEqualTo("x".repeat(16));
    assertThat(asked.answer("Hg1f")).isEqualTo("OK");
    assertThat(asked.answer("p10")).isEqualTo("feffffffffffffff");
    assertThat(asked.answer("p0")).isEqualTo("0500000000000000");
    assertThat(asked.answer("g")).startsWith("0500000000000000" + "x".repeat(16));
    assertThat(target(Architecture.X86_64).warnings())
        .hasSize(2)
        .first()
        .isEqualTo("thread 1 (one): rsp not known; GDB, which needs them, is shown 0");
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void theDescriptionIsWellFormedAndComesInParts(Architecture architecture) throws Exception {
    Conversation asked =
        new Conversation(
            target(architecture),
            new PacketStream(InputStream.nullInputStream(), OutputStream.nullOutputStream()));
    for (String document : List.of("features:read:target.xml", "threads:read:")) {
      StringBuilder xml = new StringBuilder();
      String part;
      do {
        part = asked.answer("qXfer:%s:%x,64".formatted(document, xml.length()));
        xml.append(part.substring(1));
      } while (part.charAt(0) == 'm');
      assertThat(part.charAt(0)).isEqualTo('l');
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
      assertThat(
              factory
                  .newDocumentBuilder()
                  .parse(new InputSource(new java.io.StringReader(xml.toString())))
                  .getDocumentElement()
                  .getTagName())
          .isIn("target", "threads");
    }
    int digits = asked.answer("g").length();
    int sum = 0;
    for (int i = 0; !asked.answer("p%x".formatted(i)).equals("E16"); i++) {
      sum += asked.answer("p%x".formatted(i)).length();
    }
    assertThat(sum).isEqualTo(digits);
  }

  private static String said(String sent) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Conversation(
            target(Architecture.X86_64),
            new PacketStream(
                new ByteArrayInputStream(sent.getBytes(StandardCharsets.ISO_8859_1)), out))
        .run();
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void packetsAreAcknowledgedUntilThatIsGivenUp() throws IOException {
    assertThat(said("+$qC#b4$QStartNoAckMode#b0$qC#b4")).isEqualTo("+$QC1#c5+$OK#9a$QC1#c5");
    assertThat(said("$qC#00$qC#b4")).as("a wrong checksum").isEqualTo("-+$QC1#c5");
    assertThat(said("$k#6b$qC#b4")).isEqualTo("+");
    assertThat(said("$D#44$qC#b4")).isEqualTo("+$OK#9a");
  }

  @Test
  void whatIsNoPacketEndsTheConversation() {
    assertThatThrownBy(() -> said("POST / HTTP/1.1\r\n\r\n$m1000,4#8e"))
        .hasMessageContaining("not GDB's protocol");
    assertThatThrownBy(() -> said("$" + "a".repeat(0x4001) + "#00"))
        .hasMessageContaining("more than");
    assertThatThrownBy(() -> said("$qC")).isInstanceOf(IOException.class);
  }

  @Test
  void oneClientAtATimeAndTheNextWhenItHasGone() throws Exception {
    try (GdbServer server = new GdbServer(target(Architecture.X86_64), 0)) {
      Thread.ofPlatform().daemon().start(server::run);
      try (Socket first = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        assertThat(asked(first)).isEqualTo("+$QC1#c5");
        try (Socket second = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
          second.setSoTimeout(10_000);
          assertThat(second.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(asked(first)).isEqualTo("+$QC1#c5");
      }
      for (int i = 0; ; i++) {
        try (Socket third = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
          if (asked(third).equals("+$QC1#c5")) {
            break;
          }
        }
        assertThat(i).isLessThan(100);
        Thread.sleep(50);
      }
    }
  }

  private static String asked(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    try {
      socket.getOutputStream().write("$qC#b4".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(8), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return ""; // Turned away.
    }
  }
}
