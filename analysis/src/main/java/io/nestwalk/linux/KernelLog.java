package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.GuestText;
import io.nestwalk.system.LogLine;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.MissingTypeException;
import io.nestwalk.types.StructLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The kernel's log: {@code struct printk_ringbuffer} since 5.10
 * (kernel/printk/printk_ringbuffer.h), {@code log_buf} with {@code struct printk_log} before.
 */
final class KernelLog {

  private static final int MAX_RECORDS = 1 << 20;

  /** Sizes are powers of two, told as exponents; 2 GiB is CONFIG_LOG_BUF_SHIFT's limit and more. */
  private static final int MAX_BITS = 31;

  private static final int MAX_TEXT = 1 << 13;

  // The state of a descriptor stands in the top two bits of its id.
  private static final int STATE_SHIFT = 62;
  private static final int COMMITTED = 1;
  private static final int FINALIZED = 2;

  private final Kernel kernel;
  private final List<LogLine> lines = new ArrayList<>();

  KernelLog(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The log, oldest record first; a record of several lines is several here. */
  List<LogLine> read() {
    lines.clear();
    try {
      OptionalLong ring = kernel.symbols().address("prb");
      OptionalLong buffer = kernel.symbols().address("log_buf");
      if (ring.isPresent()) {
        readRing(kernel.pointer(ring.getAsLong()));
      } else if (buffer.isPresent()) {
        readBuffer(kernel.pointer(buffer.getAsLong()));
      } else {
        kernel.warnings().add("log: no symbol says where it is");
      }
    } catch (MissingTypeException e) {
      kernel.warnings().add("log: " + e.getMessage());
    }
    return List.copyOf(lines);
  }

  private void readRing(long ring) {
    KernelTypes types = kernel.types();
    StructLayout layout = types.struct("printk_ringbuffer");
    long countBits = kernel.value(layout.field("desc_ring.count_bits"), ring);
    long sizeBits = kernel.value(layout.field("text_data_ring.size_bits"), ring);
    long descriptors = kernel.value(layout.field("desc_ring.descs"), ring);
    long infos = kernel.value(layout.field("desc_ring.infos"), ring);
    long data = kernel.value(layout.field("text_data_ring.data"), ring);
    if (countBits > MAX_BITS || sizeBits > MAX_BITS || !kernel.isReadable(descriptors)) {
      kernel.warnings().add("log: no ring at 0x%x".formatted(ring));
      return;
    }
    StructLayout descriptor = types.struct("prb_desc");
    StructLayout info = types.struct("printk_info");
    long idMask = types.pointerSize() == Long.BYTES ? (1L << STATE_SHIFT) - 1 : (1L << 30) - 1;
    int stateShift = types.pointerSize() == Long.BYTES ? STATE_SHIFT : 30;
    long tail = kernel.value(layout.field("desc_ring.tail_id.counter"), ring) & idMask;
    long head = kernel.value(layout.field("desc_ring.head_id.counter"), ring) & idMask;
    long count = Math.min(Math.min((head - tail & idMask) + 1, 1L << countBits), MAX_RECORDS);
    for (long i = 0; i < count; i++) {
      long id = tail + i & idMask;
      long index = id & (1L << countBits) - 1;
      long at = descriptors + index * descriptor.size();
      long state = kernel.value(descriptor.field("state_var.counter"), at);
      int kind = (int) (state >>> stateShift) & 3;
      if ((state & idMask) == id && (kind == COMMITTED || kind == FINALIZED)) {
        long begin = kernel.value(descriptor.field("text_blk_lpos.begin"), at);
        long next = kernel.value(descriptor.field("text_blk_lpos.next"), at);
        long about = infos + index * info.size();
        long length = kernel.value(info.field("text_len"), about);
        // An odd position marks a record without text.
        if ((begin & 1) == 0) {
          // A block that would not fit before the end stands at the start.
          long place = begin >>> sizeBits == next >>> sizeBits ? begin & (1L << sizeBits) - 1 : 0;
          add(
              kernel.value(info.field("ts_nsec"), about),
              (int) kernel.value(info.field("level"), about),
              data + place + types.pointerSize(),
              Math.min(length, (1L << sizeBits) - place - types.pointerSize()));
        }
      }
    }
  }

  private void readBuffer(long buffer) {
    StructLayout record =
        kernel.types().find("printk_log").orElseGet(() -> kernel.types().struct("log"));
    Field length = record.field("len");
    long size = variable("log_buf_len", 4);
    long index = variable("log_first_idx", 4);
    long end = variable("log_next_idx", 4);
    for (int i = 0; i < MAX_RECORDS && index != end; i++) {
      long at = buffer + index;
      long step = index < size ? kernel.value(length, at) : -1;
      if (step == 0) {
        // A record of no length sends the reader back to the start.
        step = -index;
      } else if (step < record.size()) {
        kernel.warnings().add("log: no record at 0x%x".formatted(at));
        return;
      } else {
        add(
            kernel.value(record.field("ts_nsec"), at),
            (int) kernel.value(record.field("level"), at),
            at + record.size(),
            kernel.value(record.field("text_len"), at));
      }
      index += step;
    }
  }

  private long variable(String name, int size) {
    OptionalLong address = kernel.symbols().address(name);
    return address.isPresent() ? kernel.value(Field.of(0, size), address.getAsLong()) : 0;
  }

  private void add(long nanoseconds, int level, long address, long length) {
    byte[] bytes = kernel.memory().readBytes(address, Math.clamp(length, 0, MAX_TEXT));
    Duration time = Duration.ofNanos(Math.max(0, nanoseconds));
    for (String line : GuestText.of(bytes, 0, bytes.length).split("\n", -1)) {
      lines.add(new LogLine(time, level, line));
    }
  }
}
