package io.nestwalk.linux.bpf;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.OpenFiles;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.GuestMount;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.MissingTypeException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** All that a kernel has loaded of BPF, with what holds it and what it is attached to. */
public final class BpfListing {

  private BpfListing() {}

  /**
   * Looks everywhere.
   *
   * @param bootTime from which times of loading are counted
   * @param processes that may have descriptors of programs and maps
   * @param files reads their descriptors
   * @param sockets that may have filters
   * @param mounts where file systems of BPF may be seen
   * @param networks the network namespaces, with devices
   * @param paths names entries of file systems
   * @param modules the types of a loaded module, by its name
   */
  public static BpfObjects of(
      Kernel kernel,
      Optional<Instant> bootTime,
      List<GuestProcess> processes,
      OpenFiles files,
      Collection<GuestSocket> sockets,
      List<GuestMount> mounts,
      Collection<Long> networks,
      FilePaths paths,
      Function<String, Optional<KernelTypes>> modules) {
    if (kernel.types().find("bpf_prog_aux").isEmpty()) {
      return new BpfObjects(
          List.of(), List.of(), List.of("the kernel does not tell what programs of BPF are"));
    }
    BpfPlaces places = new BpfPlaces(kernel);
    each(
        places,
        () -> BpfReader.numbered(kernel, "link_idr", places.missing()).forEach(places::link));
    each(places, () -> places.descriptors(processes, files));
    each(places, () -> places.sockets(sockets));
    each(places, places::controlGroups);
    each(places, () -> places.devices(networks, modules));
    each(places, () -> places.paths(points(kernel, mounts), paths));
    return new BpfReader(kernel, bootTime, places).read();
  }

  /** A place whose structures a kernel lacks costs that place. */
  private static void each(BpfPlaces places, Runnable part) {
    try {
      part.run();
    } catch (MissingTypeException e) {
      places.missing().add(e.getMessage());
    }
  }

  private static Map<Long, String> points(Kernel kernel, List<GuestMount> mounts) {
    Field system = kernel.types().field("mount", "mnt.mnt_sb");
    Map<Long, String> points = new HashMap<>();
    for (GuestMount mount : mounts) {
      if (mount.type().equals("bpf") && mount.root().equals("/")) {
        points.putIfAbsent(kernel.value(system, mount.object()), mount.point());
      }
    }
    return points;
  }
}
