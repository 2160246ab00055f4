package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.LogLine;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Logs that no real image shows: rings that wrap, records that lie, the form before 5.10. */
class KernelLogTest {

  private static final long BASE = 0xffff_8880_0000_0000L;
  private static final long RING = BASE + 0x100;
  private static final long DESCRIPTORS = BASE + 0x1000;
  private static final long INFOS = BASE + 0x2000;
  private static final long DATA = BASE + 0x3000;
  private static final int DATA_BITS = 8;

  private final ArrayMemory memory = new ArrayMemory(BASE, 1 << 15);

  private static ListedTypes types() {
    return new ListedTypes()
        .with("printk_ringbuffer", "desc_ring.count_bits", 0, 4)
        .with("printk_ringbuffer", "desc_ring.descs", 8, 8)
        .with("printk_ringbuffer", "desc_ring.infos", 16, 8)
        .with("printk_ringbuffer", "desc_ring.head_id.counter", 24, 8)
        .with("printk_ringbuffer", "desc_ring.tail_id.counter", 32, 8)
        .with("printk_ringbuffer", "text_data_ring.size_bits", 40, 4)
        .with("printk_ringbuffer", "text_data_ring.data", 48, 8)
        .with("prb_desc", "state_var.counter", 0, 8)
        .with("prb_desc", "text_blk_lpos.begin", 8, 8)
        .with("prb_desc", "text_blk_lpos.next", 16, 8)
        .with("printk_info", "ts_nsec", 0, 8)
        .with("printk_info", "text_len", 8, 2)
        .with("printk_info", "level", 10, 1);
  }

  private KernelLog log(String symbols, ListedTypes types) {
    KernelSymbols known = new VmCoreInfo(symbols);
    return new KernelLog(new Kernel(memory, null, memory, types, known, warnings));
  }

  private final Warnings warnings = new Warnings();

  private KernelLog ring(long tail, long head) {
    memory
        .putLong(BASE, RING)
        .putInt(RING, 2)
        .putLong(RING + 8, DESCRIPTORS)
        .putLong(RING + 16, INFOS)
        .putLong(RING + 24, head)
        .putLong(RING + 32, tail)
        .putInt(RING + 40, DATA_BITS)
        .putLong(RING + 48, DATA);
    return log("SYMBOL(prb)=%x".formatted(BASE), types());
  }

  /** Types of a test are 256 bytes large. */
  private void record(long id, int state, long begin, long next, String text) {
    long descriptor = DESCRIPTORS + 256 * (id & 3);
    memory
        .putLong(descriptor, id | (long) state << 62)
        .putLong(descriptor + 8, begin)
        .putLong(descriptor + 16, next)
        .putLong(INFOS + 256 * (id & 3), id * 1000)
        .putInt(INFOS + 256 * (id & 3) + 8, text.length() | 6 << 16);
    boolean wraps = begin >>> DATA_BITS != next >>> DATA_BITS;
    long place = wraps ? 0 : begin & (1 << DATA_BITS) - 1;
    memory.put(DATA + place + 8, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void ringIsReadFromItsTailAcrossItsEnd() {
    KernelLog log = ring(6, 9);
    record(6, 2, 448, 480, "first");
    record(7, 1, 480, 544, "second, at the start");
    record(8, 2, 545, 545, "");
    record(9, 2, 544, 576, "two\nlines");
    assertThat(log.read())
        .containsExactly(
            new LogLine(Duration.ofNanos(6000), 6, "first"),
            new LogLine(Duration.ofNanos(7000), 6, "second, at the start"),
            new LogLine(Duration.ofNanos(9000), 6, "two"),
            new LogLine(Duration.ofNanos(9000), 6, "lines"));
  }

  @Test
  void recordsThatAreNotFinishedOrReusedAreLeftOut() {
    KernelLog log = ring(4, 7);
    record(4, 0, 0, 32, "reserved");
    record(5, 3, 32, 64, "reusable");
    record(6, 2, 64, 96, "good");
    record(3, 2, 96, 128, "of another round");
    assertThat(log.read()).extracting(LogLine::text).containsExactly("good");
  }

  @Test
  void countsThatLieAreBounded() {
    KernelLog log = ring(0, (1L << 62) - 1);
    record(0, 2, 0, 32, "x".repeat(20));
    memory.putInt(INFOS + 8, 0xffff | 6 << 16);
    assertThat(log.read()).singleElement().matches(line -> line.text().length() < 256);
    memory.putInt(RING, 60);
    assertThat(log.read()).isEmpty();
    assertThat(warnings.lines()).singleElement().asString().contains("no ring at");
  }

  @Test
  void bufferOfOldKernels() {
    ListedTypes types =
        new ListedTypes()
            .with("printk_log", "ts_nsec", 0, 8)
            .with("printk_log", "len", 8, 2)
            .with("printk_log", "text_len", 10, 2)
            .with("printk_log", "level", 12, 1);
    memory.putLong(BASE, DATA).putInt(BASE + 8, 2048).putInt(BASE + 12, 600).putInt(BASE + 16, 300);
    old(600, 300, "first");
    memory.putInt(DATA + 900 + 8, 0);
    old(0, 300, "second");
    KernelLog log =
        log(
            """
            SYMBOL(log_buf)=%x
            SYMBOL(log_buf_len)=%x
            SYMBOL(log_first_idx)=%x
            SYMBOL(log_next_idx)=%x
            """
                .formatted(BASE, BASE + 8, BASE + 12, BASE + 16),
            types);
    assertThat(log.read()).extracting(LogLine::text).containsExactly("first", "second");
    memory.putInt(DATA + 8, 3 | 5 << 16);
    assertThat(log.read()).extracting(LogLine::text).containsExactly("first");
    assertThat(warnings.lines()).hasSize(1);
  }

  private void old(int index, int length, String text) {
    memory
        .putLong(DATA + index, 1)
        .putInt(DATA + index + 8, length | text.length() << 16)
        .putInt(DATA + index + 12, 4)
        .put(DATA + index + 256, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void withoutSymbolsThereIsAWarning() {
    assertThat(log("", types()).read()).isEmpty();
    assertThat(warnings.lines()).containsExactly("log: no symbol says where it is");
  }
}
