package io.nestwalk.image.qemu;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The CPUs of a stream. */
final class CpuReader {

  static final String NAME = "cpu";

  /** What {@link #search} looks for: the byte of a full section, its number, the name. */
  private static final byte[] NAME_BYTES = {3, 'c', 'p', 'u'};

  private static final int FULL = 4;
  private static final int FOOTER = 0x7e;

  private static final int MAX_CPUS = 8192;

  /** How many places that look like a CPU's section are tried. */
  private static final int MAX_TRIES = 4 * MAX_CPUS;

  /** How much of a stream is searched; its devices have a few MiB. */
  private static final long MAX_SEARCHED = 64L << 20;

  private static final int WINDOW = 1 << 16;

  /** QEMU writes 12 and reads 11. */
  private static final long X86_VERSION = 12;

  private final Map<Long, Cpu> cpus = new TreeMap<>();
  private final Map<Long, String> narrow = new TreeMap<>();
  private final Set<Long> unknown = new TreeSet<>();

  /** The CPUs read so far, by number. */
  List<Cpu> cpus() {
    return List.copyOf(cpus.values());
  }

  /** Reads a CPU's section; one of a kind that is not known is passed over. */
  void read(StreamReader reader, Section section) throws ImageException {
    DeviceState state = DeviceReader.read(reader, section);
    add(section.instance(), state, section, reader.stream());
  }

  /**
   * Looks for CPUs by the head of their section, for a stream that can't be walked to them.
   *
   * @param from where to begin
   * @param description of the devices; without it x86-64 is assumed
   */
  void search(PiecedFile stream, long from, Optional<Description> description)
      throws ImageException {
    long end = Math.min(stream.length(), from + MAX_SEARCHED);
    StreamReader reader = new StreamReader(stream, from);
    int tries = 0;
    for (long start = from; start < end; start += WINDOW) {
      int length = (int) Math.min(WINDOW + NAME_BYTES.length, end - start);
      MemorySegment window = stream.slice(start, length);
      for (int i = 0; i + NAME_BYTES.length <= length; i++) {
        if (window.get(ValueLayout.JAVA_BYTE, i) == NAME_BYTES[0]
            && window.asSlice(i, NAME_BYTES.length).mismatch(MemorySegment.ofArray(NAME_BYTES)) < 0
            && ++tries < MAX_TRIES) {
          reader.seek(start + i - 1 - Integer.BYTES);
          tryHere(reader, description);
        }
      }
    }
  }

  private void tryHere(StreamReader reader, Optional<Description> description) {
    try {
      if (reader.readByte() != FULL) {
        return;
      }
      long id = reader.readInt();
      reader.readName();
      long instance = reader.readInt();
      long version = reader.readInt();
      if (cpus.containsKey(instance) || narrow.containsKey(instance) || instance >= MAX_CPUS) {
        return;
      }
      Optional<Section> described = description.flatMap(d -> d.device(NAME, instance));
      if (described.isPresent()) {
        DeviceState state = DeviceReader.read(reader, described.get());
        if (reader.readByte() == FOOTER && reader.readInt() == id) {
          add(instance, state, described.get(), reader.stream());
        }
      } else if (description.isEmpty() && (version == X86_VERSION || version == X86_VERSION - 1)) {
        DeviceState state = DeviceReader.read(reader, X86CpuLayout.SECTION);
        if (X86CpuLayout.isPlausible(state)) {
          add(instance, state, X86CpuLayout.SECTION, reader.stream());
        }
      }
    } catch (ImageException e) {
      // Not a CPU's section, whatever the bytes look like.
    }
  }

  private void add(long instance, DeviceState state, Section section, PiecedFile stream)
      throws ImageException {
    if (instance >= MAX_CPUS) {
      return;
    }
    if (X86Cpu.describes(section)) {
      cpus.putIfAbsent(instance, X86Cpu.read((int) instance, state, stream));
    } else if (ArmCpu.describes(section)) {
      Cpu cpu = ArmCpu.read((int) instance, state, stream);
      if (ArmCpu.isNarrow(state, stream)) {
        narrow.put(instance, "32-bit ARM");
      } else {
        cpus.putIfAbsent(instance, cpu);
      }
    } else if (RiscvCpu.describes(section)) {
      if (RiscvCpu.isNarrow(state)) {
        narrow.put(instance, "32-bit RISC-V");
      } else {
        cpus.putIfAbsent(instance, RiscvCpu.read((int) instance, state));
      }
    } else {
      unknown.add(instance);
    }
  }

  /** What the CPUs are, by number, that are 32-bit ones of ARM or RISC-V, which are not read. */
  Map<Long, String> narrow() {
    return narrow;
  }

  /** The numbers of those CPUs that are of no kind that is read. */
  Set<Long> unknown() {
    return unknown;
  }

  /** The numbers of the CPUs that a description has and that were not read. */
  List<Long> missing(Description description) {
    List<Long> missing = new ArrayList<>();
    for (Section device : description.devices()) {
      long instance = device.instance();
      if (device.name().equals(NAME)
          && !cpus.containsKey(instance)
          && !narrow.containsKey(instance)
          && !unknown.contains(instance)) {
        missing.add(instance);
      }
    }
    return missing;
  }
}
