package io.nestwalk.windows;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.SystemHints;
import io.nestwalk.image.VirtualPieces;
import io.nestwalk.memory.Layer;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestText;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.Traits;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.layout.KnownBuild;
import io.nestwalk.windows.layout.KnownBuilds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A Windows of which a dump holds pieces of the kernel's virtual memory, and what its header notes:
 * a triage dump. Processes are those whose objects are among the pieces.
 */
final class DumpedSystem implements GuestSystem {

  private static final String PROCESS = "_EPROCESS";
  private static final int BUILD_MASK = 0xffff;
  private static final int MAX_PROCESSES = 1 << 16;
  private static final int NAME_BYTES = 15;
  private static final int SYSTEM_PID = 4;
  private static final String SYSTEM = "System";

  private final SystemHints hints;
  private final DumpedPieces memory;
  private final KnownBuild build;
  private final int number;
  private final long system;
  private final Warnings warnings = new Warnings();

  private DumpedSystem(
      SystemHints hints, DumpedPieces memory, KnownBuild build, int number, long system) {
    this.hints = hints;
    this.memory = memory;
    this.build = build;
    this.number = number;
    this.system = system;
  }

  /**
   * The system whose pieces a dump holds; empty where it holds none, or where the list of processes
   * that the dump names does not begin with the System process.
   */
  static Optional<GuestSystem> of(SystemHints hints, Architecture architecture) {
    Optional<VirtualPieces> pieces = hints.virtual();
    OptionalLong head = hints.get("psActiveProcessHead");
    if (pieces.isEmpty() || head.isEmpty()) {
      return Optional.empty();
    }
    DumpedPieces memory = new DumpedPieces(pieces.get());
    int number = (int) hints.get("minorVersion").orElse(0) & BUILD_MASK;
    long entry = memory.getLong(head.getAsLong(), 0);
    for (KnownBuild each :
        KnownBuilds.installed().candidates(architecture, number, Optional.empty())) {
      int links = each.types().field(PROCESS, "ActiveProcessLinks").offset();
      long process = entry - links;
      if (each.types().field(PROCESS, "UniqueProcessId").get(memory, process, 0) == SYSTEM_PID
          && name(each.types(), memory, process).equals(SYSTEM)
          && memory.getLong(entry + Long.BYTES, 0) == head.getAsLong()) {
        return Optional.of(new DumpedSystem(hints, memory, each, number, process));
      }
    }
    return Optional.empty();
  }

  private static String name(KernelTypes types, Layer memory, long process) {
    Field field = types.field(PROCESS, "ImageFileName");
    if (!memory.isPresent(field.at(process))) {
      // One process is known by its number, should the piece with its name not be in the dump.
      return types.field(PROCESS, "UniqueProcessId").get(memory, process, 0) == SYSTEM_PID
          ? SYSTEM
          : "";
    }
    return GuestText.upToZero(memory.readBytes(field.at(process), NAME_BYTES));
  }

  @Override
  public SystemFacts facts() {
    long base = hints.get("kernelBase").orElse(0);
    return SystemFacts.builder(WindowsFacts.NAME, "build " + number, base)
        .root(hints.get("directoryTableBase"))
        .object(system)
        .basis(
            List.of(
                "build",
                "offsets of build " + build,
                hints.source() + ": only pieces of the kernel's memory are there"))
        .traits(
            new WindowsFacts(
                number,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Kernel.time(hints.get("systemTime").orElse(0)),
                Optional.empty(),
                Optional.empty(),
                Optional::empty))
        .build();
  }

  @Override
  public List<GuestProcess> processes() {
    int links = build.types().field(PROCESS, "ActiveProcessLinks").offset();
    long head = hints.get("psActiveProcessHead").orElseThrow();
    Set<Long> found = new LinkedHashSet<>();
    for (int direction : new int[] {0, Long.BYTES}) {
      long entry = memory.getLong(head + direction, 0);
      while (entry != head && memory.isPresent(entry) && found.size() < MAX_PROCESSES) {
        if (!found.add(entry - links) && direction == 0) {
          break;
        }
        entry = memory.getLong(entry + direction, 0);
      }
      if (entry != head) {
        warnings.add(
            "list of processes: the dump has not what is at 0x%x: the rest is missing"
                .formatted(entry));
      }
    }
    List<GuestProcess> processes = new ArrayList<>();
    for (long process : found) {
      if (memory.isPresent(build.types().field(PROCESS, "UniqueProcessId").at(process))) {
        processes.add(read(process));
      } else {
        warnings.add("the process at 0x%x: the dump has not its number".formatted(process));
      }
    }
    processes.sort(
        Comparator.comparingInt(GuestProcess::pid).thenComparingLong(GuestProcess::object));
    return processes;
  }

  private GuestProcess read(long process) {
    KernelTypes types = build.types();
    long exit = value("ExitTime", process);
    Optional<Field> threads = types.findField(PROCESS, "ActiveThreads");
    return GuestProcess.builder(
            (int) value("UniqueProcessId", process), name(types, memory, process), process)
        .ppid((int) value("InheritedFromUniqueProcessId", process))
        .startTime(Kernel.time(value("CreateTime", process)))
        .endTime(Kernel.time(exit))
        .exited(exit != 0)
        .threads(
            threads.isPresent() && memory.isPresent(threads.get().at(process))
                ? OptionalInt.of((int) threads.get().get(memory, process, 0))
                : OptionalInt.empty())
        .seenBy(Set.of("activeProcessLinks"))
        .build();
  }

  private long value(String member, long process) {
    return build.types().field(PROCESS, member).get(memory, process, 0);
  }

  @Override
  public Set<Subject> unknown() {
    return EnumSet.complementOf(EnumSet.of(Subject.MODULES));
  }

  @Override
  public List<GuestMapping> mappings(GuestProcess process) {
    return List.of();
  }

  @Override
  public Optional<Layer> memoryOf(GuestProcess process) {
    return Optional.empty();
  }

  @Override
  public Layer kernelMemory() {
    return memory;
  }

  @Override
  public List<GuestModule> modules() {
    return hints.modules().stream()
        .map(
            module -> {
              String path = module.name();
              String file = path.substring(path.lastIndexOf('\\') + 1);
              return new GuestModule(
                  file, module.base(), module.size(), 0, Optional.of(path), Traits.NONE);
            })
        .toList();
  }

  @Override
  public List<String> warnings() {
    return warnings.lines();
  }
}
