package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.output.OutputException;
import io.nestwalk.serve.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows images in a browser. */
@Command(
    name = "serve",
    description = {
      "Shows images or the folders of analyses as a page to explore with a browser, until Ctrl-C.",
      "It prints the address to open. That has a token: who does not know it gets no answer."
          + " Nothing is written, neither to the image nor to the folder; an image that is no"
          + " folder of an analysis is indexed in a temporary folder while the page can already be"
          + " used.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class ServeCommand implements Callable<Integer> {

  private static final int MAX_PORT = 65_535;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "IMAGE|CASE",
      description = "dumps as every command opens them, or folders that `analyze` has made")
  private List<Path> named;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      description =
          "the address to listen on (default: ${DEFAULT-VALUE}). Another one lets other computers"
              + " ask, unencrypted")
  private String listen = "127.0.0.1";

  @Option(names = "--port", paramLabel = "P", description = "the port (default: one that is free)")
  private int port;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      converter = ImageOptions.GivenName.class,
      description = ImageOptions.MOVED)
  private Path moved;

  @Mixin private OpeningOptions opening;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    InetSocketAddress where = address(err);
    if (moved != null && (named.size() > 1 || !AnalysisFolder.isCase(named.getFirst()))) {
      throw new ParameterException(
          spec.commandLine(),
          "--image goes with one folder that `analyze` or `index` has made, and nothing else");
    }
    List<ServedImage> images = new ArrayList<>();
    ExecutorService indexer =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("index").factory());
    Thread hook = new Thread(() -> images.forEach(ServedImage::close), "close");
    try {
      for (Path each : named) {
        images.add(ServedImage.open(each, Optional.ofNullable(moved), opening, err, indexer));
      }
      Runtime.getRuntime().addShutdownHook(hook);
      serve(where, images, out);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Asked to end: that is no fault.
    } finally {
      indexer.shutdown();
      close(images, hook);
    }
    return ExitCode.DONE;
  }

  private static void serve(InetSocketAddress where, List<ServedImage> images, PrintWriter out)
      throws ImageException, InterruptedException {
    try (Server server =
        new Server(where, images.stream().map(ServedImage::served).toList(), Nestwalk.version())) {
      out.println(server.address());
      out.flush();
      new CountDownLatch(1).await();
    } catch (IOException e) {
      throw new ImageException("serve", "%s: %s".formatted(where, e.getMessage()), e);
    }
  }

  private static void close(List<ServedImage> images, Thread hook) throws OutputException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // The program ends: the hook closes.
    }
    images.forEach(ServedImage::close);
  }

  private InetSocketAddress address(PrintWriter err) {
    if (port < 0 || port > MAX_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--port is a number from 0 to %d".formatted(MAX_PORT));
    }
    try {
      InetAddress address = InetAddress.getByName(listen);
      if (!address.isLoopbackAddress()) {
        err.println(
            "nestwalk: warning: listening on %s: other computers can ask, and the token and all"
                    .formatted(listen)
                + " answers cross the network unencrypted");
      }
      return new InetSocketAddress(address, port);
    } catch (UnknownHostException e) {
      throw new ParameterException(
          spec.commandLine(), "--listen %s is no address".formatted(Printable.of(listen)), e);
    }
  }
}
