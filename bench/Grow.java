import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a larger image of a real one, to measure with: {@code java -cp 'cli/target/app/*'
 * bench/Grow.java IMAGE OUT [GIB [sparse]]}. Exit codes are the program's: 2 for wrong usage, 3
 * where IMAGE can't be read or is none, or OUT can't be written or exists.
 *
 * <p>IMAGE is an ELF core of 64 bits, which may be packed with zstd; without GIB it is unpacked
 * alone. The machine in it stays as it is, so every answer about it does. Behind its memory, at
 * physical addresses from 4 GiB on, comes more: what the image holds, over and over, moved by three
 * bytes. So its text, code and zeros have the shares that a real machine's have, while page tables,
 * control structures and lists are none there: cold memory, such as file caches. With {@code
 * sparse} it is a hole in the file instead.
 */
final class Grow {

  private static final int EHDR_BYTES = 64;
  private static final int PHDR_BYTES = 56;
  private static final int PT_LOAD = 1;
  private static final int MOVED = 3;
  private static final long FROM = 4L << 30;
  private static final int PIECE = 4 << 20;
  private static final int PAGE = 4096;
  private static final int MOST_GIB = 1 << 20;

  private record Load(long fileOffset, long address, long bytes) {}

  private Grow() {}

  public static void main(String[] args) {
    double gib = args.length > 2 ? number(args[2]) : 0;
    boolean sparse = args.length == 4 && args[3].equals("sparse");
    if (args.length < 2 || args.length > (sparse ? 4 : 3) || !(gib >= 0 && gib < MOST_GIB)) {
      System.err.println("java -cp 'cli/target/app/*' bench/Grow.java IMAGE OUT [GIB [sparse]]");
      System.exit(2);
    }
    Path out = Path.of(args[1]);
    try {
      // A file that is there is someone's, and what is written in part is none.
      Files.createFile(out);
      try {
        make(Path.of(args[0]), out, (long) (gib * (1L << 30)), args.length > 2, sparse);
      } catch (IOException | RuntimeException e) {
        Files.delete(out);
        throw e;
      }
    } catch (FileAlreadyExistsException e) {
      System.err.println(out + " exists");
      System.exit(3);
    } catch (IOException e) {
      System.err.println(e);
      System.exit(3);
    }
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static void make(Path image, Path out, long bytes, boolean grown, boolean sparse)
      throws IOException {
    try (InputStream plain = Files.newInputStream(image);
        InputStream in = image.toString().endsWith(".zst") ? new ZstdInputStream(plain) : plain;
        OutputStream to = Files.newOutputStream(out)) {
      in.transferTo(to);
    }
    if (grown) {
      try (FileChannel file =
          FileChannel.open(out, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        grow(file, bytes, sparse);
      }
    }
  }

  private static void grow(FileChannel file, long bytes, boolean sparse) throws IOException {
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
        end = Math.max(end, load.address + load.bytes);
        present += load.bytes;
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
    segments
        .putLong(Math.max(FROM, end + PAGE - 1 & -PAGE))
        .putLong(added)
        .putLong(added)
        .putLong(0);
    file.write(segments.flip(), table);
    header.putLong(32, table).putShort(56, (short) (count + 1));
    file.write(header.rewind(), 0);
    if (sparse) {
      file.write(ByteBuffer.allocate(1), content + added - 1);
      return;
    }
    repeat(file, loads, content + MOVED, content + added);
    if (file.size() < content + added) {
      file.write(ByteBuffer.allocate(1), content + added - 1);
    }
  }

  private static void repeat(FileChannel file, List<Load> loads, long from, long to)
      throws IOException {
    long position = from;
    while (true) {
      for (Load load : loads) {
        for (long done = 0; done < load.bytes; done += PIECE) {
          int length = (int) Math.min(Math.min(PIECE, load.bytes - done), to - position);
          if (length <= 0) {
            return;
          }
          ByteBuffer piece = read(file, load.fileOffset + done, length);
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
