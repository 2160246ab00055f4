package io.nestwalk.image.qemu;

import io.nestwalk.image.Advice;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.PiecedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A stream, from its magic on: sections of RAM, then devices, then a description of these. */
public final class MigrationStream {

  /** "QEVM", as the little-endian value that {@link PiecedFile#intAt} gives. */
  static final long MAGIC = 0x4d564551;

  private static final int VERSION = 3;
  private static final int HEADER = 8;

  private static final int EOF = 0;
  private static final int START = 1;
  private static final int PART = 2;
  private static final int END = 3;
  private static final int FULL = 4;
  private static final int CONFIGURATION = 7;
  private static final int COMMAND = 8;
  private static final int FOOTER = 0x7e;

  private static final String RAM = "ram";

  private final StreamReader reader;
  private final OpenOptions options;
  private final List<String> warnings = new ArrayList<>();

  /** Warnings about what the user can say of the stream. */
  private final List<Advice> advice = new ArrayList<>();

  private final CpuReader cpus = new CpuReader();

  private Configuration configuration;

  /** How much memory is below 4 GiB, where an earlier reading has found that out. */
  private OptionalLong knownLow = OptionalLong.empty();

  /** Null when no clock was read that tells it. */
  private CmosMemory cmos;

  private RamReader ram;
  private long ramId = -1;

  /** Where the RAM read so far ends: devices come behind it. */
  private long devicesFrom = HEADER;

  private Optional<Description> description = Optional.empty();
  private boolean searchedDescription;

  private MigrationStream(
      PiecedFile stream, String machine, List<String> notes, OpenOptions options) {
    reader = new StreamReader(stream, 0);
    configuration = Configuration.of(machine);
    warnings.addAll(notes);
    this.options = options;
  }

  /** Whether the bytes begin as a stream does. */
  public static boolean hasMagic(PiecedFile stream) {
    try {
      return stream.holds(0, HEADER) && stream.intAt(0) == MAGIC;
    } catch (ImageException e) {
      return false;
    }
  }

  /** Why the stream can't be read, of what its first bytes tell; empty when it may be. */
  public static Optional<String> refusal(PiecedFile stream) {
    try {
      long version = Integer.toUnsignedLong(Integer.reverseBytes((int) stream.intAt(4)));
      return version == VERSION
          ? Optional.empty()
          : Optional.of("a QEMU stream of version %d; only 3 is read".formatted(version));
    } catch (ImageException e) {
      return Optional.of(e.reason());
    }
  }

  /**
   * Reads a stream.
   *
   * @param file the file that the image is opened from, and that is closed with it
   * @param stream the stream's bytes within the file
   * @param format the format's name, of the outermost wrapping
   * @param machine the machine's type, where the wrapping tells it; for streams that don't
   * @param notes warnings about what the stream is wrapped in
   * @throws ImageException when no memory can be read
   */
  public static MemoryImage open(
      ImageFile file,
      PiecedFile stream,
      String format,
      String machine,
      List<String> notes,
      OpenOptions options)
      throws ImageException {
    if (!hasMagic(stream)) {
      throw new ImageException(file.name(), "no QEMU stream: \"QEVM\" is missing at its start");
    }
    Optional<String> refusal = refusal(stream);
    if (refusal.isPresent()) {
      throw new ImageException(file.name(), refusal.get());
    }
    List<String> before = new ArrayList<>(notes);
    return readSections(stream, file, machine, before, options).withMemory(file, format);
  }

  /**
   * Reads all sections; twice where the machine's clock, which comes behind the memory, tells of
   * another place of it than the machine's type does ("max-ram-below-4g").
   */
  private static MigrationStream readSections(
      PiecedFile stream, ImageFile file, String machine, List<String> notes, OpenOptions options)
      throws ImageException {
    MigrationStream first = new MigrationStream(stream, machine, notes, options);
    first.readSections(file);
    OptionalLong low = first.contradictedLow();
    if (low.isEmpty()) {
      return first;
    }
    MigrationStream second = new MigrationStream(stream, machine, notes, options);
    second.knownLow = low;
    second.readSections(file);
    return second;
  }

  /** How much memory is below 4 GiB, where the clock knows better than the type. */
  private OptionalLong contradictedLow() {
    Optional<RamLayout> layout = ram.layout().filter(placed -> placed.low() >= 0);
    if (cmos == null || layout.isEmpty()) {
      return OptionalLong.empty();
    }
    if (cmos.all() != layout.get().size()) {
      warnings.add(
          ("the machine's firmware knows of %d bytes of memory, the RAM blocks %s have %d: some"
                  + " of them may be others than its memory")
              .formatted(cmos.all(), layout.get().memory(), layout.get().size()));
      return OptionalLong.empty();
    }
    return cmos.low() == layout.get().low() ? OptionalLong.empty() : OptionalLong.of(cmos.low());
  }

