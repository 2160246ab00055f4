package io.nestwalk.image.vmware;

import io.nestwalk.image.FilesBeside;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.known.EncryptedVmware;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the file that belongs to another one in the same folder. */
final class Companions {

  private Companions() {}

  /**
   * The checkpoint of a memory file.
   *
   * @param state the file, empty when there is none to be trusted
   * @param why why there is none, for the user; empty when there is
   * @param ambiguous whether there are several, of which the user can name one
   */
  record Found(Optional<Path> state, String why, boolean ambiguous) {}

  /** Whether a file of that name or path is a memory file, which has no other mark. */
  static boolean isMemoryFile(String name) {
    return suffix(name).equals("vmem");
  }

  /** Whether a file of that name or path is named as checkpoints are. */
  static boolean isNamedAsCheckpoint(String name) {
    return List.of("vmss", "vmsn").contains(suffix(name));
  }

  /** The checkpoint beside a .vmem that fits it: the one of its name, else the only one. */
  static Found stateOf(ImageFile memory) {
    List<Path> fitting = new ArrayList<>();
    List<String> others = new ArrayList<>();
    List<String> encrypted = new ArrayList<>();
    for (Path path : FilesBeside.of(memory, Companions::maybeCheckpoint)) {
      String name = path.getFileName().toString();
      try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
        if (!Checkpoint.hasMagic(file)) {
          if (isNamedAsCheckpoint(name) && EncryptedVmware.isEncrypted(file)) {
            encrypted.add(name);
          }
          continue;
        }
        VmwareState state = VmwareState.read(file);
        if (state.memory().memory() == null && state.fits(memory.length())) {
          fitting.add(path);
        } else {
          others.add(name);
        }
      } catch (ImageException e) {
        others.add(name);
      }
    }
    Optional<Path> sameName =
        fitting.stream()
            .filter(path -> stem(path.getFileName().toString()).equals(stem(memory.shortName())))
            .findFirst();
    if (sameName.isPresent()) {
      return new Found(sameName, "", false);
    }
    if (fitting.size() == 1) {
      return new Found(Optional.of(fitting.getFirst()), "", false);
    }
    if (fitting.size() > 1) {
      return new Found(
          Optional.empty(),
          "%d checkpoints beside it fit its size; name the right one".formatted(fitting.size()),
          true);
    }
    if (others.isEmpty() && !encrypted.isEmpty()) {
      return new Found(
          Optional.empty(),
          "the checkpoint beside it (%s) is encrypted".formatted(encrypted.getFirst()),
          false);
    }
    return new Found(
        Optional.empty(),
        others.isEmpty()
            ? "no checkpoint (.vmss, .vmsn) stands beside it"
            : "the checkpoint beside it (%s) is of other memory or damaged"
                .formatted(others.getFirst()),
        false);
  }

  /** The memory file beside a checkpoint: the one of its name, else the only one that fits. */
  static Optional<Path> memoryOf(ImageFile checkpoint, VmwareState state) {
    List<Path> candidates = FilesBeside.of(checkpoint, path -> isMemoryFile(path.toString()));
    for (Path path : candidates) {
      if (stem(path.getFileName().toString()).equals(stem(checkpoint.shortName()))) {
        return Optional.of(path);
      }
    }
    List<Path> fitting =
        candidates.stream().filter(path -> state.fits(path.toFile().length())).toList();
    return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
  }

  /** A checkpoint is known by its content, whatever its name; memory and disks are not opened. */
  private static boolean maybeCheckpoint(Path path) {
    return !List.of("vmem", "vmdk", "iso", "log").contains(suffix(path.toString()));
  }

  private static String suffix(String name) {
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }
}
