package io.nestwalk.image.lime;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.commons.compress.compressors.snappy.FramedSnappyCompressorOutputStream;

/** Writes memory as AVML does with --compress: blocks of up to 16 MiB, those of zeros left out. */
final class AvmlWriter {

  private final int blockSize;
  private final boolean leaveOutZeros;

  AvmlWriter(int blockSize, boolean leaveOutZeros) {
    this.blockSize = blockSize;
    this.leaveOutZeros = leaveOutZeros;
  }

  void write(TestMachine machine, FileSink out) throws IOException {
    for (AddressRange range : machine.memory().ranges()) {
      for (long at = range.start(); at < range.end(); at += blockSize) {
        byte[] block = machine.memory().readBytes(at, (int) Math.min(blockSize, range.end() - at));
        if (!leaveOutZeros || !isZero(block)) {
          block(out, at, block);
        }
      }
    }
  }

  static void block(FileSink out, long address, byte[] block) throws IOException {
    out.text("AVML").u32(2).u64(address).u64(address + block.length - 1).u64(0);
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    try (OutputStream snappy = new FramedSnappyCompressorOutputStream(stream)) {
      snappy.write(block);
    }
    out.bytes(stream.toByteArray()).u64(stream.size());
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
