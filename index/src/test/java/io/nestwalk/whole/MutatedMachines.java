package io.nestwalk.whole;

import com.sun.management.OperatingSystemMXBean;
import io.nestwalk.extract.Extraction;
import io.nestwalk.finding.FindingSearch;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Cataloguer;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.paging.Translation;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A real image, mutated: its tables looped, crossed and exchanged, what its kernels keep in memory
 * overwritten. Each mutant goes through everything that machines, ps, maps, analyze and extract do,
 * but for what writes files.
 *
 * <p>{@code main IMAGE COUNT SEED} prints a line for each mutant that fails or takes more than 20
 * seconds of processor time, and figures.
 */
public final class MutatedMachines {

  /** Processor time; how long it takes on the clock depends on what else runs. */
  private static final long SLOW_MILLIS = 20_000;

  private static final long PRESENT = 0x67;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

  private final MemoryImage image;

  /** Pages that are tables of any machine, and pages that hold objects of kernels. */
  private final List<Long> tables = new ArrayList<>();

  private final List<Long> objects = new ArrayList<>();

  MutatedMachines(MemoryImage image) {
    this.image = image;
    Machines machines = MachineFinder.find(image, 1, Progress.NONE);
    for (Machine machine : machines.all()) {
      machine.secondLevel().root().ifPresent(root -> addTables(root.address(), machine, 3));
      machine.roots().stream()
          .limit(40)
          .forEach(
              root -> {
                long lowest = Layer.toLowest(machine.physical(), root.address());
                if (!Translation.isFault(lowest)) {
                  addTables(Translation.address(lowest), machine, 3);
                }
              });
      machine.system().ifPresent(this::addObjects);
    }
  }

  /** What tables name, whatever their form: any entry that leads to memory. */
  private void addTables(long table, Machine machine, int depth) {
    if (tables.size() > 20_000 || !image.memory().isPresent(table)) {
      return;
    }
    tables.add(table);
    int named = 0;
    for (int i = 0; i < 512 && depth > 0 && named < 12; i++) {
      long entry = image.memory().getLong(table + 8L * i, 0);
      if ((entry & 1) != 0) {
        long below = Layer.toLowest(machine.physical(), entry & ADDRESS);
        if (!Translation.isFault(below)) {
          named++;
          addTables(Translation.address(below), machine, depth - 1);
        }
      }
    }
  }

  private void addObjects(GuestSystem system) {
    Layer kernel = system.kernelMemory();
    List<Long> virtual = new ArrayList<>();
    virtual.add(system.facts().kernelBase());
    virtual.add(system.facts().object());
    for (GuestProcess process : system.processes()) {
      virtual.add(process.object());
      system.mappings(process).forEach(mapping -> virtual.add(mapping.object()));
      // mm, files, credentials, maple nodes: whatever the object points to.
      for (int i = 0; i < 512; i++) {
        long pointer = kernel.getLong(process.object() + 8L * i, 0);
        if (pointer < 0 && kernel.isPresent(pointer)) {
          virtual.add(pointer);
        }
      }
    }
    system.virtualMachines().forEach(guest -> virtual.add(guest.object()));
    // BTF, symbols and data of the kernel lie behind its code.
    for (int i = 0; i < 400; i++) {
      virtual.add(system.facts().kernelBase() + (long) i * 0x1_3000);
    }
    for (long address : virtual) {
      long lowest = Layer.toLowest(kernel, address);
      if (!Translation.isFault(lowest)) {
        objects.add(Translation.address(lowest));
      }
    }
  }

