package io.nestwalk.image.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the header of a crash dump notes of its Windows. Names are those of DUMP_HEADER64; a field
 * that the writer left unset is absent.
 */
final class HeaderHints {

  /** "PAGEPAGE". */
  private static final long UNSET_64 = DumpHeader.UNSET << 32 | DumpHeader.UNSET;

  private static final int PARAMETERS = 4;

  private final ImageFile file;
  private final DumpHeader header;
  private final Map<String, Long> values = new LinkedHashMap<>();

  private HeaderHints(ImageFile file, DumpHeader header) {
    this.file = file;
    this.header = header;
  }

  static Map<String, Long> of(ImageFile file, DumpHeader header) throws ImageException {
    HeaderHints hints = new HeaderHints(file, header);
    if (header.is64()) {
      hints.longs(0x10, "directoryTableBase");
      hints.longs(0x18, "pfnDatabase");
      hints.longs(0x20, "psLoadedModuleList");
      hints.longs(0x28, "psActiveProcessHead");
      hints.longs(0x80, "kdDebuggerDataBlock");
      hints.ints(0x30, "machineImageType");
      hints.ints(0x34, "numberProcessors");
      hints.ints(0x0c, "minorVersion");
      hints.ints(0x38, "bugCheckCode");
      for (int i = 0; i < PARAMETERS; i++) {
        hints.number("bugCheckParameter" + (i + 1), hints.file.longAt(0x40 + 8L * i));
      }
      hints.longs(0xfa8, "systemTime");
      hints.longs(0x1030, "systemUpTime");
    } else {
      hints.ints(0x10, "directoryTableBase");
      hints.ints(0x14, "pfnDatabase");
      hints.ints(0x18, "psLoadedModuleList");
      hints.ints(0x1c, "psActiveProcessHead");
      hints.ints(0x60, "kdDebuggerDataBlock");
      hints.ints(0x20, "machineImageType");
      hints.ints(0x24, "numberProcessors");
      hints.ints(0x0c, "minorVersion");
      hints.ints(0x28, "bugCheckCode");
      for (int i = 0; i < PARAMETERS; i++) {
        hints.number("bugCheckParameter" + (i + 1), hints.file.intAt(0x2c + 4L * i));
      }
    }
    return hints.values;
  }

  /** An address or a time, where 0 says nothing either. */
  private void longs(long at, String name) throws ImageException {
    if (at < header.size() && file.longAt(at) != 0) {
      number(name, file.longAt(at));
    }
  }

  private void ints(long at, String name) throws ImageException {
    if (file.intAt(at) != 0) {
      number(name, file.intAt(at));
    }
  }

  private void number(String name, long value) {
    if (value != UNSET_64 && value != DumpHeader.UNSET) {
      values.put(name, value);
    }
  }
}