  /**
   * Reads a memory file with the stream that lacks it, for the capability x-ignore-shared leaves
   * out what lies in a shared file.
   *
   * @param memory the file, which is closed with the image
   * @param state the stream; all that is needed of it is read
   * @throws ImageException when the stream lacks no memory, or not this
   */
  static MemoryImage openMemory(
      ImageFile memory, ImageFile state, String format, OpenOptions options) throws ImageException {
    PiecedFile stream = PiecedFile.from(state, 0);
    Optional<String> refusal = refusal(stream);
    if (refusal.isPresent()) {
      throw new ImageException(state.name(), refusal.get());
    }
    MigrationStream migration = readSections(stream, state, "", List.of(), options);
    migration.completeCpus();
    SharedMemory shared = SharedMemory.of(memory, state, migration.ram);
    migration.warnings.addAll(shared.warnings());
    return migration.image(memory, format, shared.memory(), shared.memory().runs());
  }

  private MemoryImage withMemory(ImageFile file, String format) throws ImageException {
    for (RamBlock block : ram.withoutPages()) {
      if (configuration.ignoresShared()) {
        advice.add(
            Advice.of(
                ImageOption.META,
                ("the RAM block \"%s\" of %d bytes has no pages in this stream (x-ignore-shared):"
                        + " its memory is in the backing file; give that, and this stream as its"
                        + " side file")
                    .formatted(block.name(), block.length())));
      }
    }
    BlockMemory memory = new BlockMemory(file, ram.index(), new PageDecoder(reader.stream()));
    if (memory.ranges().isEmpty()) {
      throw ImageException.advising(
          file.name(),
          "a QEMU stream without a page of memory"
              + (advice.isEmpty()
                  ? warnings.isEmpty() ? "" : "; " + warnings.getLast()
                  : "; " + advice.getLast().warning()),
          advice.stream().map(Advice::option).distinct().toList());
    }
    completeCpus();
    return image(file, format, memory, List.of());
  }

  private void readSections(ImageFile file) throws ImageException {
    reader.seek(HEADER);
    try {
      boolean more = true;
      while (more) {
        more = readSection();
      }
    } catch (ImageException e) {
      if (ram == null || ram.refusal().isPresent()) {
        throw e;
      }
      warnings.add("the stream is damaged or cut: " + e.reason());
    }
    if (ram == null) {
      throw new ImageException(file.name(), "a QEMU stream without a section of RAM");
    }
    warnings.addAll(ram.warnings());
  }

  private MemoryImage image(
      ImageFile file, String format, PhysicalMemory memory, List<MemoryRun> runs)
      throws ImageException {
    Optional<String> refused = refusalOfCpus();
    if (refused.isPresent()) {
      throw new ImageException(file.name(), refused.get());
    }
    MemoryImage.Builder image =
        MemoryImage.of(file, format, memory)
            .creator(
                configuration.machine().isEmpty()
                    ? "QEMU"
                    : "QEMU, machine " + configuration.machine())
            .architecture(architecture())
            .runs(runs)
            .cpus(cpus.cpus())
            .warnings(warnings);
    advice.forEach(image::advice);
    return image.build();
  }

  /** Reads a section; false when there is no more that can be read. */
  private boolean readSection() throws ImageException {
    if (reader.atEnd()) {
      warnings.add("the stream is cut: it has no end mark");
      return false;
    }
    long start = reader.position();
    int type = reader.readByte();
    switch (type) {
      case EOF -> {
        return false;
      }
      case START, FULL -> {
        return readDevice(start);
      }
      case PART, END -> {
        long id = reader.readInt();
        if (ram == null || id != ramId) {
          return stopped(start, "more of the device %d, which can't be read past".formatted(id));
        }
        ram.readSection();
        devicesFrom = reader.position();
      }
      case CONFIGURATION -> configuration = Configuration.read(reader);
      case COMMAND -> {
        reader.readShort();
        reader.skip(reader.readShort());
      }
      case FOOTER -> reader.readInt(); // of the section before
      default -> {
        return stopped(start, "a section of the unknown kind %d".formatted(type));
      }
    }
    return true;
  }

