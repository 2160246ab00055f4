package io.nestwalk.bench.grow;

import com.github.luben.zstd.ZstdInputStream;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.search.MachineFinder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a larger image of a real one.
 *
 * <p>The machine in it stays as it is, so every answer about it does, unless processes ({@link
 * Processes}) or guests ({@link Guests}) are asked for, which take their memory from what is added.
 * Behind its memory, at physical addresses from 4 GiB on, comes more: what the image holds, over
 * and over, moved by three bytes. So its text, code and zeros have the shares that a real machine's
 * have, while page tables, control structures and lists are none there: cold memory, such as file
 * caches. On request it is a hole in the file instead.
 */
final class LargerImage {

  private static final int EHDR_BYTES = 64;
  private static final int PHDR_BYTES = 56;
  private static final int PT_LOAD = 1;
  private static final int MOVED = 3;
  private static final long FROM = 4L << 30;
  private static final int PIECE = 4 << 20;
  private static final int PAGE = 4096;

  private LargerImage() {}

  /**
   * Makes an image.
   *
   * @param image an ELF core of 64 bits, which may be packed with zstd
   * @param out written anew
   * @throws IOException where the image can't be read or is none, or {@code out} can't be written
   * @throws IllegalArgumentException where it is none that what is wished for can be added to
   * @throws io.nestwalk.types.MissingTypeException where its kernel does not tell the types that
   *     this needs
   */
  static void make(Path image, Path out, Growth wish) throws IOException {
    try (InputStream plain = Files.newInputStream(image);
        InputStream in = image.toString().endsWith(".zst") ? new ZstdInputStream(plain) : plain;
        OutputStream to = Files.newOutputStream(out)) {
      in.transferTo(to);
    }
    if (!wish.isGrown()) {
      return;
    }
    try (FileChannel file =
            FileChannel.open(out, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena arena = Arena.ofShared()) {
      List<Load> loads = grow(file, (long) (wish.gib() * (1L << 30)), wish.sparse());
      if (wish.processes() > 0 || wish.guests() > 0) {
        MemorySegment bytes = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size(), arena);
        populate(image, new Room(bytes, loads), wish);
      }
    }
  }

  /** Adds processes and guests, as the image as it was says what they look like. */
  private static void populate(Path path, Room room, Growth wish) throws IOException {
    try (MemoryImage image = MemoryImages.open(path, OpenOptions.defaults())) {
      List<Machine> machines = MachineFinder.find(image, 2, Progress.NONE).all();
      if (wish.guests() > 0) {
        new Guests(room).add(image, machines, wish.guests());
      }
      if (wish.processes() > 0) {
        new Processes(room, image, machines.getFirst()).add(wish.processes(), wish.mappings());
      }
    } catch (ImageException e) {
      throw new IOException(e);
    }
  }

  private static List<Load> grow(FileChannel file, long bytes, boolean sparse) throws IOException {
    ByteBuffer header = read(file, 0, EHDR_BYTES);
    if (header.getInt(0) != 0x464c457f || header.get(4) != 2) {
      throw new IOException("no ELF core of 64 bits");
    }
    int count = header.getShort(56) & 0xffff;
    ByteBuffer old = read(file, header.getLong(32), count * PHDR_BYTES);
    List<Load> loads = new ArrayList<>();
    long end = 0;
    long present = 0;
    for (int i = 0; i < count; i++) {
      int at = i * PHDR_BYTES;
      if (old.getInt(at) == PT_LOAD) {
        Load load = new Load(old.getLong(at + 8), old.getLong(at + 24), old.getLong(at + 32));
        loads.add(load);
        end = Math.max(end, load.address() + load.bytes());
        present += load.bytes();
      }
    }
    long added = (bytes - present) & -PAGE;
    if (added <= 0) {
      throw new IOException("the image has that much memory already");
    }
    // The table of segments with one more stands behind the old end, the new memory behind that.
    long table = file.size() + 15 & -16;
    long content = table + (long) (count + 1) * PHDR_BYTES + PAGE - 1 & -PAGE;
    ByteBuffer segments = buffer((count + 1) * PHDR_BYTES);
    segments.put(old.rewind());
    segments.putInt(PT_LOAD).putInt(0).putLong(content).putLong(0);
    long from = Math.max(FROM, end + PAGE - 1 & -PAGE);
    segments.putLong(from).putLong(added).putLong(added).putLong(0);
    file.write(segments.flip(), table);
    header.putLong(32, table).putShort(56, (short) (count + 1));
    file.write(header.rewind(), 0);
    List<Load> all = new ArrayList<>(loads);
    all.add(new Load(content, from, added));
    if (sparse) {
      file.write(ByteBuffer.allocate(1), content + added - 1);
      return all;
    }
    repeat(file, loads, content + MOVED, content + added);
    if (file.size() < content + added) {
      file.write(ByteBuffer.allocate(1), content + added - 1);
    }
    return all;
  }

  private static void repeat(FileChannel file, List<Load> loads, long from, long to)
      throws IOException {
    long position = from;
    while (true) {
      for (Load load : loads) {
        for (long done = 0; done < load.bytes(); done += PIECE) {
          int length = (int) Math.min(Math.min(PIECE, load.bytes() - done), to - position);
          if (length <= 0) {
            return;
          }
          ByteBuffer piece = read(file, load.fileOffset() + done, length);
          while (piece.hasRemaining()) {
            position += file.write(piece, position);
          }
        }
      }
    }
  }

  private static ByteBuffer read(FileChannel file, long position, int length) throws IOException {
    ByteBuffer buffer = buffer(length);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the image is cut off");
      }
    }
    return buffer.flip();
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
