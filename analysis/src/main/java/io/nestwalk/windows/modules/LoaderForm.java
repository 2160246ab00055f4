package io.nestwalk.windows.modules;

import io.nestwalk.image.Memory;
import java.util.List;

/**
 * Where loaders keep what they have loaded, of one bitness: {@code _PEB}, {@code _PEB_LDR_DATA},
 * {@code _LDR_DATA_TABLE_ENTRY}. The same in every build from Windows 7 to 11, in user mode and in
 * the kernel (public symbols; user programs rely on it).
 *
 * @param pointerBytes 4 or 8
 * @param loader in {@code _PEB}: the address of {@code _PEB_LDR_DATA}
 * @param heads in {@code _PEB_LDR_DATA}: its lists, in load, memory and initialization order
 * @param links in an entry: its links of these lists
 * @param base in an entry: where the module is
 * @param size in an entry: how many bytes
 * @param path in an entry: {@code _UNICODE_STRING} of the whole path
 * @param name in an entry: that of the last part
 */
record LoaderForm(
    int pointerBytes,
    int loader,
    List<Integer> heads,
    List<Integer> links,
    int base,
    int size,
    int path,
    int name) {

  static final LoaderForm WIDE =
      new LoaderForm(
          Long.BYTES,
          0x18,
          List.of(0x10, 0x20, 0x30),
          List.of(0, 0x10, 0x20),
          0x30,
          0x40,
          0x48,
          0x58);

  static final LoaderForm NARROW =
      new LoaderForm(
          Integer.BYTES,
          0xc,
          List.of(0xc, 0x14, 0x1c),
          List.of(0, 8, 0x10),
          0x18,
          0x20,
          0x24,
          0x2c);

  private static final long NARROW_MASK = 0xffff_ffffL;

  long pointer(Memory memory, long address) {
    return pointerBytes == Long.BYTES
        ? memory.getLong(address, 0)
        : memory.getInt(address, 0) & NARROW_MASK;
  }
}
