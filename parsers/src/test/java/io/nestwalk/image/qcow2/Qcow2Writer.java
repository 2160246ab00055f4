package io.nestwalk.image.qcow2;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a qcow2 image with snapshots whose VM state stands in clusters in descending order, for
 * tests. Images of QEMU are compared with in samples/qemu-formats.
 */
final class Qcow2Writer {

  private static final int CLUSTER_BITS = 12;
  private static final int CLUSTER = 1 << CLUSTER_BITS;

  /** The disk needs one L1 entry and a part of a second; the state begins with the third. */
  private static final long DISK = 3L << 20;

  private static final int STATE_ENTRY = 2;

  private final ByteBuffer image;
  private final List<byte[]> table = new ArrayList<>();
  private int next;

  Qcow2Writer(int size) {
    image = ByteBuffer.allocate(size);
    next = CLUSTER;
  }

  /** Adds a snapshot; one without state is of the disk alone. */
  Qcow2Writer snapshot(String name, int seconds, byte[] state) throws IOException {
    int clusters = (state.length + CLUSTER - 1) / CLUSTER;
    int entries = CLUSTER / Long.BYTES;
    int tables = (clusters + entries - 1) / entries;
    int l1 = allocate(CLUSTER);
    int data = allocate(clusters * CLUSTER);
    for (int t = 0; t < tables; t++) {
      int l2 = allocate(CLUSTER);
      image.putLong(l1 + (STATE_ENTRY + t) * Long.BYTES, l2 | 1L << 63);
      for (int e = 0; e < entries && t * entries + e < clusters; e++) {
        int cluster = t * entries + e;
        int from = cluster * CLUSTER;
        byte[] content = Arrays.copyOfRange(state, from, Math.min(state.length, from + CLUSTER));
        if (Arrays.equals(content, new byte[content.length])) {
          // Zeros are nowhere, or somewhere with the bit for zeros set.
          if (cluster % 2 == 0) {
            image.putLong(l2 + e * Long.BYTES, CLUSTER | 1);
          }
          continue;
        }
        int at = data + (clusters - 1 - cluster) * CLUSTER;
        image.put(at, content);
        image.putLong(l2 + e * Long.BYTES, at | 1L << 63);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(l1);
    out.writeInt(STATE_ENTRY + tables);
    out.writeShort(1);
    out.writeShort(name.length());
    out.writeInt(seconds);
    out.writeInt(7);
    out.writeLong(0);
    out.writeInt(state.length);
    out.writeInt(16);
    out.writeLong(state.length);
    out.writeLong(DISK);
    out.writeBytes(Integer.toString(table.size() + 1)); // one digit: its length is above
    out.writeBytes(name);
    out.write(new byte[-out.size() & 7]);
    table.add(bytes.toByteArray());
    return this;
  }

  byte[] toBytes() {
    int snapshots = allocate(CLUSTER);
    int at = snapshots;
    for (byte[] entry : table) {
      image.put(at, entry);
      at += entry.length;
    }
    image.put(0, new byte[] {'Q', 'F', 'I', (byte) 0xfb}).putInt(4, 3);
    image.putInt(20, CLUSTER_BITS).putLong(24, DISK);
    image.putInt(60, table.size()).putLong(64, snapshots);
    image.putInt(100, 104);
    byte[] bytes = new byte[next];
    image.get(0, bytes);
    return bytes;
  }

  private int allocate(int size) {
    int at = next;
    next += (size + CLUSTER - 1) & -CLUSTER;
    return at;
  }
}
