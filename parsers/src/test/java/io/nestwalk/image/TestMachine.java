package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A machine, made up or out of a real dump, for tests that write it in some format and read it
 * back.
 *
 * @param memory its physical memory
 * @param cpus the registers of each CPU
 * @param source the dump that it came from, or null
 */
public record TestMachine(PhysicalMemory memory, List<Map<String, Long>> cpus, MemoryImage source)
    implements AutoCloseable {

  public static final int PAGE = 4096;

  private static final int MIB = 1 << 20;

  private static final List<String> GENERAL =
      List.of(
          "rax",
          "rbx",
          "rcx",
          "rdx",
          "rsi",
          "rdi",
          "rbp",
          "rsp",
          "r8",
          "r9",
          "r10",
          "r11",
          "r12",
          "r13",
          "r14",
          "r15",
          "rip",
          "cr2",
          "gdt_base",
          "idt_base",
          "star",
          "lstar",
          "cstar",
          "sfmask",
          "kernel_gs_base",
          "fs_base",
          "gs_base",
          "tr_base");

  /** Two CPUs in long mode; pages of every kind in three ranges, one of them above 4 GiB. */
  public static TestMachine small() {
    return of(new long[][] {{0, 12}, {0x100000, 10}, {0x1_0000_0000L, 3}}, 2);
  }

  /** One CPU and four pages, one of each kind, in two ranges: for tests that write it often. */
  public static TestMachine tiny() {
    return of(new long[][] {{0, 3}, {0x100000, 1}}, 1);
  }

  /** Each range is an address and a number of pages. */
  private static TestMachine of(long[][] ranges, int cpuCount) {
    Random random = new Random(5);
    int pages = Arrays.stream(ranges).mapToInt(range -> (int) range[1]).sum();
    byte[] file = new byte[pages * PAGE];
    List<MemoryRun> runs = new ArrayList<>();
    int at = 0;
    for (long[] range : ranges) {
      runs.add(new MemoryRun(range[0], range[1] * PAGE, at));
      at += (int) range[1] * PAGE;
    }
    for (int page = 0; page < pages; page++) {
      byte[] content = new byte[PAGE];
      switch (page % 4) {
        case 0 -> random.nextBytes(content);
        case 1 -> Arrays.fill(content, (byte) (page == 1 ? 0 : page));
        case 2 -> {
          byte[] text =
              "the same words over and over, page %d; "
                  .formatted(page)
                  .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
          for (int i = 0; i < PAGE; i++) {
            content[i] = text[i % text.length];
          }
        }
        default -> {} // zeros
      }
      System.arraycopy(content, 0, file, page * PAGE, PAGE);
    }
    return new TestMachine(
        MappedMemory.of(MemorySegment.ofArray(file), runs),
        IntStream.range(0, cpuCount)
            .mapToObj(TestMachine::cpu)
            .collect(Collectors.toCollection(ArrayList::new)),
        null);
  }

  /** A dump among the real images; EFER, which it lacks, is that of a 64-bit kernel. */
  public static TestMachine real(String name) throws ImageException {
    MemoryImage image = MemoryImages.open(RealImages.get(name), OpenOptions.defaults());
    List<Map<String, Long>> cpus = new ArrayList<>();
    for (Cpu cpu : image.cpus()) {
      Map<String, Long> registers = new LinkedHashMap<>(cpu.registers().values());
      registers.putIfAbsent("efer", 0xd01L);
      cpus.add(registers);
    }
    return new TestMachine(image.memory(), cpus, image);
  }

  /** The register of a CPU, 0 when the machine has none of that name. */
  public long register(int cpu, String name) {
    return cpus.get(cpu).getOrDefault(name, 0L);
  }

  /** Checks that what an image holds to be zeros without looking is that. */
  private static void assertUnpopulatedIsZero(PhysicalMemory memory) {
    List<AddressRange> populated = memory.populatedRanges();
    for (AddressRange range : memory.ranges()) {
      long from = range.start();
      for (AddressRange held : populated) {
        if (range.contains(held.start())) {
          assertZero(memory, from, held.start());
          from = held.end();
        }
      }
      assertZero(memory, from, range.end());
    }
  }

  private static void assertZero(PhysicalMemory memory, long start, long end) {
    for (long from = start; from < end; from += MIB) {
      int count = (int) Math.min(MIB, end - from);
      assertThat(Arrays.equals(memory.readBytes(from, count), new byte[count]))
          .as("zeros from 0x%x", from)
          .isTrue();
    }
  }

  /** Checks that an image shows this machine: ranges, bytes, and these registers of each CPU. */
  public void assertShownBy(MemoryImage image, Set<String> registers) {
    assertThat(image.memory().ranges()).isEqualTo(memory.ranges());
    for (AddressRange range : memory.ranges()) {
      for (long from = range.start(); from < range.end(); from += MIB) {
        int count = (int) Math.min(MIB, range.end() - from);
        byte[] expected = memory.readBytes(from, count);
        byte[] actual = image.memory().readBytes(from, count);
        if (!Arrays.equals(expected, actual)) {
          assertThat(actual).as("at 0x%x", from).hasSize(count);
          assertThat(Arrays.mismatch(expected, actual))
              .as("difference from 0x%x", from)
              .isEqualTo(-1);
        }
      }
    }
    assertUnpopulatedIsZero(image.memory());
    if (registers.isEmpty()) {
      assertThat(image.cpus()).isEmpty();
      return;
    }
    assertThat(image.cpus()).hasSize(cpus.size());
    for (int cpu = 0; cpu < cpus.size(); cpu++) {
      assertThat(image.cpus().get(cpu).id()).isEqualTo(cpu);
      for (String name : registers) {
        assertThat(image.cpus().get(cpu).registers().get(name))
            .as("%s of CPU %d", name, cpu)
            .hasValue(register(cpu, name));
      }
    }
  }

  @Override
  public void close() {
    if (source != null) {
      source.close();
    }
  }

  private static Map<String, Long> cpu(int number) {
    Map<String, Long> registers = new LinkedHashMap<>();
    for (int i = 0; i < GENERAL.size(); i++) {
      registers.put(GENERAL.get(i), 0xffff_8000_0000_0000L + number * 0x1000L + i * 8L);
    }
    registers.put("rflags", 0x246L + number);
    registers.put("cr0", 0x8005_0033L);
    registers.put("cr3", 0x1000L + number * 0x2000L);
    registers.put("cr4", 0x6b0L);
    registers.put("efer", 0xd01L);
    registers.put("cs", 0x10L);
    registers.put("ss", 0x18L);
    registers.put("ds", 0x20L + number);
    registers.put("es", 0x28L);
    registers.put("fs", 0x30L);
    registers.put("gs", 0x38L);
    registers.put("tr", 0x40L);
    registers.put("cs_flags", 0xa09b00L);
    registers.put("gdt_limit", 0x7fL);
    registers.put("idt_limit", 0xfffL);
    return registers;
  }
}
