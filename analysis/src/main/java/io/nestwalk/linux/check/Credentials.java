package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** struct cred of processes: each has its own, which its threads share. */
final class Credentials implements Check {

  /** So many processes are named; where more share one, their number says it. */
  private static final int NAMED = 8;

  private final List<GuestProcess> processes;

  Credentials(List<GuestProcess> processes) {
    this.processes = processes;
  }

  @Override
  public String rule() {
    return "shared-credentials";
  }

  @Override
  public String reason() {
    return "a process that is given another's credentials has its rights; no call does that";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    Map<Long, Map<Long, GuestProcess>> owners = new LinkedHashMap<>();
    for (String member : new String[] {"cred", "real_cred"}) {
      Field field = kernel.types().field("task_struct", member);
      for (GuestProcess process : processes) {
        long credentials = kernel.value(field, process.object());
        if (!process.exited() && kernel.isReadable(credentials)) {
          in.examined();
          owners
              .computeIfAbsent(credentials, _ -> new LinkedHashMap<>())
              .put(process.object(), process);
        }
      }
    }
    owners.forEach(
        (credentials, byObject) -> {
          if (byObject.size() > 1) {
            List<GuestProcess> own = List.copyOf(byObject.values());
            in.find(
                new Suspicion(
                    "one struct cred is that of processes " + named(own),
                    credentials,
                    OptionalLong.empty(),
                    Optional.empty(),
                    OptionalInt.of(own.getLast().pid()),
                    List.of()));
          }
        });
  }

  private static String named(List<GuestProcess> own) {
    String first =
        own.stream()
            .limit(NAMED)
            .map(each -> "%d (%s)".formatted(each.pid(), each.name()))
            .collect(Collectors.joining(", "));
    return own.size() > NAMED ? "%s and %d more".formatted(first, own.size() - NAMED) : first;
  }
}
