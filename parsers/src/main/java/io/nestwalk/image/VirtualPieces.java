package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Pieces of a kernel's virtual memory that a dump has beside physical memory, or instead of it.
 * Addresses are virtual, of the kernel's space.
 */
public final class VirtualPieces implements Memory {

  /** The bit of addresses in the upper half, where they are negative as numbers. */
  private static final long UPPER = Long.MIN_VALUE;

  private final RunMemory lower;
  private final RunMemory upper;

  private VirtualPieces(RunMemory lower, RunMemory upper) {
    this.lower = lower;
    this.upper = upper;
  }

  /**
   * A piece.
   *
   * @param address of its first byte, unsigned
   * @param length in bytes
   * @param fileOffset where in the file it stands
   */
  public record Piece(long address, long length, long fileOffset) {}

  /**
   * Memory made of pieces of a file. Where they overlap the one that stands first in the list wins;
   * what reaches beyond the end of the file, or out of its half of the address space, is left out.
   */
  public static VirtualPieces of(ImageFile file, List<Piece> pieces) {
    List<MemoryRun> lower = new ArrayList<>();
    List<MemoryRun> upper = new ArrayList<>();
    for (Piece piece : pieces) {
      long start = piece.address & ~UPPER;
      boolean sound =
          piece.length > 0
              && piece.length <= Long.MAX_VALUE - start
              && file.holds(piece.fileOffset, 1);
      if (sound) {
        (piece.address < 0 ? upper : lower)
            .add(new MemoryRun(start, piece.length, piece.fileOffset));
      }
    }
    return new VirtualPieces(RunMemory.of(file, lower), RunMemory.of(file, upper));
  }

  /** How many bytes there are. */
  public long presentBytes() {
    return lower.presentBytes() + upper.presentBytes();
  }

  /** The pieces, ascending by their unsigned addresses, without overlap. */
  public List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>();
    lower.runs().forEach(run -> pieces.add(piece(run, 0)));
    upper.runs().forEach(run -> pieces.add(piece(run, UPPER)));
    return List.copyOf(pieces);
  }

  private static Piece piece(MemoryRun run, long half) {
    return new Piece(run.start() | half, run.length(), run.fileOffset());
  }

  @Override
  public long getLong(long address, long ifMissing) {
    return half(address).getLong(address & ~UPPER, ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return half(address).getInt(address & ~UPPER, ifMissing);
  }

  @Override
  public int getByte(long address) {
    return half(address).getByte(address & ~UPPER);
  }

  @Override
  public boolean isPresent(long address) {
    return half(address).isPresent(address & ~UPPER);
  }

  @Override
  public long read(long address, MemorySegment target) {
    return half(address).read(address & ~UPPER, target);
  }

  @Override
  public long locate(long address) {
    return half(address).locate(address & ~UPPER);
  }

  private RunMemory half(long address) {
    return address < 0 ? upper : lower;
  }
}
