package io.nestwalk.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An opened dump: physical memory, CPU registers and facts about the file. Immutable. */
public final class MemoryImage implements AutoCloseable {

  private final ImageFile file;
  private final List<Path> files;
  private final String format;
  private final Optional<String> creator;
  private final Optional<Architecture> architecture;
  private final PhysicalMemory memory;
  private final List<MemoryRun> runs;
  private final List<Cpu> cpus;
  private final Optional<String> vmcoreinfo;
  private final List<String> warnings;
  private final List<Advice> advice;
  private final Set<ImageOption> unused;
  private final List<MachineSnapshot> snapshots;
  private final SystemHints hints;

  private MemoryImage(Builder builder) {
    file = builder.file;
    files = List.copyOf(builder.files);
    format = builder.format;
    creator = builder.creator;
    architecture = builder.architecture;
    memory = builder.memory;
    runs = List.copyOf(builder.runs);
    cpus = List.copyOf(builder.cpus);
    vmcoreinfo = builder.vmcoreinfo;
    warnings = List.copyOf(builder.warnings);
    advice = List.copyOf(builder.advice);
    unused = Set.copyOf(builder.unused);
    snapshots = List.copyOf(builder.snapshots);
    hints = builder.hints;
  }

  /**
   * Begins an image. What is not said of it is unknown, or none.
   *
   * @param file where it is read from; closed with the image
   * @param format the format's name: "elf", "raw"
   * @param memory the machine's physical memory
   */
  public static Builder of(ImageFile file, String format, PhysicalMemory memory) {
    return new Builder(file, format, memory);
  }

  /** Begins an image that is this one but for what is said of it. */
  public Builder toBuilder() {
    Builder builder = new Builder(file, format, memory);
    builder.files = files;
    builder.creator = creator;
    builder.architecture = architecture;
    builder.runs = runs;
    builder.cpus = cpus;
    builder.vmcoreinfo = vmcoreinfo;
    builder.warnings.addAll(warnings);
    builder.advice.addAll(advice);
    builder.unused.addAll(unused);
    builder.snapshots = snapshots;
    builder.hints = hints;
    return builder;
  }

  /** Where the image is read from; closed with the image. */
  public ImageFile file() {
    return file;
  }

  /**
   * The files that the image was read from as they were given: the parts of a split one in their
   * order, of a folder all that lie in it, packed ones as they are. Side files are not among them;
   * {@link ImageFile#sources} has these. Empty for an image that was not opened from a path.
   */
  public List<Path> files() {
    return files;
  }

  /** The format's name: "elf", "raw". */
  public String format() {
    return format;
  }

  /** What wrote the dump, as far as it tells: "QEMU". */
  public Optional<String> creator() {
    return creator;
  }

  /** The machine's instruction set where the file tells it. */
  public Optional<Architecture> architecture() {
    return architecture;
  }

  /** The machine's physical memory. */
  public PhysicalMemory memory() {
    return memory;
  }

  /** Where in the file the memory stands, for formats that store it plainly. */
  public List<MemoryRun> runs() {
    return runs;
  }

  /** The CPUs that the file describes; empty for raw memory. */
  public List<Cpu> cpus() {
    return cpus;
  }

  /** The guest kernel's VMCOREINFO text, where the file carries it. */
  public Optional<String> vmcoreinfo() {
    return vmcoreinfo;
  }

  /** What could not be read or had to be assumed, a line each. */
  public List<String> warnings() {
    return warnings;
  }

  /** Which of the warnings are about an option of the user's. */
  public List<Advice> advice() {
    return advice;
  }

  /** Options that the format uses, but not for this file. */
  Set<ImageOption> unused() {
    return unused;
  }

  /** The machine's snapshots that the file holds, for formats that may hold several. */
  public List<MachineSnapshot> snapshots() {
    return snapshots;
  }

  /** What the file notes of the guest system; {@link SystemHints#NONE} where it does not. */
  public SystemHints hints() {
    return hints;
  }

  @Override
  public void close() {
    file.close();
  }

  /** What is known of an image, bit by bit. */
  public static final class Builder {

    private final ImageFile file;
    private final String format;
    private final PhysicalMemory memory;
    private final List<String> warnings = new ArrayList<>();
    private final List<Advice> advice = new ArrayList<>();
    private final Set<ImageOption> unused = EnumSet.noneOf(ImageOption.class);
    private List<Path> files = List.of();
    private Optional<String> creator = Optional.empty();
    private Optional<Architecture> architecture = Optional.empty();
    private List<MemoryRun> runs = List.of();
    private List<Cpu> cpus = List.of();
    private Optional<String> vmcoreinfo = Optional.empty();
    private List<MachineSnapshot> snapshots = List.of();
    private SystemHints hints = SystemHints.NONE;

    private Builder(ImageFile file, String format, PhysicalMemory memory) {
      this.file = file;
      this.format = format;
      this.memory = memory;
    }

    /** The files that were given. */
    Builder files(List<Path> given) {
      files = given;
      return this;
    }

    /** What wrote the dump. */
    public Builder creator(String name) {
      creator = Optional.of(name);
      return this;
    }

    /** What wrote the dump, where it tells that. */
    public Builder creator(Optional<String> name) {
      creator = name;
      return this;
    }

    /** The machine's instruction set. */
    public Builder architecture(Architecture known) {
      architecture = Optional.of(known);
      return this;
    }

    /** The machine's instruction set, where the file tells it. */
    public Builder architecture(Optional<Architecture> known) {
      architecture = known;
      return this;
    }

    /** Where in the file the memory stands plainly. */
    public Builder runs(List<MemoryRun> stored) {
      runs = stored;
      return this;
    }

    /** The CPUs that the file describes. */
    public Builder cpus(List<Cpu> described) {
      cpus = described;
      return this;
    }

    /** The guest kernel's VMCOREINFO text, where the file carries it. */
    public Builder vmcoreinfo(Optional<String> text) {
      vmcoreinfo = text;
      return this;
    }

    /** Adds what could not be read or had to be assumed. */
    public Builder warnings(Collection<String> lines) {
      warnings.addAll(lines);
      return this;
    }

    /** Puts warnings before those that are there. */
    public Builder warningsBefore(Collection<String> lines) {
      warnings.addAll(0, lines);
      return this;
    }

    /** Adds a warning that is about an option of the user's. */
    public Builder advice(Advice given) {
      warnings.add(given.warning());
      advice.add(given);
      return this;
    }

    /** Says that these options have no use for this file, though the format has one for them. */
    public Builder ignoring(ImageOption... options) {
      unused.addAll(Arrays.asList(options));
      return this;
    }

    /** The snapshots that the file holds. */
    public Builder snapshots(List<MachineSnapshot> all) {
      snapshots = all;
      return this;
    }

    /** What the file notes of the guest system. */
    public Builder hints(SystemHints noted) {
      hints = noted;
      return this;
    }

    /** The image. */
    public MemoryImage build() {
      return new MemoryImage(this);
    }
  }
}
