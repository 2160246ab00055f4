package io.nestwalk.image.container;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
