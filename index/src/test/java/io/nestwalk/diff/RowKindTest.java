package io.nestwalk.diff;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import org.junit.jupiter.api.Test;

class RowKindTest {

  private static ObjectNode row(String json) throws java.io.IOException {
    return (ObjectNode) Json.MAPPER.readTree(json);
  }

  @Test
  void aValueThatOneImageLacksIsNoChangeAndAFlagIs() throws java.io.IOException {
    ObjectNode before = row("{'name':'sh','path':'/bin/sh','threads':1}".replace('\'', '"'));
    ObjectNode after = row("{'name':'sh','threads':2,'exited':true}".replace('\'', '"'));
    assertThat(RowKind.PROCESS.differing(before, after)).containsExactly("threads", "exited");
    assertThat(RowKind.PROCESS.differing(before, before)).isEmpty();
  }

  @Test
  void membersOfObjectsAreCompared() throws java.io.IOException {
    ObjectNode before = row("{\"id\":\"vm1\",\"secondLevel\":{\"root\":\"0x1000\"}}");
    ObjectNode after = row("{\"id\":\"vm1\",\"secondLevel\":{\"root\":\"0x2000\"}}");
    assertThat(RowKind.MACHINE.differing(before, after)).containsExactly("secondLevel.root");
  }

  /** Memory of a socket is used again: with a number that tells, else the addresses do. */
  @Test
  void socketsOfOnePlaceAreTheSameOnlyWithTheirNumberOrAddresses() throws java.io.IOException {
    ObjectNode numbered = row("{\"protocol\":\"tcp\",\"object\":\"0x1\",\"inode\":5}");
    ObjectNode connected = numbered.deepCopy().put("remotePort", 80);
    assertThat(RowKind.SOCKET.identity(connected)).isEqualTo(RowKind.SOCKET.identity(numbered));
    ObjectNode other = numbered.deepCopy().put("inode", 6);
    assertThat(RowKind.SOCKET.identity(other)).isNotEqualTo(RowKind.SOCKET.identity(numbered));
    ObjectNode bare = row("{\"protocol\":\"tcp\",\"object\":\"0x1\",\"remotePort\":80}");
    ObjectNode elsewhere = bare.deepCopy().put("remotePort", 81);
    assertThat(RowKind.SOCKET.identity(elsewhere)).isNotEqualTo(RowKind.SOCKET.identity(bare));
  }

  @Test
  void findingsWithoutAPlaceAreToldApartByTheirWords() throws java.io.IOException {
    ObjectNode one = row("{\"rule\":\"r\",\"text\":\"a\"}");
    ObjectNode other = row("{\"rule\":\"r\",\"text\":\"b\"}");
    assertThat(RowKind.FINDING.identity(one)).isNotEqualTo(RowKind.FINDING.identity(other));
    one.put("address", "0x1");
    other.put("address", "0x1");
    assertThat(RowKind.FINDING.identity(one)).isEqualTo(RowKind.FINDING.identity(other));
    assertThat(RowKind.FINDING.differing(one, other)).containsExactly("text");
  }
}
