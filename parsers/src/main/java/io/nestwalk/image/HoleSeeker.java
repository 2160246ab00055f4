package io.nestwalk.image;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Asks the system where a file's holes are: lseek(2) with SEEK_DATA and SEEK_HOLE, on Linux and
 * macOS. Java has no such call, and does not give away the descriptor of a file that it opened; so
 * the file is opened once more.
 */
final class HoleSeeker implements AutoCloseable {

  private static final int SEEK_END = 2;

  /** What lseek says for SEEK_DATA behind the last data; the same number on both systems. */
  private static final int ENXIO = 6;

  private static final int READ_ONLY = 0;

  /** The numbers of SEEK_DATA and SEEK_HOLE: the two systems have them the other way round. */
  private record Numbers(int data, int hole) {}

  private static final Numbers LINUX = new Numbers(3, 4);
  private static final Numbers MACOS = new Numbers(4, 3);

  private final Calls calls;
  private final Numbers numbers;
  private final MemorySegment state;
  private final int descriptor;

  private HoleSeeker(Arena arena, Calls calls, Numbers numbers, int descriptor) {
    this.calls = calls;
    this.numbers = numbers;
    this.descriptor = descriptor;
    state = arena.allocate(Linker.Option.captureStateLayout());
  }

  /** The system does not tell where holes are. */
  static final class UnknownException extends Exception {

    private static final long serialVersionUID = 1L;

    UnknownException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The system's calls, linked when the first file is asked for its holes. */
  private record Calls(MethodHandle open, MethodHandle seek, MethodHandle close, long errno) {

    private static final Calls LINKED = link();

    private static Calls link() {
      Linker linker = Linker.nativeLinker();
      Linker.Option errno = Linker.Option.captureCallState("errno");
      return new Calls(
          handle(
              linker,
              "open",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT)),
          handle(
              linker,
              "lseek",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT),
              errno),
          handle(
              linker, "close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)),
          Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno")));
    }

    @SuppressWarnings("restricted") // the launcher and the manifest allow it
    private static MethodHandle handle(
        Linker linker, String name, FunctionDescriptor function, Linker.Option... options) {
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), function, options);
    }
  }

  /**
   * Opens a file.
   *
   * @param arena lives longer than what is returned
   * @throws UnknownException when the system is none that tells, or the file has not that size
   */
  static HoleSeeker open(Arena arena, Path path, long size) throws UnknownException {
    Numbers numbers = numbers();
    Calls calls;
    int descriptor;
    try {
      calls = Calls.LINKED;
      descriptor = (int) calls.open.invokeExact(arena.allocateFrom(path.toString()), READ_ONLY);
    } catch (Throwable e) {
      throw unless(e);
    }
    if (descriptor < 0) {
      throw new UnknownException("can't be opened", null);
    }
    HoleSeeker seeker = new HoleSeeker(arena, calls, numbers, descriptor);
    if (seeker.seek(0, SEEK_END) != size) {
      seeker.close();
      throw new UnknownException("not the same file", null);
    }
    return seeker;
  }

  private static Numbers numbers() throws UnknownException {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (ValueLayout.ADDRESS.byteSize() == Long.BYTES) {
      if (system.startsWith("linux")) {
        return LINUX;
      }
      if (system.startsWith("mac")) {
        return MACOS;
      }
    }
    throw new UnknownException("not known on " + system, null);
  }

  /**
   * Whatever keeps a call from being linked or made: then nothing is known, and nothing is lost.
   */
  private static UnknownException unless(Throwable e) {
    if (e instanceof VirtualMachineError error) {
      throw error;
    }
    return new UnknownException("no such call", e);
  }

  /** The first byte from {@code offset} on that is stored; {@link Long#MAX_VALUE} without one. */
  long data(long offset) throws UnknownException {
    long found = seek(offset, numbers.data);
    if (found >= offset) {
      return found;
    }
    if (found < 0 && state.get(ValueLayout.JAVA_INT, calls.errno) == ENXIO) {
      return Long.MAX_VALUE;
    }
    throw new UnknownException("SEEK_DATA is not known", null);
  }

  /**
   * The first byte from {@code offset} on, which lies in the file, that is in a hole; or its end.
   */
  long hole(long offset) throws UnknownException {
    long found = seek(offset, numbers.hole);
    if (found < offset) {
      throw new UnknownException("SEEK_HOLE is not known", null);
    }
    return found;
  }

  private long seek(long offset, int whence) throws UnknownException {
    try {
      return (long) calls.seek.invokeExact(state, descriptor, offset, whence);
    } catch (Throwable e) {
      throw unless(e);
    }
  }

  @Override
  public void close() {
    try {
      int ignored = (int) calls.close.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("close(2) was linked and can't be called", e);
    }
  }
}
