package io.nestwalk.image.libvirt;

import com.github.luben.zstd.ZstdOutputStream;
import io.airlift.compress.v3.lzo.LzopHadoopStreams;
import io.nestwalk.image.TestMachine;
import io.nestwalk.image.qemu.MigrationStreamWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/**
 * Writes a machine as libvirt's save does, for tests: libvirt itself has programs such as gzip do
 * the packing, and so has samples/qemu-formats.
 */
final class LibvirtSaveWriter {

  static final String XML =
      "<domain type='kvm'><os><type arch='x86_64' machine='pc-q35-6.2'>hvm</type></os></domain>";

  private static final int DATA = 1024 - 92;

  private final TestMachine machine;
  private final int packing;

  LibvirtSaveWriter(TestMachine machine, int packing) {
    this.machine = machine;
    this.packing = packing;
  }

  void write(OutputStream out) throws IOException {
    out.write(header(packing, ByteOrder.LITTLE_ENDIAN));
    OutputStream stream =
        switch (packing) {
          case 1 -> new GZIPOutputStream(out);
          case 2 -> new BZip2CompressorOutputStream(out, 1);
          case 3 -> new XZOutputStream(out, new LZMA2Options(0));
          case 4 -> new LzopHadoopStreams().createOutputStream(out);
          case 5 -> new ZstdOutputStream(out);
          default -> out;
        };
    new MigrationStreamWriter(machine).write(stream);
    stream.close();
  }

  /** Header, XML and padding. */
  static byte[] header(int packing, ByteOrder order) {
    ByteBuffer header = ByteBuffer.allocate(92 + DATA).order(order);
    header.put("LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII));
    header.putInt(2).putInt(DATA).putInt(1).putInt(packing).putInt(0);
    header.put(92, XML.getBytes(StandardCharsets.US_ASCII));
    byte[] bytes = new byte[92 + DATA];
    header.get(0, bytes);
    return bytes;
  }
}
