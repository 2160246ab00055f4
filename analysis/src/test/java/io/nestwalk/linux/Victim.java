package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A real kernel of which a copy is changed. */
final class Victim {

  final RealMachine machine;
  final LinuxSystem clean;
  final PatchedMemory memory;

  Victim(String name) {
    machine = RealMachine.get(name);
    clean = (LinuxSystem) machine.system();
    memory = new PatchedMemory(machine.physical());
  }

  Field field(String struct, String member) {
    return clean.types().field(struct, member);
  }

  long symbol(String name) {
    return clean.symbols().address(name).orElseThrow();
  }

  long pointer(long address) {
    return clean.kernelMemory().getLong(address, 0);
  }

  void put(long address, long value) {
    memory.putLong(Translation.address(machine.tables().translate(address)), value);
  }

  /** Data of the kernel's that is no code. */
  long noCode() {
    return clean.facts().object();
  }

  /** Room for objects of our own: the middle of the log. */
  long room() {
    return symbol("__log_buf") + (1 << 15);
  }

  /** Writes text, which need not fill the last eight bytes. */
  void text(long address, String text) {
    byte[] bytes =
        Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), (text.length() + 8) & -8);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes.length; i += Long.BYTES) {
      put(address + i, buffer.getLong(i));
    }
  }

  /** Writes a number of four bytes. */
  void number(long address, int value) {
    long at = address & -8;
    int shift = (int) (address - at) * 8;
    long old = memory.getLong(Translation.address(machine.tables().translate(at)), 0);
    put(at, (old & ~(0xffff_ffffL << shift)) | (value & 0xffff_ffffL) << shift);
  }

  /** Writes numbers of one byte and arrays of bytes, one after the other. */
  void bytes(long address, Object... parts) {
    long at = address;
    for (Object part : parts) {
      byte[] bytes = part instanceof byte[] array ? array : new byte[] {(byte) (int) part};
      for (byte each : bytes) {
        long word = at & -8;
        int shift = (int) (at - word) * 8;
        long old = memory.getLong(physical(word), 0);
        put(word, (old & ~(0xffL << shift)) | (each & 0xffL) << shift);
        at++;
      }
    }
  }

  long physical(long address) {
    return Translation.address(machine.tables().translate(address));
  }

  /** Copies a page of physical memory. */
  void copy(long from, long to) {
    for (int i = 0; i < 4096; i += Long.BYTES) {
      memory.putLong(to + i, memory.getLong(from + i, 0));
    }
  }

  /** The kernel with what was changed. */
  LinuxSystem changed() {
    return (LinuxSystem) machine.over(memory).system();
  }

  Map<String, List<Suspicion>> found() {
    Map<String, List<Suspicion>> found = new HashMap<>();
    for (CheckResult check : changed().checks()) {
      if (!check.found().isEmpty()) {
        found.put(check.rule(), check.found());
      }
    }
    return found;
  }

  /** What is found, which is one thing. */
  Suspicion single(String rule) {
    Map<String, List<Suspicion>> found = found();
    assertThat(found).containsOnlyKeys(rule);
    assertThat(found.get(rule)).hasSize(1);
    return found.get(rule).getFirst();
  }
}
