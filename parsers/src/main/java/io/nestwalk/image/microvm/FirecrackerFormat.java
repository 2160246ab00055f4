package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.FilesBeside;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Firecracker's memory files. They look like raw memory, so they are opened so only with the state
 * file: one that stands beside them and tells their size, one that the user names, or when the user
 * names the format.
 */
public final class FirecrackerFormat implements ImageFormat {

  private static final Layout X86_64 =
      new Layout(Architecture.X86_64, 0, 0xd000_0000L, 0x1_0000_0000L);

  /** No hole: RAM begins at 2 GiB and goes on to the end. */
  private static final Layout AARCH64 =
      new Layout(Architecture.AARCH64, 0x8000_0000L, 1L << 40, 1L << 40);

  private static final int MIB = 1 << 20;

  /** Firecracker itself takes no state of more than 10 MB. */
  private static final long MAX_STATE = 16L * MIB;

  /** For the service loader. */
  public FirecrackerFormat() {}

  @Override
  public String name() {
    return "firecracker";
  }

  @Override
  public Set<ImageOption> options() {
    return Set.of(ImageOption.META);
  }

  @Override
  public Probe probe(ImageFile file) {
    return stateBeside(file)
        .map(
            state ->
                new Probe(
                    Probe.Confidence.LIKELY,
                    "the Firecracker state %s beside it describes memory of this size"
                        .formatted(state.getFileName())))
        .orElse(
            Probe.no(
                "a Firecracker memory file has no signature, and no state of its size is beside;"
                    + " name its state file as the side file"));
  }

  @Override
  public boolean readsMeta(ImageFile meta) {
    return FirecrackerState.hasMagic(meta);
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (readsMeta(file)) {
      throw new ImageException(
          file.name(), "a Firecracker state file, which has no memory in it; give its memory file");
    }
    Optional<Path> path = options.meta().isPresent() ? options.meta() : stateBeside(file);
    if (path.isEmpty()) {
      return X86_64.open(file, name(), "Firecracker", Optional.empty());
    }
    file.readBeside(path.get());
    try (ImageFile meta = ImageFile.map(path.get(), path.get().toString(), "")) {
      if (!FirecrackerState.hasMagic(meta)) {
        throw new ImageException(meta.name(), "no state file of Firecracker");
      }
      FirecrackerState state = FirecrackerState.of(meta);
      SideState side = state.read();
      if (state.memoryBytes() != 0 && state.memoryBytes() != file.length()) {
        List<String> warnings = new ArrayList<>(side.warnings());
        warnings.add(
            "the state file describes %d bytes of memory, the memory file has %d"
                .formatted(state.memoryBytes(), file.length()));
        side = new SideState(side.architecture(), side.runs(), side.cpus(), warnings);
      }
      return (side.architecture() == Architecture.AARCH64 ? AARCH64 : X86_64)
          .open(file, name(), "Firecracker", Optional.of(side));
    }
  }

  /**
   * The only state file in the folder that tells a memory of the file's size. Most files are told
   * apart by their sizes alone, since this is asked of every file.
   */
  private static Optional<Path> stateBeside(ImageFile file) {
    if (file.length() % MIB != 0) {
      return Optional.empty();
    }
    List<Path> fitting = FilesBeside.of(file, path -> isStateOf(path, file.length()));
    return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
  }

  private static boolean isStateOf(Path path, long length) {
    if (!mayBeState(path)) {
      return false;
    }
    try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
      return FirecrackerState.hasMagic(file) && FirecrackerState.of(file).memoryBytes() == length;
    } catch (ImageException e) {
      return false;
    }
  }

  /** Without mapping the file: of a folder's many files each may be asked for every other. */
  private static boolean mayBeState(Path path) {
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (SeekableByteChannel file = Files.newByteChannel(path)) {
      return file.size() <= MAX_STATE
          && file.read(head) == Long.BYTES
          && FirecrackerState.isMagic(head.getLong(0));
    } catch (IOException e) {
      return false;
    }
  }
}
