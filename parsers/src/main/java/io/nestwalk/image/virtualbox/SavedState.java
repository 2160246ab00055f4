package io.nestwalk.image.virtualbox;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import io.nestwalk.wording.Count;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Goes through the units of a saved state, from the first to the last. */
final class SavedState {

  /** A state has about a hundred, a live one some more. */
  private static final int MAX_UNITS = 65_536;

  private final ImageFile file;
  private final Progress progress;
  private final PgmUnit memory;
  private final List<String> warnings = new ArrayList<>();
  private List<Registers> cpus = List.of();
  private boolean registersSeen;

  SavedState(ImageFile file, Progress progress) {
    this.file = file;
    this.progress = progress;
    memory = new PgmUnit(file);
  }

  PgmUnit memory() {
    return memory;
  }

  List<Registers> cpus() {
    return cpus;
  }

  List<String> warnings() {
    return warnings;
  }

  /** Reads all units; one that is damaged is left for the next that the directory names. */
  void read() throws ImageException {
    long at = FileHeader.SIZE;
    for (int units = 0; at >= 0; units++) {
      if (units == MAX_UNITS) {
        warnings.add("more than %d units; the rest is not read".formatted(MAX_UNITS));
        break;
      }
      progress.advanced("indexing", at, file.length());
      try {
        UnitHeader header = UnitHeader.read(file, at);
        if (header.isEnd()) {
          break;
        }
        UnitStream stream = new UnitStream(file, header.data());
        switch (header.name()) {
          case "pgm" -> memory.read(header, stream);
          case "cpum" -> readRegisters(header, stream);
          default -> {}
        }
        at = stream.skipToEnd();
      } catch (ImageException e) {
        warnings.add(e.reason() + "; the rest of the unit is not read");
        at = UnitHeader.nextInDirectory(file, at);
      }
    }
    if (!registersSeen) {
      warnings.add("the saved state has no registers (no unit \"cpum\")");
    }
    if (memory.ballooned() > 0) {
      warnings.add(
          "ballooned away by the guest and absent: " + Count.of(memory.ballooned(), "page"));
    }
  }

  private void readRegisters(UnitHeader header, UnitStream stream) throws ImageException {
    registersSeen = true;
    String refusal = CpumUnit.refusal(header.version());
    if (refusal != null) {
      warnings.add(refusal);
      return;
    }
    byte[] data = new byte[Math.toIntExact(lengthOf(header))];
    stream.read(MemorySegment.ofArray(data));
    CpumUnit unit = CpumUnit.read(header.version(), MemorySegment.ofArray(data));
    cpus = unit.cpus();
    if (unit.announced() != cpus.size()) {
      warnings.add(
          "the saved state names %d CPUs, there are registers of %d"
              .formatted(unit.announced(), cpus.size()));
    }
  }

  /** How many bytes of data the unit has, up to a limit. */
  private long lengthOf(UnitHeader header) throws ImageException {
    long length = 0;
    for (StreamRecord record = StreamRecord.read(file, header.data());
        record.kind() != StreamRecord.Kind.TERM && length < CpumUnit.MAX_BYTES;
        record = StreamRecord.read(file, record.end())) {
      length += record.length();
    }
    return Math.min(length, CpumUnit.MAX_BYTES);
  }
}
