package io.nestwalk.image.qemu;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * Writes the RAM section of a stream with mapped-ram, one block of 256 MiB of which only the first
 * pages have their place in the file.
 */
final class MappedRamWriter {

  /** Where page 0 has its place. */
  static final int PAGES = 0x10000;

  private static final int LENGTH = 0x1000_0000;

  private final int stored;
  private final TreeMap<Integer, Byte> pages = new TreeMap<>();

  /**
   * Sets up.
   *
   * @param stored how many bytes of the block's places the file has
   */
  MappedRamWriter(int stored) {
    this.stored = stored;
  }

  MappedRamWriter page(int number, byte value) {
    pages.put(number, value);
    return this;
  }

  byte[] toBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("QEVM");
    out.writeInt(3);
    out.writeByte(7);
    out.writeInt(15);
    out.writeBytes("pc-i440fx-10.0x");
    out.writeByte(5);
    out.writeByte(26);
    out.writeBytes("configuration/capabilities");
    out.writeInt(1);
    out.writeInt(1);
    out.writeByte(10);
    out.writeBytes("mapped-ram");
    MigrationStreamWriter.sectionHead(out, 1, 2, "ram", 0, 4);
    out.writeLong(LENGTH | 0x04);
    out.writeByte(6);
    out.writeBytes("pc.ram");
    out.writeLong(LENGTH);
    out.writeInt(1);
    out.writeLong(4096);
    out.writeLong(out.size() + 16);
    out.writeLong(PAGES);
    byte[] bitmap = new byte[LENGTH / 4096 / 8];
    pages.keySet().forEach(page -> bitmap[page / 8] |= (byte) (1 << page % 8));
    out.write(bitmap);
    out.write(new byte[PAGES - out.size()]);
    for (int page = 0; page < stored / 4096; page++) {
      byte[] content = new byte[4096];
      Arrays.fill(content, pages.getOrDefault(page, (byte) 0x55));
      out.write(content);
    }
    return bytes.toByteArray();
  }
}
