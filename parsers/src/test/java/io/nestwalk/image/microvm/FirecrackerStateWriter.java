package io.nestwalk.image.microvm;

import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Writes a state file as Firecracker's sources have it (snapshot/mod.rs, persist.rs,
 * arch/x86_64/vcpu.rs), with noise for what a reader has no use for. No real one was at hand.
 */
final class FirecrackerStateWriter {

  static final long X86_64 = 0x0710198486640000L;
  static final long AARCH64 = 0x07101984aaaa0000L;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Random random = new Random(3);

  FirecrackerStateWriter(long magic, String version, long mebibytes) {
    u64(magic).u64(version.length());
    out.writeBytes(version.getBytes(StandardCharsets.US_ASCII));
    u64(mebibytes);
    noise(500);
  }

  /** A CPU among what stands before and behind it. */
  FirecrackerStateWriter cpu(TestMachine machine, int cpu) {
    noise(40 * 50);
    structure(new byte[1024]).structure(new byte[] {0, 0, 0, 0});
    structure(KvmStructures.regs(machine, cpu)).structure(KvmStructures.sregs(machine, cpu));
    structure(new byte[64]);
    return noise(4096);
  }

  FirecrackerStateWriter structure(byte[] bytes) {
    u64(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  FirecrackerStateWriter noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    out.writeBytes(bytes);
    return this;
  }

  private FirecrackerStateWriter u64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  byte[] toBytes() {
    u64(0x1234);
    return out.toByteArray();
  }
}
