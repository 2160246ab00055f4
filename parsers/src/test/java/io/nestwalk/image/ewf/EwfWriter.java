package io.nestwalk.image.ewf;

import io.nestwalk.image.FileSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Adler32;
import java.util.zip.Deflater;

/** Writes bytes as an E01 image in several files, every third chunk plain, for tests. */
final class EwfWriter {

  private static final int SECTOR = 512;
  private static final int SECTORS = 8;
  static final int CHUNK = SECTOR * SECTORS;

  private final byte[] content;
  private final int chunksPerFile;

  EwfWriter(byte[] content, int chunksPerFile) {
    this.content = content;
    this.chunksPerFile = chunksPerFile;
  }

  /** The files in their order. */
  List<byte[]> files() throws IOException {
    List<byte[]> files = new ArrayList<>();
    int chunks = (content.length + CHUNK - 1) / CHUNK;
    for (int first = 0; first < chunks; first += chunksPerFile) {
      int end = Math.min(chunks, first + chunksPerFile);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (FileSink out = new FileSink(bytes)) {
        out.text("EVF\t\r\n\u00ff\0").u8(1).u16(files.size() + 1).u16(0);
        if (first == 0) {
          section(out, "volume", 1052);
          out.u8(0x10).u8(0).u8(0).u8(0).u32(chunks).u32(SECTORS).u32(SECTOR);
          out.u64((content.length + SECTOR - 1) / SECTOR).zerosTo(out.position() + 1028);
        }
        table(out, first, end);
        section(out, end == chunks ? "done" : "next", 0);
      }
      files.add(bytes.toByteArray());
    }
    return files;
  }

  private void table(FileSink out, int first, int end) throws IOException {
    List<byte[]> stored = new ArrayList<>();
    int size = 0;
    for (int chunk = first; chunk < end; chunk++) {
      byte[] bytes =
          Arrays.copyOfRange(content, chunk * CHUNK, Math.min(content.length, (chunk + 1) * CHUNK));
      stored.add(isPlain(chunk) ? plain(bytes) : pack(bytes));
      size += stored.getLast().length;
    }
    section(out, "sectors", size);
    long start = out.position();
    for (byte[] chunk : stored) {
      out.bytes(chunk);
    }
    // Offsets count from a base, as in files of more than 2 GiB.
    long base = 7;
    section(out, "table", 24 + 4 * stored.size() + 4);
    out.u32(stored.size()).u32(0).u64(base).u32(0).u32(0);
    long at = start - base;
    for (int i = 0; i < stored.size(); i++) {
      out.u32(at | (isPlain(first + i) ? 0 : 1L << 31));
      at += stored.get(i).length;
    }
    out.u32(0);
  }

  private static boolean isPlain(int chunk) {
    return chunk % 3 == 2;
  }

  private static void section(FileSink out, String type, long size) throws IOException {
    long at = out.position();
    out.text(type).zerosTo(at + 16).u64(size == 0 ? at : at + 76 + size).u64(76 + size);
    out.zerosTo(at + 76);
  }

  private static byte[] plain(byte[] bytes) {
    Adler32 sum = new Adler32();
    sum.update(bytes);
    byte[] stored = Arrays.copyOf(bytes, bytes.length + 4);
    for (int i = 0; i < 4; i++) {
      stored[bytes.length + i] = (byte) (sum.getValue() >> (8 * i));
    }
    return stored;
  }

  private static byte[] pack(byte[] bytes) {
    Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    byte[] buffer = new byte[2 * bytes.length + 100];
    int length = deflater.deflate(buffer);
    deflater.end();
    return Arrays.copyOf(buffer, length);
  }
}
