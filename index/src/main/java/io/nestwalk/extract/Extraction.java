package io.nestwalk.extract;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Permissions;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A core that can be written: a machine's or a process's.
 *
 * @param segments how many segments it has
 * @param bytes how much memory it holds
 * @param file writes it
 * @param warnings what it lacks though the image may hold it, and what of it is made, a line each
 */
public record Extraction(int segments, long bytes, CoreWriter file, List<String> warnings) {

  /** Copies the list. */
  public Extraction {
    warnings = List.copyOf(warnings);
  }

  /**
   * Why nothing at all was found: the look at the tables was cut before, or what there is has no
   * place in the form. Empty where there is something to write, or where there really is nothing.
   */
  public Optional<String> nothingBecause() {
    return segments == 0 && !warnings.isEmpty()
        ? Optional.of(String.join("; ", warnings))
        : Optional.empty();
  }

  // Bits of CR0 and CR4: Intel SDM volume 3A, 2.5.
  private static final long CR0_PG_ET_PE = 0x8000_0011L;
  private static final long CR4_PSE = 1 << 4;
  private static final long CR4_PAE = 1 << 5;
  private static final long CR4_LA57 = 1 << 12;

  private static final Pattern PHYSICAL_BASE =
      Pattern.compile("^NUMBER\\(phys_base\\)=(-?[0-9]{1,18})$", Pattern.MULTILINE);

  /** Writes a core. */
  @FunctionalInterface
  public interface CoreWriter {
    /** Writes it; the channel is empty and is not closed. */
    void write(SeekableByteChannel out, Progress progress) throws IOException;
  }

