package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** struct cred of processes: each has its own, which its threads share. */
final class Credentials implements Check {

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
    Map<Long, List<GuestProcess>> owners = new LinkedHashMap<>();
    for (String member : new String[] {"cred", "real_cred"}) {
      Field field = kernel.types().field("task_struct", member);
      for (GuestProcess process : processes) {
        long credentials = kernel.value(field, process.object());
        if (!process.exited() && kernel.isReadable(credentials)) {
          in.examined();
          List<GuestProcess> own = owners.computeIfAbsent(credentials, _ -> new ArrayList<>());
          if (!own.contains(process)) {
            own.add(process);
          }
        }
      }
    }
    owners.forEach(
        (credentials, own) -> {
          if (own.size() > 1) {
            in.find(
                new Suspicion(
                    "one struct cred is that of processes "
                        + own.stream()
                            .map(each -> "%d (%s)".formatted(each.pid(), each.name()))
                            .collect(Collectors.joining(", ")),
                    credentials,
                    OptionalLong.empty(),
                    Optional.empty(),
                    OptionalInt.of(own.getLast().pid()),
                    List.of()));
          }
        });
  }
}
