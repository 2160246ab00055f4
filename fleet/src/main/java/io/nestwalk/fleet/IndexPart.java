package io.nestwalk.fleet;

import io.nestwalk.answer.MachineAnswer;
import io.nestwalk.fleet.opensearch.OpenSearchBuilder;
import io.nestwalk.fleet.opensearch.OpenSearchStore;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.MachineEntry;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.system.GuestSystem;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/** The entries that one task writes into a cluster's index; where none was asked for, nobody's. */
final class IndexPart implements AutoCloseable {

  private final OpenSearchBuilder builder;

  private IndexPart(OpenSearchBuilder builder) {
    this.builder = builder;
  }

  /** The index of an image; null where none was asked for. */
  private static OpenSearchStore store(FleetSettings settings, ImageFile image) {
    return settings.into().isEmpty()
        ? null
        : OpenSearchStore.at(URI.create(settings.into())).of(image.id());
  }

  /**
   * Begins a part.
   *
   * @param name the same whenever this part is done
   * @param machines of the image, whose names entries have
   */
  static IndexPart begin(FleetSettings settings, ImageFile image, String name, Machines machines)
      throws IOException {
    OpenSearchStore store = store(settings, image);
    if (store == null) {
      return new IndexPart(null);
    }
    OpenSearchBuilder builder = store.build();
    for (Machine machine : machines.all()) {
      builder.know(
          new MachineEntry(
              machine.id(), MachineAnswer.of(machine, machine.system().map(GuestSystem::facts))));
    }
    builder.beginPart(name);
    return new IndexPart(builder);
  }

  /** All parts of an image are complete. */
  static void finish(FleetSettings settings, ImageFile image) throws IOException {
    OpenSearchStore store = store(settings, image);
    if (store != null) {
      try (OpenSearchBuilder builder = store.build()) {
        builder.finish();
      }
    }
  }

  /** Takes away what the index has of an image. */
  static void clear(FleetSettings settings, ImageFile image) throws IOException {
    OpenSearchStore store = store(settings, image);
    if (store != null) {
      store.clear();
    }
  }

  /** Adds an entry. */
  void add(Entry entry) throws IOException {
    if (builder != null) {
      builder.add(entry);
    }
  }

  /**
   * The part is whole.
   *
   * @param warnings what is to be said of it
   */
  void complete(List<String> warnings) throws IOException {
    if (builder != null) {
      builder.completePart(warnings);
    }
  }

  @Override
  public void close() throws IOException {
    if (builder != null) {
      builder.close();
    }
  }
}