  /** In what form a machine's memory is written. */
  public enum Form {
    /** An ELF core: every byte in its place, pages of zeros as holes. */
    ELF,
    /** What makedumpfile and QEMU write: packed page by page. */
    KDUMP;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A machine's physical memory with its CPUs. Empty when nothing of it is known: a guest behind
   * shadow tables alone; see also {@link #nothingBecause}.
   */
  public static Optional<Extraction> ofMachine(MemoryImage image, Machine machine, Form form) {
    List<String> warnings = new ArrayList<>();
    List<AddressRange> ranges =
        machine.parent().isEmpty()
            ? image.memory().ranges()
            : guestRanges(image, machine, warnings);
    if (ranges.isEmpty()) {
      return warnings.isEmpty() ? Optional.empty() : Optional.of(nothing(warnings));
    }
    CpuNotes cpuNotes = new CpuNotes(machine.architecture());
    List<Note> notes = new ArrayList<>();
    List<Registers> cpus = machine.cpus().stream().map(cpu -> ofGuest(machine, cpu)).toList();
    for (Registers registers : cpus) {
      notes.add(cpuNotes.status(notes.size() + 1, registers));
    }
    for (Registers registers : cpus) {
      if (registers.get("cr3").isPresent()) {
        cpuNotes.qemu(registers).ifPresent(notes::add);
      }
    }
    Optional<String> crashInfo = crashInfo(machine, warnings);
    crashInfo
        .map(text -> new Note(Note.VMCOREINFO, 0, text.getBytes(StandardCharsets.US_ASCII)))
        .ifPresent(notes::add);
    if (form == Form.KDUMP) {
      return Optional.of(
          kdump(machine, notes, cpus.size(), physicalBase(crashInfo), ranges, warnings));
    }
    return Optional.of(
        of(
            machine,
            notes,
            CoreFile.UNALIGNED,
            KernelSegments.of(machine, ranges, warnings),
            ranges,
            machine.physical(),
            warnings));
  }

  /** A core that holds no memory, for these reasons. */
  private static Extraction nothing(List<String> reasons) {
    return new Extraction(
        0,
        0,
        (_, _) -> {
          throw new IOException("there is nothing to write");
        },
        reasons);
  }

  /** The kernel's own text; where that is not found, one that is made, which is told. */
  private static Optional<String> crashInfo(Machine machine, List<String> warnings) {
    if (machine.system().isEmpty()) {
      return Optional.empty();
    }
    GuestSystem system = machine.system().get();
    Optional<String> own = system.crashInfo();
    if (own.isPresent()) {
      return own;
    }
    Optional<String> made = system.madeCrashInfo();
    if (made.isPresent()) {
      warnings.add(
          machine.id()
              + ": the kernel's own VMCOREINFO was not found: the one in the file is made by"
              + " Nestwalk, from what else is known of the kernel, and says less");
    }
    return made;
  }

  private static Extraction kdump(
      Machine machine,
      List<Note> notes,
      int cpus,
      long physicalBase,
      List<AddressRange> ranges,
      List<String> warnings) {
    List<AddressRange> pages = KdumpFile.wholePages(ranges);
    long bytes = bytes(pages);
    long lost = bytes(ranges) - bytes;
    if (lost > 0) {
      warnings.add(
          "%s: left out: %s of memory that fill no page; a kdump holds whole pages"
              .formatted(machine.id(), Count.of(lost, "byte")));
    }
    if (pages.isEmpty()) {
      return nothing(warnings);
    }
    Optional<SystemFacts> facts = machine.system().map(GuestSystem::facts);
    String banner = facts.flatMap(SystemFacts::banner).orElse("");
    KdumpFile.Names names =
        new KdumpFile.Names(
            facts.map(SystemFacts::name).orElse(""),
            facts.flatMap(SystemFacts::hostName).orElse(""),
            facts.map(SystemFacts::version).orElse(""),
            // Linux's banner ends in what uname -v says.
            banner.substring(Math.max(0, banner.indexOf('#'))));
    KdumpFile file =
        new KdumpFile(
            machine.architecture(),
            names,
            notes,
            cpus,
            physicalBase,
            pages,
            1 << machine.usualMode().bottom().shift());
    return new Extraction(
        pages.size(),
        bytes,
        (out, progress) -> file.write(out, machine.physical(), progress),
        warnings);
  }

  private static long bytes(List<AddressRange> ranges) {
    return ranges.stream().mapToLong(AddressRange::length).sum();
  }

  private static long physicalBase(Optional<String> crashInfo) {
    Matcher found = PHYSICAL_BASE.matcher(crashInfo.orElse(""));
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }

  /**
   * A CPU's registers as the guest has them: completed by what the hypervisor keeps, and without
   * the root of shadow tables, which is none in the guest's memory.
   */
  private static Registers ofGuest(Machine machine, Cpu cpu) {
    Map<String, Long> values = new LinkedHashMap<>(cpu.registers().values());
    if (machine.secondLevel().kind() == SecondLevel.Kind.SHADOW) {
      values.remove("cr3");
    }
    machine.inHypervisor().stream()
        .flatMap(guest -> guest.cpus().stream())
        .filter(kept -> kept.id() == cpu.id())
        .forEach(kept -> kept.registers().values().forEach(values::putIfAbsent));
    if (values.containsKey("cr3")) {
      machine.mode().ifPresent(mode -> controls(mode).forEach(values::putIfAbsent));
    }
    return new Registers(values);
  }

  /** What the control registers must say, at least, for tables of that mode to be used. */
  private static Map<String, Long> controls(PagingMode mode) {
    long cr4 =
        switch (mode.levels().size()) {
          case 2 -> CR4_PSE;
          case 5 -> CR4_PAE | CR4_LA57;
          default -> CR4_PAE;
        };
    return Map.of("cr0", CR0_PG_ET_PE, "cr4", cr4);
  }

  private static List<AddressRange> guestRanges(
      MemoryImage image, Machine machine, List<String> warnings) {
    Optional<Layer> layer = machine.physicalLayer();
    if (layer.isEmpty()) {
      return List.of();
    }
    Held held = new Held(layer.get(), image);
    held.add(0, -1)
        .ifPresent(
            address ->
                warnings.add(
                    cut(machine.id() + ": second-level tables map", "guest-physical", address)));
    List<AddressRange> ranges = new ArrayList<>();
    held.ranges.stream()
        .sorted(Comparator.comparingLong(AddressRange::start))
        .forEach(piece -> join(ranges, piece.start(), piece.length()));
    return ranges;
  }

  private static String cut(String whose, String kind, long address) {
    return "%s more than this image has memory for: what they map from %s 0x%x on is not extracted"
        .formatted(whose, kind, address);
  }

  /** What there is of a space: in the image, or beside one of the space's layers. */
  private static final class Held {

    /** Programs that map their heap three times are known. */
    private static final long MOST_COPIES = 4;

    private static final long ALWAYS = 1L << 28;

    private final Layer space;
    private final StoredRuns stored;
    private final Budget budget;
    private final boolean beside;
    private final List<AddressRange> ranges = new ArrayList<>();
    private OptionalLong cutFrom = OptionalLong.empty();
    private long room;

    Held(Layer space, MemoryImage image) {
      this.space = space;
      stored = StoredRuns.of(image);
      budget = Budget.forSpace(space);
      beside = Layer.hasBeside(space);
      room = MOST_COPIES * image.memory().presentBytes() + ALWAYS;
    }

    /**
     * Adds what there is from {@code from} to {@code to}, both included.
     *
     * @return from where on nothing was looked at; empty where all was
     */
    OptionalLong add(long from, long to) {
      return add(from, to, this::add);
    }

    /** The same, where the visitor decides which runs are added. */
    OptionalLong add(long from, long to, Consumer<PageRuns.Run> visitor) {
      cutFrom = OptionalLong.empty();
      Enumerated shown = PageRuns.forEach(space, from, to, budget, visitor);
      return shown.complete() || cutFrom.isPresent() ? cutFrom : OptionalLong.of(shown.cutFrom());
    }

    /** Adds nothing once something had no room: what is told is from where on all is missing. */
    private void add(PageRuns.Run run) {
      if (cutFrom.isPresent()) {
        return;
      }
      if (run.lowest() == PageRuns.NOT_MAPPED) {
        if (beside && !run.state().name().equals(PageState.MIRROR)) {
          addBeside(run);
        }
        return;
      }
      stored.cut(
          run,
          (offset, length, place) -> {
            if (stored.holds(run.lowest() + offset) && hasRoom(run.start() + offset, length)) {
              join(ranges, run.start() + offset, length);
            }
          });
    }

    /** Large pages of hostile tables may show the same memory many times. */
    private boolean hasRoom(long start, long length) {
      if (cutFrom.isEmpty() && length > room) {
        cutFrom = OptionalLong.of(start);
      }
      room -= cutFrom.isPresent() ? 0 : length;
      return cutFrom.isEmpty();
    }

    /** Page by page: a layer tells only then what it can read beside its memory. */
    private void addBeside(PageRuns.Run run) {
      for (long offset = 0; offset < run.length(); offset += Layer.PAGE) {
        if (!budget.take()) {
          cutFrom = OptionalLong.of(run.start() + offset);
          return;
        }
        if (Layer.isBeside(space, run.start() + offset)) {
          join(ranges, run.start() + offset, Layer.PAGE);
        }
      }
    }
  }

  /** Adds a range, or makes the last one longer where it goes on from there. */
  static void join(List<AddressRange> ranges, long start, long length) {
    if (!ranges.isEmpty() && ranges.getLast().end() == start) {
      AddressRange last = ranges.removeLast();
      ranges.add(new AddressRange(last.start(), last.length() + length));
    } else {
      ranges.add(new AddressRange(start, length));
    }
  }

  /**
   * A process with its mappings; where these are not known, with the pages that its tables give to
   * user mode. What is not present of a mapping is no segment: debuggers show a segment without
   * content as zeros. Empty when the process has no memory of its own; see also {@link
   * #nothingBecause}.
   */
  public static Optional<Extraction> ofProcess(
      MemoryImage image, Machine machine, GuestSystem system, GuestProcess process) {
    Optional<Layer> memory = system.memoryOf(process);
    List<GuestMapping> mappings = system.mappings(process);
    if (memory.isEmpty()) {
      return Optional.empty();
    }
    List<Note> notes = new ArrayList<>();
    CpuNotes cpuNotes = new CpuNotes(machine.architecture());
    ThreadStates.of(machine, system, process, mappings)
        .forEach((id, state) -> cpuNotes.ofThread(id, state, notes::add));
    ProcessNotes processNotes = new ProcessNotes(machine.architecture());
    notes.add(processNotes.information(process));
    byte[] auxiliary = system.auxiliaryVector(process);
    if (auxiliary.length > 0) {
      notes.add(new Note(Note.CORE, Note.NT_AUXV, auxiliary));
    }
    if (mappings.isEmpty()) {
      String whose = "%s: process %d".formatted(machine.id(), process.pid());
      return ofPages(image, machine, notes, memory.get(), Permissions.USER, whose);
    }
    notes.add(processNotes.files(mappings));
    List<Segment> segments = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    Held held = new Held(memory.get(), image);
    for (GuestMapping mapping : mappings) {
      held.ranges.clear();
      OptionalLong cutFrom = held.add(mapping.start(), mapping.end() - 1);
      segments(mapping, held.ranges, segments);
      if (cutFrom.isPresent()) {
        String whose = "%s: process %d: its tables map".formatted(machine.id(), process.pid());
        warnings.add(cut(whose, "virtual", cutFrom.getAsLong()));
        break;
      }
    }
    List<AddressRange> contents =
        segments.stream().map(each -> new AddressRange(each.source(), each.stored())).toList();
    return Optional.of(
        of(machine, notes, CoreFile.PAGE, segments, contents, memory.get(), warnings));
  }

  /**
   * What the tables below a root map, whoever it belongs to: the pages that user mode may use; all
   * pages where there are none such. Empty when they map nothing that the image has; see also
   * {@link #nothingBecause}.
   *
   * @param space virtual memory under that root
   */
  public static Optional<Extraction> ofRoot(
      MemoryImage image, Machine machine, Layer space, long root) {
    List<Note> notes = new ArrayList<>();
    CpuNotes cpuNotes = new CpuNotes(machine.architecture());
    for (Cpu cpu : machine.cpus()) {
      if (ThreadStates.rootOf(cpu).equals(OptionalLong.of(root))) {
        notes.add(cpuNotes.status(notes.size() + 1, cpu.registers()));
      }
    }
    if (notes.isEmpty()) {
      notes.add(cpuNotes.status(1, Registers.NONE));
    }
    String whose = "%s: root 0x%x".formatted(machine.id(), root);
    return ofPages(image, machine, notes, space, Permissions.USER, whose)
        .filter(each -> each.nothingBecause().isEmpty())
        .or(() -> ofPages(image, machine, notes, space, 0, whose));
  }

  /** The pages that tables give at least these permissions. */
  private static Optional<Extraction> ofPages(
      MemoryImage image,
      Machine machine,
      List<Note> notes,
      Layer space,
      int permissions,
      String whose) {
    List<Segment> segments = new ArrayList<>();
    Held held = new Held(space, image);
    OptionalLong cutFrom =
        held.add(
            0,
            space.inputBits() == Integer.SIZE ? 0xffff_ffffL : -1,
            run -> {
              if ((run.permissions() & permissions) == permissions) {
                held.ranges.clear();
                held.add(run);
                held.ranges.forEach(range -> join(segments, range, flags(run.permissions())));
              }
            });
    List<String> warnings =
        cutFrom.isPresent()
            ? List.of(cut(whose + ": its tables map", "virtual", cutFrom.getAsLong()))
            : List.of();
    if (segments.isEmpty()) {
      return warnings.isEmpty() ? Optional.empty() : Optional.of(nothing(warnings));
    }
    List<AddressRange> contents =
        segments.stream().map(each -> new AddressRange(each.source(), each.stored())).toList();
    return Optional.of(of(machine, notes, CoreFile.PAGE, segments, contents, space, warnings));
  }

  private static void join(List<Segment> segments, AddressRange next, int flags) {
    Segment last = segments.isEmpty() ? null : segments.getLast();
    long start = next.start();
    long length = next.length();
    if (last != null && last.virtual() + last.size() == start && last.flags() == flags) {
      segments.removeLast();
      start = last.virtual();
      length += last.size();
    }
    segments.add(new Segment(start, 0, length, length, flags, start));
  }

  private static int flags(int permissions) {
    return ((permissions & Permissions.READ) != 0 ? Segment.READ : 0)
        | ((permissions & Permissions.WRITE) != 0 ? Segment.WRITE : 0)
        | ((permissions & Permissions.EXECUTE) != 0 ? Segment.EXECUTE : 0);
  }

  private static void segments(
      GuestMapping mapping, List<AddressRange> present, List<Segment> segments) {
    int flags = flags(mapping.permissions());
    for (AddressRange range : present) {
      long length = Math.min(range.length(), mapping.end() - range.start());
      segments.add(new Segment(range.start(), 0, length, length, flags, range.start()));
    }
  }

  private static int flags(String permissions) {
    return (permissions.indexOf('r') >= 0 ? Segment.READ : 0)
        | (permissions.indexOf('w') >= 0 ? Segment.WRITE : 0)
        | (permissions.indexOf('x') >= 0 ? Segment.EXECUTE : 0);
  }

  private static Extraction of(
      Machine machine,
      List<Note> notes,
      int alignment,
      List<Segment> segments,
      List<AddressRange> contents,
      Memory memory,
      List<String> warnings) {
    CoreFile core = new CoreFile(machine.architecture(), notes, alignment, segments, contents);
    return new Extraction(
        segments.size(),
        bytes(contents),
        (out, progress) -> core.write(out, memory, progress),
        warnings);
  }
}