  /** A mutant; the same for the same seed. */
  MemoryImage mutant(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Overlay memory = new Overlay(image.memory());
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      if (objects.isEmpty() || (!tables.isEmpty() && random.nextInt(3) != 0)) {
        mutateTable(memory, random);
      } else {
        mutateObject(memory, random);
      }
    }
    return MemoryImage.of(image.file(), image.format(), memory)
        .creator(image.creator())
        .architecture(image.architecture())
        .cpus(image.cpus())
        .vmcoreinfo(image.vmcoreinfo())
        .build();
  }

  private void mutateTable(Overlay memory, SplittableRandom random) {
    if (tables.isEmpty()) {
      return;
    }
    long table = any(tables, random);
    int kind = random.nextInt(8);
    long flags = image.memory().getLong(table + 8L * random.nextInt(512), 0) & ~ADDRESS;
    flags = (flags & 1) == 0 ? PRESENT : flags;
    for (int i = 0; i < 512; i++) {
      long at = table + 8L * i;
      long entry = memory.getLong(at, 0);
      switch (kind) {
        case 0 -> memory.putLong(at, table | flags);
        case 1 -> memory.putLong(at, any(tables, random) | flags);
        case 2 -> memory.putLong(at, entry ^ 1L << random.nextInt(64));
        case 3 -> memory.putLong(at, (entry & ADDRESS) | flags | 0x80);
        case 4 ->
            memory.putLong(at, tables.get((tables.indexOf(table) + i) % tables.size()) | flags);
        case 5 -> memory.putLong(at, random.nextLong());
        case 6 -> {
          if (random.nextInt(16) == 0) {
            memory.putLong(at, any(tables, random) | flags);
          }
        }
        default -> memory.putLong(at, image.memory().getLong(any(tables, random) + 8L * i, 0));
      }
    }
  }

  private void mutateObject(Overlay memory, SplittableRandom random) {
    long object = any(objects, random) & -8;
    int words = 1 << random.nextInt(8);
    for (int i = 0; i < words; i++) {
      long at = object + 8L * random.nextInt(256);
      long value =
          switch (random.nextInt(7)) {
            case 0 -> memory.getLong(at, 0) ^ 1L << random.nextInt(64);
            case 1 -> random.nextLong();
            case 2 -> memory.getLong(object + 8L * random.nextInt(256), 0);
            case 3 -> -1;
            case 4 -> Long.MAX_VALUE >>> random.nextInt(63);
            case 5 -> memory.getLong(at, 0) + 8L * (random.nextInt(64) - 32);
            default -> 0;
          };
      memory.putLong(at, value);
    }
  }

  private static long any(List<Long> addresses, SplittableRandom random) {
    return addresses.get(random.nextInt(addresses.size()));
  }

  /** What the commands do with an image; how many entries it gave. */
  static long work(MemoryImage mutant) throws Exception {
    Machines machines = MachineFinder.find(mutant, 1, Progress.NONE);
    FindingSearch.in(machines);
    long[] entries = {0};
    Cataloguer cataloguer = new Cataloguer(StoredRuns.of(mutant), Progress.NONE);
    for (Machine machine : machines.all()) {
      cataloguer.catalogue(machine, entry -> entries[0]++);
    }
    for (Machine machine : machines.all()) {
      write(Extraction.ofMachine(mutant, machine, Extraction.Form.ELF).orElse(null));
      if (machine.system().isPresent()) {
        GuestSystem system = machine.system().get();
        List<GuestProcess> processes = system.processes();
        Random few = new Random(1);
        for (int i = 0; i < 3 && !processes.isEmpty(); i++) {
          GuestProcess process = processes.get(few.nextInt(processes.size()));
          system.openFiles(process);
          system.environment(process);
          write(Extraction.ofProcess(mutant, machine, system, process).orElse(null));
        }
        system.modules();
        system.log();
        system.sockets();
        system.mounts();
        system.checks();
        system.cachedFiles();
      }
    }
    return entries[0];
  }

  private static void write(Extraction extraction) throws Exception {
    if (extraction != null && extraction.bytes() < 64 << 20) {
      extraction.file().write(new Nowhere(), Progress.NONE);
    }
  }

  /** A file that keeps nothing. */
  private static final class Nowhere implements SeekableByteChannel {
    private long position;
    private long size;

    @Override
    public int read(ByteBuffer target) {
      return -1;
    }

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      source.position(source.limit());
      position += count;
      size = Math.max(size, position);
      return count;
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
      position = newPosition;
      return this;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public SeekableByteChannel truncate(long newSize) {
      size = newSize;
      return this;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** Runs mutants of one image. */
  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[1]);
    long seed = Long.parseLong(arguments[2]);
    int failures = 0;
    long longest = 0;
    long most = 0;
    try (MemoryImage image = MemoryImages.open(Path.of(arguments[0]), OpenOptions.defaults())) {
      MutatedMachines mutants = new MutatedMachines(image);
      System.out.printf(
          "%s: %d tables, %d objects%n",
          arguments[0], mutants.tables.size(), mutants.objects.size());
      TreeMap<String, Integer> kinds = new TreeMap<>();
      for (int i = 0; i < count; i++) {
        long began = processorNanos();
        String outcome = "";
        try {
          most = Math.max(most, work(mutants.mutant(seed + i)));
        } catch (Exception | StackOverflowError | OutOfMemoryError e) {
          StackTraceElement[] trace = e.getStackTrace();
          outcome = e + " at " + (trace.length > 0 ? trace[0] + " " + nestwalk(trace) : "?");
          failures++;
          kinds.merge(outcome.replaceAll("0x[0-9a-f]+|-?[0-9]{3,}", "N"), 1, Integer::sum);
        }
        long millis = (processorNanos() - began) / 1_000_000;
        longest = Math.max(longest, millis);
        if (!outcome.isEmpty() || millis > SLOW_MILLIS) {
          System.out.printf("seed %d: %d ms %s%n", seed + i, millis, outcome);
        }
      }
      kinds.forEach((kind, times) -> System.out.printf("%5d x %s%n", times, kind));
    }
    System.out.printf(
        "%d mutants, %d failed, longest %d ms, most entries %d%n", count, failures, longest, most);
  }

  /** What all threads of this process have taken so far. */
  private static long processorNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static String nestwalk(StackTraceElement[] trace) {
    for (StackTraceElement element : trace) {
      if (element.getClassName().startsWith("io.nestwalk")
          && !element.getClassName().contains("whole")) {
        return element.toString();
      }
    }
    return "";
  }
}
