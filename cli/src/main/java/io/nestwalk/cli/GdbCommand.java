package io.nestwalk.cli;

import io.nestwalk.gdb.GdbServer;
import io.nestwalk.gdb.Target;
import io.nestwalk.gdb.Targets;
import io.nestwalk.image.ImageException;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Lets GDB read a machine or a process. */
@Command(
    name = "gdb",
    description = {
      "Lets GDB look into a machine, or a process of one, until Ctrl-C.",
      "In GDB: target remote :PORT. Threads are the machine's CPUs or the process's threads;"
          + " addresses are virtual and go through all layers. Nothing can be written or run.",
      "A process's threads have the registers of the CPU that runs them in user mode, else those"
          + " with which they last entered the kernel.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class GdbCommand implements Callable<Integer> {

  private static final int MAX_PORT = 65_535;

  @Spec private CommandSpec spec;
  @Mixin private OneImage image;

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "the machine: host, vm1, vm1.vm1 ... (default: ${DEFAULT-VALUE})")
  private String machine = Machine.HOST;

  @Option(names = "--pid", paramLabel = "N", description = "a process of it (default: its CPUs)")
  private Integer pid;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "the port on this machine's own address (default: one that is free)")
  private int port;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (port < 0 || port > MAX_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--port is a number from 0 to %d".formatted(MAX_PORT));
    }
    try (Session session = Session.open(image, err)) {
      serve(target(session), out, session, err);
    }
    return ExitCode.DONE;
  }

  private Target target(Session session) throws NotFoundException {
    Machine chosen = session.machine(machine);
    return pid == null ? Targets.cpus(chosen) : Targets.process(session.opened(), chosen, pid);
  }

  private void serve(Target target, PrintWriter out, Session session, PrintWriter err)
      throws ImageException {
    try (GdbServer server = new GdbServer(target, port)) {
      target.warnings().forEach(line -> session.note(Printable.of(line)));
      session.warn(err);
      out.println("target remote 127.0.0.1:" + server.port());
      out.flush();
      Thread answering = Thread.ofPlatform().daemon().name("gdb-accept").start(server::run);
      answering.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Asked to end: that is no fault.
    } catch (IOException e) {
      throw new ImageException("gdb", "port %d: %s".formatted(port, e.getMessage()), e);
    }
  }
}
