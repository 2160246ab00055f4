package io.nestwalk.image.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the header of a crash dump notes of its Windows. Names are those of DUMP_HEADER64; a field
 * that the writer left unset is absent.
 */
final class HeaderHints {

  /** "PAGEPAGE". */
  private static final long UNSET_64 = DumpHeader.UNSET << 32 | DumpHeader.UNSET;

  /**
   * Where the header notes something.
   *
   * @param at64 its place in the header of 64-bit dumps
   * @param at32 its place in that of 32-bit dumps, {@link #NOWHERE} where these have none
   * @param wide whether it is eight bytes long in 64-bit dumps
   * @param zero whether 0 is a value
   */
  private record Place(String name, int at64, int at32, boolean wide, boolean zero) {}

  private static final int NOWHERE = -1;

  private static final List<Place> PLACES =
      List.of(
          new Place("directoryTableBase", 0x10, 0x10, true, false),
          new Place("pfnDatabase", 0x18, 0x14, true, false),
          new Place("psLoadedModuleList", 0x20, 0x18, true, false),
          new Place("psActiveProcessHead", 0x28, 0x1c, true, false),
          new Place("kdDebuggerDataBlock", 0x80, 0x60, true, false),
          new Place("machineImageType", 0x30, 0x20, false, false),
          new Place("numberProcessors", 0x34, 0x24, false, false),
          new Place("minorVersion", 0x0c, 0x0c, false, false),
          new Place("bugCheckCode", 0x38, 0x28, false, false),
          new Place("bugCheckParameter1", 0x40, 0x2c, true, true),
          new Place("bugCheckParameter2", 0x48, 0x30, true, true),
          new Place("bugCheckParameter3", 0x50, 0x34, true, true),
          new Place("bugCheckParameter4", 0x58, 0x38, true, true),
          new Place("systemTime", 0xfa8, NOWHERE, true, false),
          new Place("systemUpTime", 0x1030, NOWHERE, true, false));

  private HeaderHints() {}

  static Map<String, Long> of(ImageFile file, DumpHeader header) throws ImageException {
    Map<String, Long> values = new LinkedHashMap<>();
    for (Place place : PLACES) {
      int at = header.is64() ? place.at64 : place.at32;
      if (at != NOWHERE && at < header.size()) {
        long value = header.is64() && place.wide ? file.longAt(at) : file.intAt(at);
        if ((value != 0 || place.zero) && value != UNSET_64 && value != DumpHeader.UNSET) {
          values.put(place.name, value);
        }
      }
    }
    return values;
  }
}
