package io.nestwalk.image.container;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import io.airlift.compress.v3.lzo.LzopHadoopStreams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;
import org.apache.commons.compress.archivers.sevenz.SevenZOutputFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Packs bytes for the tests. */
final class Packer {

  private Packer() {}

  /** Opens an encoder over a stream. */
  @FunctionalInterface
  interface Encoder {
    OutputStream over(OutputStream out) throws IOException;
  }

  static byte[] pack(String kind, byte[] content) throws IOException {
    return switch (kind) {
      case "zst" -> encode(content, ZstdOutputStreamNoFinalizer::new);
      case "xz" -> encode(content, out -> new XZOutputStream(out, new LZMA2Options(1)));
      case "gz" -> encode(content, GZIPOutputStream::new);
      case "bz2" -> encode(content, out -> new BZip2CompressorOutputStream(out, 1));
      case "lz4" -> encode(content, FramedLZ4CompressorOutputStream::new);
      case "lzo" -> encode(content, out -> new LzopHadoopStreams().createOutputStream(out));
      case "zlib" -> encode(content, DeflaterOutputStream::new);
      case "legacy-lz4" -> legacyLz4(content);
      case "zip" -> zip(Map.of("memory.bin", content));
      case "tar" -> tar(Map.of("memory.bin", content));
      case "7z" -> sevenZip(Map.of("memory.bin", content));
      default -> throw new IllegalArgumentException(kind);
    };
  }

  static byte[] encode(byte[] content, Encoder encoder) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = encoder.over(packed)) {
      out.write(content);
    }
    return packed.toByteArray();
  }

  /** A magic, then blocks of 8 MiB, each with its packed size before it. */
  private static byte[] legacyLz4(byte[] content) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    packed.writeBytes(new byte[] {0x02, 0x21, 0x4c, 0x18});
    Lz4JavaCompressor compressor = new Lz4JavaCompressor();
    for (int at = 0; at < content.length; at += 8 << 20) {
      int size = Math.min(8 << 20, content.length - at);
      byte[] block = new byte[compressor.maxCompressedLength(size)];
      int length = compressor.compress(content, at, size, block, 0, block.length);
      for (int shift = 0; shift < 32; shift += 8) {
        packed.write(length >>> shift);
      }
      packed.write(block, 0, length);
    }
    return packed.toByteArray();
  }

  static byte[] zip(Map<String, byte[]> members) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(packed)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        zip.putNextEntry(new ZipEntry(member.getKey()));
        zip.write(member.getValue());
        zip.closeEntry();
      }
    }
    return packed.toByteArray();
  }

  static byte[] tar(Map<String, byte[]> members) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(packed)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(member.getKey());
        entry.setSize(member.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(member.getValue());
        tar.closeArchiveEntry();
      }
    }
    return packed.toByteArray();
  }

  static byte[] sevenZip(Map<String, byte[]> members) throws IOException {
    Path file = Files.createTempFile("packer", ".7z");
    try {
      try (SevenZOutputFile archive = new SevenZOutputFile(file.toFile())) {
        for (Map.Entry<String, byte[]> member : members.entrySet()) {
          SevenZArchiveEntry entry = new SevenZArchiveEntry();
          entry.setName(member.getKey());
          archive.putArchiveEntry(entry);
          archive.write(member.getValue());
          archive.closeArchiveEntry();
        }
      }
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }
}
