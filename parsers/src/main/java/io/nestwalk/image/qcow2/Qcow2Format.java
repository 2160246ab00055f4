package io.nestwalk.image.qcow2;

import io.nestwalk.image.Advice;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.NoSuchSnapshotException;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Probe;
import io.nestwalk.image.qemu.MigrationStream;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A qcow2 disk image with a snapshot that has the machine's memory in it. */
public final class Qcow2Format implements ImageFormat {

  /** How many snapshots a message names. */
  private static final int NAMES_TOLD = 5;

  /** For the service loader. */
  public Qcow2Format() {}

  @Override
  public String name() {
    return "qcow2";
  }

  @Override
  public Set<ImageOption> options() {
    return Set.of(ImageOption.SNAPSHOT);
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!Qcow2Header.hasMagic(file)) {
      return Probe.no("no QFI magic");
    }
    try {
      Qcow2Header header = Qcow2Header.read(file);
      Optional<String> refusal = header.refusal();
      if (refusal.isPresent()) {
        return Probe.refused(refusal.get());
      }
      List<String> warnings = new ArrayList<>();
      List<Snapshot> snapshots = Snapshot.readAll(file, header, warnings);
      // A table that is cut may have had more; whoever looks at a file's head alone sees none.
      return warnings.isEmpty() && withState(snapshots).isEmpty()
          ? Probe.refused(noMemory(snapshots))
          : Probe.certain("qcow2 disk image with snapshots of a machine");
    } catch (ImageException e) {
      return Probe.refused("a qcow2 disk image that is cut within its header");
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!Qcow2Header.hasMagic(file)) {
      throw new ImageException(file.name(), "no qcow2 disk image: no magic at offset 0");
    }
    Qcow2Header header = Qcow2Header.read(file);
    Optional<String> refusal = header.refusal();
    if (refusal.isPresent()) {
      throw new ImageException(file.name(), refusal.get());
    }
    List<String> warnings = new ArrayList<>();
    List<Snapshot> snapshots = Snapshot.readAll(file, header, warnings);
    List<Snapshot> candidates = withState(snapshots);
    if (candidates.isEmpty()) {
      throw new ImageException(
          file.name(), warnings.isEmpty() ? noMemory(snapshots) : warnings.getFirst());
    }
    Snapshot taken =
        options.snapshot().isPresent()
            ? named(options.snapshot().get(), candidates, file)
            : candidates.getFirst();
    PiecedFile state = VmState.of(file, header, taken);
    if (state.length() < taken.stateSize()) {
      warnings.add(
          "of the snapshot's %d bytes of VM state %d are in the image"
              .formatted(taken.stateSize(), state.length()));
    }
    MemoryImage.Builder image =
        MigrationStream.open(file, state, name(), "", warnings, options).toBuilder();
    if (options.snapshot().isEmpty() && candidates.size() > 1) {
      image.advice(
          Advice.of(
              ImageOption.SNAPSHOT,
              "%d snapshots have memory; the newest is read, %s; another can be named: %s"
                  .formatted(
                      candidates.size(), taken, told(candidates.subList(1, candidates.size())))));
    }
    return image
        .snapshots(candidates.stream().map(each -> each.described(each.equals(taken))).toList())
        .build();
  }

  /** The newest of that name, or else that of the id. */
  private static Snapshot named(String nameOrId, List<Snapshot> candidates, ImageFile file)
      throws ImageException {
    return candidates.stream()
        .filter(snapshot -> snapshot.name().equals(nameOrId))
        .findFirst()
        .or(() -> candidates.stream().filter(each -> each.id().equals(nameOrId)).findFirst())
        .orElseThrow(
            () ->
                new NoSuchSnapshotException(
                    file.name(),
                    "no snapshot with memory has the name or the id %s; there are %s"
                        .formatted(nameOrId, told(candidates))));
  }

  private static String told(List<Snapshot> snapshots) {
    return snapshots.stream()
            .limit(NAMES_TOLD)
            .map(Snapshot::toString)
            .collect(Collectors.joining(", "))
        + (snapshots.size() > NAMES_TOLD ? ", ..." : "");
  }

  /** The snapshots that have memory, the newest first. */
  private static List<Snapshot> withState(List<Snapshot> snapshots) {
    return snapshots.stream()
        .filter(snapshot -> snapshot.stateSize() > 0 && snapshot.diskSize() >= 0)
        .sorted(
            Comparator.comparingLong(Snapshot::seconds)
                .thenComparingLong(Snapshot::nanoseconds)
                .reversed())
        .toList();
  }

  private static String noMemory(List<Snapshot> snapshots) {
    return "a qcow2 disk image with %s of the disk alone, without memory"
        .formatted(Count.of(snapshots.size(), "snapshot"));
  }
}
