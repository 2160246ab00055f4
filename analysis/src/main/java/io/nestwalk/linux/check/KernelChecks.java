package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.types.MissingTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** All checks of a Linux kernel. */
public final class KernelChecks {

  private KernelChecks() {}

  /**
   * Runs them; one that fails costs its own answer.
   *
   * @param code whose code lies where
   * @param processes all that are known
   * @param openFiles {@code struct file} of every open file
   * @param networks every network namespace
   * @param bpf finds what of BPF is loaded
   * @param views the tables of processes that map the kernel too, by pid
   */
  public static List<CheckResult> run(
      Kernel kernel,
      CodeMap code,
      List<GuestProcess> processes,
      List<Long> openFiles,
      Set<Long> networks,
      Supplier<BpfObjects> bpf,
      Map<Integer, Walker> views) {
    Supplier<OwnedCode> owned = new Owners(kernel, code);
    List<Check> checks =
        List.of(
            new SystemCalls(),
            new InterruptTable(),
            new Tracing(),
            new NetworkHooks(networks),
            new HiddenModules(),
            new Credentials(processes),
            new KernelThreads(processes),
            new FileOperations(openFiles),
            new Notifiers(),
            new LooseCode(owned),
            new WritableCode(),
            new KernelText(views, owned),
            new BpfPrograms(bpf));
    List<CheckResult> results = new ArrayList<>();
    for (Check check : checks) {
      Inspection inspection = new Inspection(kernel, code);
      if (code.kernel().isEmpty()) {
        inspection.omit("where the kernel's own code lies is not known");
      } else {
        try {
          check.run(inspection);
        } catch (MissingTypeException e) {
          inspection.omit(e.getMessage());
        }
      }
      inspection.conclude();
      results.add(inspection.result(check.rule(), check.reason()));
    }
    return results;
  }

  /** Looks once for what several checks ask for, when the first of them does. */
  private static final class Owners implements Supplier<OwnedCode> {

    private final Kernel kernel;
    private final CodeMap code;
    private OwnedCode owned;

    Owners(Kernel kernel, CodeMap code) {
      this.kernel = kernel;
      this.code = code;
    }

    @Override
    public OwnedCode get() {
      if (owned == null) {
        owned = OwnedCode.of(kernel, code);
      }
      return owned;
    }
  }
}
