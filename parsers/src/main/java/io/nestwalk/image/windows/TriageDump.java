package io.nestwalk.image.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.SystemHints;
import io.nestwalk.image.VirtualPieces;
import io.nestwalk.wording.Count;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a 64-bit triage dump (TRIAGE_DUMP64, "small memory dump") holds behind its header: copies of
 * the structures around the crash, the list of drivers, and pieces of the kernel's virtual memory.
 *
 * <p>Facts checked on a real dump of Windows 10 19041.
 */
final class TriageDump {

  private static final long BASE = DumpHeader.SIZE_64;

  /** What the last page of the structures ends with: ValidOffset points to it. */
  private static final byte[] VALID = "TRGD".getBytes(StandardCharsets.US_ASCII);

  private static final int DRIVER_SIZE = 0x90;

  /** Windows writes some 200 drivers, and some thousands of blocks. */
  private static final int MAX_DRIVERS = 1 << 14;

  private static final int MAX_BLOCKS = 1 << 20;
  private static final int BLOCK_SIZE = 16;
  private static final int MAX_NAME = 256;

  /** Copies of structures, by where the offset of each stands. */
  private static final Map<String, Integer> PARTS =
      Map.of("mmInformation", 0x14, "prcb", 0x1c, "process", 0x20, "thread", 0x24);

  /** Where the other offsets stand: of what follows a copy in the file. */
  private static final int[] OFFSETS = {
    0x08, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x30, 0x38, 0x68, 0x70, 0x78
  };

  private final ImageFile file;
  private final List<String> warnings = new ArrayList<>();

  private TriageDump(ImageFile file) {
    this.file = file;
  }

  /**
   * What the dump holds.
   *
   * @param hints what it notes
   * @param warnings what is damaged or cut
   */
  record Content(SystemHints hints, List<String> warnings) {}

  static Content read(ImageFile file, DumpHeader header) throws ImageException {
    return new TriageDump(file).read(header);
  }

  private Content read(DumpHeader header) throws ImageException {
    if (!file.holds(BASE, 0x80)) {
      throw new ImageException(file.name(), "a Windows triage dump that is cut behind its header");
    }
    if (!file.startsWith(offset(0x08), VALID)) {
      warnings.add("the triage dump is not whole: its mark of validity is missing");
    }
    Map<String, Long> values = new LinkedHashMap<>(HeaderHints.of(file, header));
    long kdbg = offset(0x70);
    if (file.holds(kdbg, 0x20)) {
      values.put("kernelBase", file.longAt(kdbg + 0x18));
    }
    VirtualPieces pieces = VirtualPieces.of(file, blocks(values));
    return new Content(
        new SystemHints(
            "header of the triage dump", values, drivers(), parts(), Optional.of(pieces)),
        List.copyOf(warnings));
  }

  /** The data blocks, and what stands elsewhere in the file and has an address. */
  private List<VirtualPieces.Piece> blocks(Map<String, Long> values) throws ImageException {
    List<VirtualPieces.Piece> runs = new ArrayList<>();
    long list = offset(0x78);
    long count = offset(0x7c);
    long readable = Math.min(count, Math.max(0, (file.length() - list) / BLOCK_SIZE));
    if (readable < count || count > MAX_BLOCKS) {
      readable = Math.min(readable, MAX_BLOCKS);
      warnings.add("of %d data blocks the first %d are read".formatted(count, readable));
    }
    long cut = 0;
    for (long i = 0; i < readable; i++) {
      long at = list + i * BLOCK_SIZE;
      VirtualPieces.Piece run =
          new VirtualPieces.Piece(file.longAt(at), file.intAt(at + 12), file.intAt(at + 8));
      cut += file.holds(run.fileOffset(), run.length()) ? 0 : 1;
      runs.add(run);
    }
    if (cut > 0) {
      warnings.add(
          "%s beyond the end of the file, in part at least"
              .formatted(Count.of(cut, "data block", "lies", "lie")));
    }
    runs.add(new VirtualPieces.Piece(file.longAt(BASE + 0x48), offset(0x2c), offset(0x28)));
    if (file.longAt(BASE + 0x60) != 0) {
      runs.add(new VirtualPieces.Piece(file.longAt(BASE + 0x60), offset(0x6c), offset(0x68)));
    }
    Long debuggerData = values.get("kdDebuggerDataBlock");
    if (debuggerData != null) {
      runs.add(new VirtualPieces.Piece(debuggerData, offset(0x74), offset(0x70)));
    }
    return runs;
  }

  /** The copies of structures; each goes on at most to what follows it in the file. */
  private Map<String, SystemHints.Part> parts() throws ImageException {
    TreeMap<Long, Integer> borders = new TreeMap<>();
    borders.put(file.length(), 0);
    for (int at : OFFSETS) {
      borders.put(offset(at), at);
    }
    Map<String, SystemHints.Part> parts = new TreeMap<>();
    for (Map.Entry<String, Integer> part : PARTS.entrySet()) {
      long start = offset(part.getValue());
      Long end = borders.higherKey(start);
      if (start >= BASE && end != null && end <= file.length()) {
        parts.put(part.getKey(), new SystemHints.Part(start, end - start));
      }
    }
    return parts;
  }

  private List<SystemHints.Module> drivers() throws ImageException {
    List<SystemHints.Module> modules = new ArrayList<>();
    long list = offset(0x30);
    long count = Math.min(offset(0x34), MAX_DRIVERS);
    for (long i = 0; i < count; i++) {
      long at = list + i * DRIVER_SIZE;
      if (!file.holds(at, DRIVER_SIZE)) {
        warnings.add("of %d drivers the first %d are read".formatted(offset(0x34), i));
        break;
      }
      modules.add(
          new SystemHints.Module(
              file.longAt(at + 0x38), file.intAt(at + 0x48), text(file.intAt(at))));
    }
    return modules;
  }

  /** A DUMP_STRING: the length in letters, UTF-16. Empty when it is no string. */
  private String text(long at) throws ImageException {
    long letters = file.holds(at, Integer.BYTES) ? file.intAt(at) : 0;
    if (letters > MAX_NAME || !file.holds(at + Integer.BYTES, letters * Character.BYTES)) {
      return "";
    }
    byte[] bytes =
        file.slice(at + Integer.BYTES, letters * Character.BYTES).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_16LE);
  }

  private long offset(int at) throws ImageException {
    return file.intAt(BASE + at);
  }
}
