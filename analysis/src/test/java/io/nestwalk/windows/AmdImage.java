package io.nestwalk.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.WritableMemory;
import io.nestwalk.truth.Truth;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An image of a machine of Intel's made into one of AMD's: the entries of EPT become those of
 * nested tables, each VMCS a VMCB. AMD APM volume 2, 15.25.5 and 5.3: nested tables are those of
 * long mode, whose pages all have the user bit; Intel SDM volume 3C, 28.3.2.
 */
final class AmdImage {

  private static final int PAGE = 4096;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
  private static final long READ = 1;
  private static final long WRITE = 1 << 1;
  private static final long EXECUTE = 1 << 2;
  private static final long LARGE = 1 << 7;
  private static final long USER = 1 << 2;
  private static final long ACCESSED_DIRTY = 0x60;
  private static final long NO_EXECUTE = 1L << 63;

  private final ByteBuffer bytes;
  private final Truth level;

  private AmdImage(ByteBuffer bytes, Truth level) {
    this.bytes = bytes;
    this.level = level;
  }

  /**
   * Writes such an image.
   *
   * @param source the image
   * @param level the truth about its guest's second level
   * @param vmcses where its VMCSes are
   * @param blocks whether these become control blocks; else they are gone
   */
  static Path write(Path source, Truth level, long[] vmcses, boolean blocks, Path file)
      throws IOException, ImageException {
    try (MemoryImage image = MemoryImages.open(source, OpenOptions.defaults());
        FileChannel out =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      Memory memory = image.memory();
      long end = image.memory().end();
      MemorySegment copy = out.map(MapMode.READ_WRITE, 0, end, Arena.ofAuto());
      memory.read(0, copy);
      AmdImage written = new AmdImage(copy.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN), level);
      written.tables(level.number("root"), 4);
      for (int cpu = 0; cpu < vmcses.length; cpu++) {
        written.block(vmcses[cpu], cpu + 1, blocks);
      }
    }
    return file;
  }

  private void tables(long table, int depth) {
    for (int at = (int) table; at < table + PAGE; at += Long.BYTES) {
      long entry = bytes.getLong(at);
      boolean leaf = depth == 1 || (depth < 4 && (entry & LARGE) != 0);
      if ((entry & (READ | WRITE | EXECUTE)) == 0) {
        continue;
      }
      long own = (entry & (ADDRESS | WRITE)) | READ | USER | ACCESSED_DIRTY;
      if (leaf) {
        own |= depth > 1 ? LARGE : 0;
        own |= (entry & EXECUTE) == 0 ? NO_EXECUTE : 0;
      } else {
        tables(entry & ADDRESS, depth - 1);
      }
      bytes.putLong(at, own);
    }
  }

  private void block(long address, int asid, boolean write) {
    Truth offsets = level.child("vmcsOffsets");
    long cr3 = bytes.getLong((int) (address + offsets.number("guest CR3")));
    long rip = bytes.getLong((int) (address + offsets.number("guest RIP")));
    bytes.put((int) address, new byte[PAGE]);
    if (write) {
      ControlPages.vmcb(
          new Mapped(),
          address,
          level.number("root"),
          asid,
          new ControlPages.CpuState(cr3, rip),
          0x10_0000);
    }
  }

  /** The file as memory that is written. */
  private final class Mapped implements WritableMemory {

    @Override
    public void putLong(long address, long value) {
      bytes.putLong((int) address, value);
    }

    @Override
    public void putInt(long address, int value) {
      bytes.putInt((int) address, value);
    }

    @Override
    public void touch(long address, long length) {
      // A file's pages are all there.
    }
  }
}
