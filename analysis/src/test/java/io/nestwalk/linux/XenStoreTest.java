package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Memory;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.system.GuestMapping;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Names of domains in records that are written byte by byte as xenstored of Xen 4.17 has them. */
class XenStoreTest {

  private static final long HEAP = 0x5555_0000_0000L;
  private static final int SIZE = 0x4000;
  private static final int LIVE = 0x2601_1999;

  private final SparseMemory bytes = new SparseMemory();

  @Test
  void recordsThatAreInUseNameDomains() {
    bytes.touch(HEAP, SIZE);
    record(0x100, LIVE, "/local/domain/0/name", 18, 1, "Domain-0");
    record(0x300, LIVE, "/local/domain/1/name", 109, 2, "w\u00e9b-pv");
    record(0xff0, LIVE, "/local/domain/12/name", 110, 2, "across a page's border");
    record(0x2000, ~LIVE, "/local/domain/3/name", 90, 1, "freed");
    record(0x2200, LIVE, "/local/domain/4/memory", 90, 1, "4096");
    record(0x2400, LIVE, "/local/domain/1/name", 30, 2, "older");
    record(0x2600, LIVE, "/local/domain/5/name", 30, 1 << 20, "lie");
    assertThat(names("rw-p"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(0, "Domain-0", 1, "w\u00e9b-pv", 12, "across a page's border"));
    assertThat(names("r--p")).isEmpty();
  }

  private Map<Integer, String> names(String permissions) {
    Memory memory = bytes.memory();
    return XenStore.namesIn(
        memory,
        List.of(
            GuestMapping.builder(HEAP, HEAP + SIZE, GuestMapping.Kind.HEAP)
                .permissions(permissions)
                .build()));
  }

  private void record(
      int offset, int magic, String key, long generation, int permissions, String value) {
    byte[] name = key.getBytes(StandardCharsets.US_ASCII);
    byte[] content = value.getBytes(StandardCharsets.UTF_8);
    int given = Math.min(permissions, 8);
    ByteBuffer record =
        ByteBuffer.allocate(24 + name.length + 24 + 8 * given + content.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(0).putInt(record.capacity()).putInt(name.length);
    record.putInt(24 + 8 * given + content.length).putInt(0x4a3f_279e).putInt(magic).put(name);
    record.putLong(generation).putInt(permissions).putInt(content.length).putInt(0);
    for (int i = 0; i < given; i++) {
      record.putInt(i).putInt(i);
    }
    record.put(content);
    bytes.put(HEAP + offset, record.array());
  }
}
