package io.nestwalk.image.aff4;

import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes memory as an AFF4 volume, as c-aff4's winpmem and the standard's other writers do. */
final class Aff4Writer {

  static final String VOLUME = "aff4://c215ba20-5648-4209-a793-1f918c723610";

  private static final int CHUNKS_PER_BEVY = 16;

  private final String packing;
  private final int chunkSize;
  private final boolean beforeTheStandard;

  Aff4Writer(String packing, int chunkSize, boolean beforeTheStandard) {
    this.packing = packing;
    this.chunkSize = chunkSize;
    this.beforeTheStandard = beforeTheStandard;
  }

  void write(PhysicalMemory memory, OutputStream out) throws IOException {
    write(memory, out, "MemoryPhysical", List.of());
  }

  /**
   * Writes a volume.
   *
   * @param zeros ranges that the map has but no chunk
   */
  void write(PhysicalMemory memory, OutputStream out, String category, List<AddressRange> zeros)
      throws IOException {
    ByteArrayOutputStream map = new ByteArrayOutputStream();
    long offset = 0;
    for (AddressRange range : memory.ranges()) {
      map.writeBytes(entry(range, offset, 0));
      offset += range.length();
    }
    for (AddressRange range : zeros) {
      map.writeBytes(entry(range, 0, 1));
    }
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      stored(zip, "container.description", text(VOLUME));
      stored(zip, "version.txt", text("major=1\nminor=0\ntool=a test\n"));
      stored(zip, "information.turtle", text(turtle(offset, category)));
      stored(zip, "PhysicalMemory/map", map.toByteArray());
      String targets = VOLUME + "/PhysicalMemory/data\nhttp://aff4.org/Schema#Zero\n";
      // Small members may be packed.
      zip.putNextEntry(new ZipEntry("PhysicalMemory/idx"));
      zip.write(text(targets));
      zip.closeEntry();
      bevies(zip, memory);
    }
  }

  private static byte[] entry(AddressRange range, long offset, int target) {
    return little(28)
        .putLong(range.start())
        .putLong(range.length())
        .putLong(offset)
        .putInt(target)
        .array();
  }

  private String turtle(long size, String category) {
    String chunk = beforeTheStandard ? "chunk_size" : "chunkSize";
    String chunks = beforeTheStandard ? "chunks_per_segment" : "chunksInSegment";
    String method = beforeTheStandard ? "compression" : "compressionMethod";
    return """
    @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
    @prefix aff4: <http://aff4.org/Schema#> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    # a comment; with <marks> "in it" .

    <%s/PhysicalMemory>
        aff4:category aff4:%s ;
        aff4:note "a \\"quoted\\" ; text ."^^xsd:string ;
        a aff4:Map, aff4:Other .

    <%s/PhysicalMemory/data>
        aff4:%s %d ;
        aff4:%s "%d"^^xsd:int ;
        aff4:%s <%s> ;
        aff4:size "%d"^^<http://www.w3.org/2001/XMLSchema#long> ;
        a aff4:%s .
    """
        .formatted(
            VOLUME,
            category,
            VOLUME,
            chunk,
            chunkSize,
            chunks,
            CHUNKS_PER_BEVY,
            method,
            packing,
            size,
            beforeTheStandard ? "image" : "ImageStream");
  }

  private void bevies(ZipOutputStream zip, PhysicalMemory memory) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    int bevy = 0;
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    List<byte[]> index = new ArrayList<>();
    for (AddressRange range : memory.ranges()) {
      long at = range.start();
      while (at < range.end()) {
        int count = (int) Math.min(range.end() - at, chunkSize - stream.size());
        stream.writeBytes(memory.readBytes(at, count));
        at += count;
        boolean last = at == range.end() && range.equals(memory.ranges().getLast());
        if (stream.size() == chunkSize || last) {
          byte[] packed = packed(Arrays.copyOf(stream.toByteArray(), chunkSize));
          index.add(
              beforeTheStandard
                  ? little(4).putInt(data.size()).array()
                  : little(12).putLong(data.size()).putInt(packed.length).array());
          data.writeBytes(packed);
          stream.reset();
        }
        if (index.size() == CHUNKS_PER_BEVY || last) {
          String name = "PhysicalMemory/data/%08d".formatted(bevy++);
          ByteArrayOutputStream entries = new ByteArrayOutputStream();
          index.forEach(entries::writeBytes);
          stored(zip, name, data.toByteArray());
          stored(zip, name + (beforeTheStandard ? "/index" : ".index"), entries.toByteArray());
          index.clear();
          data.reset();
        }
      }
    }
  }

  /** A chunk that does not get smaller by far is stored as it is. */
  private byte[] packed(byte[] chunk) {
    byte[] out = new byte[2 * chunk.length + 1024];
    int length =
        switch (packing) {
          case "https://www.ietf.org/rfc/rfc1950.txt" -> deflate(chunk, out, false);
          case "https://tools.ietf.org/html/rfc1951" -> deflate(chunk, out, true);
          case "http://code.google.com/p/snappy/" ->
              new SnappyJavaCompressor().compress(chunk, 0, chunk.length, out, 0, out.length);
          case "https://code.google.com/p/lz4/" ->
              new Lz4JavaCompressor().compress(chunk, 0, chunk.length, out, 0, out.length);
          default -> chunk.length;
        };
    return length < chunk.length - 16 ? Arrays.copyOf(out, length) : chunk;
  }

  private static int deflate(byte[] chunk, byte[] out, boolean raw) {
    Deflater deflater = new Deflater(1, raw);
    try {
      deflater.setInput(chunk);
      deflater.finish();
      return deflater.deflate(out);
    } finally {
      deflater.end();
    }
  }

  static void stored(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
