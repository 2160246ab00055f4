package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The functions that kernel threads run: struct kthread (kernel/kthread.c). */
final class KernelThreads implements Check {

  private final List<GuestProcess> processes;

  KernelThreads(List<GuestProcess> processes) {
    this.processes = processes;
  }

  @Override
  public String rule() {
    return "kernel-thread";
  }

  @Override
  public String reason() {
    return "a thread of the kernel whose code lies in no module runs what was hidden or injected";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    Optional<Field> function = kernel.types().findField("kthread", "threadfn");
    // 5.17 moved it out of the place of set_child_tid.
    Optional<Field> link =
        kernel
            .types()
            .findField("task_struct", "worker_private")
            .or(() -> kernel.types().findField("task_struct", "set_child_tid"));
    if (function.isEmpty() || link.isEmpty()) {
      in.omit("the kernel does not tell where a thread's function stands");
      return;
    }
    for (GuestProcess process : processes) {
      if (!process.kernelThread()) {
        continue;
      }
      long thread = kernel.value(link.get(), process.object());
      long target = kernel.isReadable(thread) ? kernel.value(function.get(), thread) : 0;
      if (target == 0) {
        // kthreadd itself is none of its own making.
        if (process.pid() != 2) {
          in.omit(
              "process %d (%s): its function is not known"
                  .formatted(process.pid(), process.name()));
        }
        continue;
      }
      in.examined();
      if (!in.code().isOwned(target)) {
        in.find(
            new Suspicion(
                "kernel thread '%s' runs no code of the kernel or of a listed module"
                    .formatted(process.name()),
                function.get().at(thread),
                OptionalLong.of(target),
                in.code().describe(target),
                OptionalInt.of(process.pid()),
                in.reader().at(target)));
      }
    }
  }
}
