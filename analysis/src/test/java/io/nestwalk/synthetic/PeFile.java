package io.nestwalk.synthetic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The first page of a loaded image ("PE Format"): headers, an export directory and a debug record.
 *
 * @param name that it was linked under
 * @param machine 0x8664, 0x14c or 0xaa64
 * @param size of the image in memory
 * @param exports offsets of what it exports
 */
public record PeFile(String name, int machine, int size, Map<String, Integer> exports) {

  /** x86-64. */
  public static final int AMD64 = 0x8664;

  /** x86. */
  public static final int I386 = 0x14c;

  /** ARM64. */
  public static final int ARM64 = 0xaa64;

  private static final int PE = 0x80;
  private static final int EXPORTS = 0x400;
  private static final int NAME = 0x440;
  private static final int DEBUG = 0x480;
  private static final int RECORD = 0x4c0;
  private static final int FUNCTIONS = 0x600;
  private static final int NAMES = 0x680;
  private static final int ORDINALS = 0x700;
  private static final int STRINGS = 0x800;

  /** The page. */
  public byte[] page() {
    boolean wide = machine != I386;
    ByteBuffer page = ByteBuffer.allocate(SparseMemory.PAGE).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(0, (short) 0x5a4d).putInt(0x3c, PE).putInt(PE, 0x4550);
    page.putShort(PE + 4, (short) machine).putShort(PE + 6, (short) 1);
    page.putShort(PE + 20, (short) (wide ? 240 : 224));
    int optional = PE + 24;
    page.putShort(optional, (short) (wide ? 0x20b : 0x10b)).putInt(optional + 56, size);
    int directories = optional + (wide ? 112 : 96);
    page.putInt(directories - 4, 16);
    page.putInt(directories, EXPORTS).putInt(directories + 4, 40);
    page.putInt(directories + 48, DEBUG).putInt(directories + 52, 28);
    int section = directories + 128;
    put(page, section, ".data");
    page.putInt(section + 8, size - 0x1000).putInt(section + 12, 0x1000);
    page.putInt(section + 36, 0xc000_0040);
    put(page, NAME, name);
    Map<String, Integer> sorted = new TreeMap<>(exports);
    page.putInt(EXPORTS + 12, NAME).putInt(EXPORTS + 20, sorted.size());
    page.putInt(EXPORTS + 24, sorted.size()).putInt(EXPORTS + 28, FUNCTIONS);
    page.putInt(EXPORTS + 32, NAMES).putInt(EXPORTS + 36, ORDINALS);
    int index = 0;
    int text = STRINGS;
    for (Map.Entry<String, Integer> export : sorted.entrySet()) {
      page.putInt(FUNCTIONS + 4 * index, export.getValue()).putInt(NAMES + 4 * index, text);
      page.putShort(ORDINALS + 2 * index, (short) index);
      put(page, text, export.getKey());
      text += export.getKey().length() + 1;
      index++;
    }
    page.putInt(DEBUG + 12, 2).putInt(DEBUG + 20, RECORD);
    page.putInt(RECORD, 0x53445352).putInt(RECORD + 4, 0x1234_5678).putInt(RECORD + 20, 1);
    put(page, RECORD + 24, name.replace(".exe", ".pdb"));
    return page.array();
  }

  private static void put(ByteBuffer page, int at, String text) {
    page.put(at, text.getBytes(StandardCharsets.US_ASCII));
  }
}