  private boolean readDevice(long start) throws ImageException {
    long id = reader.readInt();
    String name = reader.readName();
    long instance = reader.readInt();
    long version = reader.readInt();
    if (name.equals(RAM)) {
      if (version != RamReader.VERSION) {
        throw reader.fault(
            "RAM of version %d; only %d is read".formatted(version, RamReader.VERSION));
      }
      if (ram != null) {
        return stopped(start, "a second section of RAM");
      }
      ram =
          new RamReader(
              reader, configuration.withPageSize(pageSize()), knownLow, options.progress());
      ramId = id;
      ram.readSection();
      devicesFrom = reader.position();
      return true;
    }
    Optional<Section> device = description(start).flatMap(d -> d.device(name, instance));
    if (device.isEmpty()) {
      return ram == null
          ? goToRam(start, name)
          : stopped(
              start, "the device \"%s\", which the description does not have".formatted(name));
    }
    if (name.equals(CpuReader.NAME)) {
      cpus.read(reader, device.get());
    } else if (name.equals(CmosMemory.DEVICE)) {
      cmos = CmosMemory.of(DeviceReader.read(reader, device.get()), reader.stream());
    } else {
      DeviceReader.skip(reader, device.get());
    }
    return true;
  }

  /** The size of the guest's pages: of boards that may have several the description tells it. */
  private int pageSize() throws ImageException {
    if (configuration.pageSize() != 0) {
      return configuration.pageSize();
    }
    int described =
        Board.isPc(configuration.machine())
            ? 0
            : Description.findAtEnd(reader.stream()).map(Description::pageSize).orElse(0);
    return described != 0 ? described : Configuration.USUAL_PAGE;
  }

  /** Passes over devices before the RAM that nothing describes, by looking for the RAM. */
  private boolean goToRam(long start, String device) throws ImageException {
    Optional<Long> found = RamSearch.find(reader.stream(), start);
    if (found.isEmpty()) {
      throw reader.fault(
          "the device \"%s\" comes before the RAM and is described nowhere".formatted(device));
    }
    reader.seek(found.get());
    return true;
  }

  /** Ends the reading of sections in order; what was read stays, and CPUs are searched for. */
  private boolean stopped(long start, String why) {
    // A description after the last device is no fault, whatever is before it.
    warnings.add("devices are not read in full: at 0x%x of the stream is %s".formatted(start, why));
    return false;
  }

  private Optional<Description> description(long from) throws ImageException {
    if (!searchedDescription) {
      searchedDescription = true;
      description = Description.findAfter(reader.stream(), from);
      if (description.isEmpty()) {
        description = Description.findAtEnd(reader.stream());
      }
    }
    return description;
  }

  /** Finds the CPUs that walking from device to device did not come to. */
  private void completeCpus() throws ImageException {
    Optional<Description> described = description(devicesFrom);
    boolean complete =
        described.isPresent() ? cpus.missing(described.get()).isEmpty() : !cpus.cpus().isEmpty();
    if (complete) {
      return;
    }
    cpus.search(reader.stream(), devicesFrom, described);
    if (described.isPresent() && !cpus.missing(described.get()).isEmpty()) {
      warnings.add(
          "the registers of %d CPUs can't be read".formatted(cpus.missing(described.get()).size()));
    } else if (described.isEmpty()) {
      warnings.add(
          cpus.cpus().isEmpty()
              ? "the stream has no description of its devices, and no CPU was found in it"
              : "the stream has no description of its devices; the CPUs were found by search");
    }
  }

  /** Why a machine with such CPUs is not read; as the ELF core of one is not. */
  private Optional<String> refusalOfCpus() {
    if (cpus.cpus().isEmpty() && !cpus.narrow().isEmpty()) {
      return Optional.of(
          "a QEMU stream of a machine that is not supported (%s)"
              .formatted(cpus.narrow().values().iterator().next()));
    }
    if (!cpus.narrow().isEmpty()) {
      warnings.add(
          "%d CPUs are of a kind that is not supported (%s): no table of theirs is read"
              .formatted(cpus.narrow().size(), cpus.narrow().values().iterator().next()));
    }
    if (!cpus.unknown().isEmpty()) {
      warnings.add(
          ("%d CPUs are of a kind that is not read (none of x86, 64-bit ARM, RISC-V): no page table"
                  + " of theirs is known")
              .formatted(cpus.unknown().size()));
    }
    return Optional.empty();
  }

  private Optional<Architecture> architecture() {
    if (cpus.cpus().isEmpty()) {
      return Optional.empty();
    }
    // A CPU that the guest has not started yet is in real mode.
    return cpus.cpus().stream()
        .map(Cpu::architecture)
        .filter(architecture -> architecture != Architecture.X86)
        .findFirst()
        .or(() -> Optional.of(Architecture.X86));
  }
}
