package io.nestwalk.image.vmware;

import io.nestwalk.image.Advice;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.Noise;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RawLayout;
import io.nestwalk.image.known.EncryptedVmware;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** VMware's memory files and checkpoints, whichever of a pair the user names. */
public final class VmwareFormat implements ImageFormat {

  /** Below this address VMware maps memory as it is; the rest begins at 4 GiB. */
  private static final long HOLE_START = 3L << 30;

  private static final long HOLE_END = 4L << 30;

  /** For the service loader. */
  public VmwareFormat() {}

  @Override
  public String name() {
    return "vmware";
  }

  @Override
  public Set<ImageOption> options() {
    return Set.of(ImageOption.BASE, ImageOption.HOLE, ImageOption.META);
  }

  @Override
  public Probe probe(ImageFile file) {
    if (Checkpoint.hasMagic(file)) {
      return Probe.certain("VMware checkpoint");
    }
    if (EncryptedVmware.isEncrypted(file)) {
      return Probe.refused(EncryptedVmware.explanation(file));
    }
    Optional<String> key =
        Companions.isNamedAsCheckpoint(file.name())
            ? EncryptedVmware.configurationBeside(file)
            : Optional.empty();
    if (key.isPresent()) {
      return Probe.refused(
          "no VMware checkpoint that can be read: it is named as one, and %s beside it is of an encrypted machine"
              .formatted(key.get()));
    }
    // A memory file has no signature; what an archive holds goes by its name there.
    return Companions.isMemoryFile(file.name())
        ? new Probe(Probe.Confidence.LIKELY, "named .vmem, as VMware's memory files are")
        : Probe.no("no magic of a VMware checkpoint, not named .vmem");
  }

  @Override
  public boolean readsMeta(ImageFile meta) {
    return Checkpoint.hasMagic(meta) || EncryptedVmware.isEncrypted(meta);
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    requirePlain(file);
    if (Checkpoint.hasMagic(file)) {
      return openCheckpoint(file);
    }
    if (options.meta().isPresent()) {
      return withState(file, options.meta().get());
    }
    if (options.base().isEmpty() && options.holes().isEmpty() && file.container().isEmpty()) {
      Companions.Found found = Companions.stateOf(file);
      return found.state().isPresent()
          ? withState(file, found.state().get())
          : alone(file, options, Optional.of(found));
    }
    return alone(file, options, Optional.empty());
  }

  private static void requirePlain(ImageFile file) throws ImageException {
    if (EncryptedVmware.isEncrypted(file)) {
      throw new ImageException(file.name(), EncryptedVmware.explanation(file));
    }
  }

  private MemoryImage openCheckpoint(ImageFile file) throws ImageException {
    VmwareState state = VmwareState.read(file);
    Tag memory = state.memory().memory();
    if (memory != null) {
      if (memory.kind() == Tag.Kind.COMPRESSED) {
        throw new ImageException(
            file.name(),
            memory.offset(),
            "the memory in this checkpoint is a compressed block (%d bytes for %d), whose coding is"
                    .formatted(memory.size(), memory.sizeInMemory())
                + " not published: not supported");
      }
      long stored = Math.min(memory.size(), file.length() - memory.offset());
      List<String> warnings = new ArrayList<>();
      if (stored < memory.size()) {
        warnings.add(
            "the file is cut: of %d bytes of memory %d are there".formatted(memory.size(), stored));
      }
      List<MemoryRun> runs =
          stored <= 0
              ? List.of()
              : state.memory().runs(memory.offset(), stored, state.isArm(), warnings);
      return VmwareImages.of(file, runs, Optional.of(state), warnings)
          .ignoring(ImageOption.META)
          .build();
    }
    Path path =
        Companions.memoryOf(file, state)
            .orElseThrow(
                () ->
                    new ImageException(
                        file.name(),
                        "a VMware checkpoint without memory in it, and no .vmem beside it"
                            + " (a snapshot without memory has none)"));
    ImageFile vmem = ImageFile.map(path, path.toString(), "");
    MemoryImage image;
    try {
      image = stateAndMemory(vmem, state, file).toBuilder().ignoring(ImageOption.META).build();
    } catch (ImageException | RuntimeException | Error e) {
      vmem.close();
      throw e;
    }
    file.close(); // all that was needed of it is read
    return image;
  }

  private MemoryImage withState(ImageFile vmem, Path statePath) throws ImageException {
    try (ImageFile file = ImageFile.map(statePath, statePath.toString(), "")) {
      requirePlain(file);
      if (!Checkpoint.hasMagic(file)) {
        throw new ImageException(file.name(), "not a VMware checkpoint: no magic at offset 0");
      }
      return stateAndMemory(vmem, VmwareState.read(file), file);
    }
  }

  private static MemoryImage stateAndMemory(ImageFile vmem, VmwareState state, ImageFile checkpoint)
      throws ImageException {
    requirePlain(vmem);
    checkpoint.path().ifPresent(vmem::readBeside);
    List<String> warnings = new ArrayList<>();
    if (state.memory().memory() != null) {
      warnings.add("%s has memory in it, which is not used".formatted(checkpoint.shortName()));
    }
    long expected = state.expectedLength();
    if (expected > 0 && expected != vmem.length()) {
      warnings.add(
          "%s describes %d bytes of memory, the memory file has %d: they may be of different moments"
              .formatted(checkpoint.shortName(), expected, vmem.length()));
    }
    List<MemoryRun> runs = state.memory().runs(0, vmem.length(), state.isArm(), warnings);
    return VmwareImages.of(vmem, runs, Optional.of(state), warnings).build();
  }

  /** A memory file without a checkpoint: no registers, and a rule in place of the map. */
  private MemoryImage alone(ImageFile file, OpenOptions options, Optional<Companions.Found> beside)
      throws ImageException {
    List<String> warnings = new ArrayList<>();
    long length = file.length();
    List<MemoryRun> runs;
    String rule;
    if (options.base().isPresent() || !options.holes().isEmpty()) {
      runs = RawLayout.of(file.name(), length, options);
      rule =
          "memory is taken as %s from 0x%x on"
              .formatted(
                  runs.size() == 1
                      ? "one piece"
                      : "%d pieces, with what was named left out,".formatted(runs.size()),
                  runs.getFirst().start());
    } else if (length <= HOLE_START) {
      runs = List.of(new MemoryRun(0, length, 0));
      rule = "memory is taken as one piece from 0 on";
    } else {
      runs =
          List.of(
              new MemoryRun(0, HOLE_START, 0),
              new MemoryRun(HOLE_END, length - HOLE_START, HOLE_START));
      rule = "what is above 3 GiB in the file is taken to begin at 4 GiB, as VMware lays it out";
    }
    warnings.add("without a checkpoint there are no registers, and " + rule);
    MemoryImage.Builder image = VmwareImages.of(file, runs, Optional.empty(), warnings);
    if (beside.isPresent()) {
      String why = beside.get().why();
      if (beside.get().ambiguous()) {
        image.advice(Advice.of(ImageOption.META, why));
      } else {
        image.warnings(List.of(why));
      }
    }
    MemoryImage built = image.build();
    Optional<String> key =
        Noise.warning(built.memory()).flatMap(noise -> EncryptedVmware.configurationBeside(file));
    return key.isEmpty()
        ? built
        : built.toBuilder()
            .warnings(
                List.of(
                    "%s beside it is of an encrypted machine: so this memory is encrypted"
                        .formatted(key.get())))
            .build();
  }
}
