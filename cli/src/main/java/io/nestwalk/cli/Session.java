package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.CoverageAnswer;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.HoleSearch;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineFinder;
import io.nestwalk.machine.Machines;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** An opened image and, once somebody asks, its machines. */
final class Session implements AutoCloseable {

  /** Set by the launcher when stderr is a terminal. */
  private static final String TERMINAL = "nestwalk.terminal";

  private static final int THREADS = Runtime.getRuntime().availableProcessors();

  private final MemoryImage image;
  private final ProgressBar bar;
  private final Progress progress;
  private final GuestSystems systems;
  private final SurveyStore surveys;
  private final List<String> notes = new ArrayList<>();
  private Machines machines;

  /** The host as a quicker search finds it, for questions that concern no guest. */
  private Machines hostAlone;

  private Session(
      MemoryImage image,
      GuestSystems systems,
      SurveyStore surveys,
      ProgressBar bar,
      Progress progress) {
    this.image = image;
    this.surveys = surveys;
    this.systems = systems;
    this.bar = bar;
    this.progress = progress;
  }

  /** Opens the image; long work shows a progress bar on {@code err} when that is a terminal. */
  static Session open(ImageOptions options, PrintWriter err) throws ImageException {
    ProgressBar bar = new ProgressBar(err);
    Progress progress = Boolean.getBoolean(TERMINAL) ? bar : Progress.NONE;
    try {
      GuestSystems systems = options.systems();
      MemoryImage image = MemoryImages.open(options.image(), options.open(progress));
      return withHole(
          new Session(image, systems, options.surveysOf(image), bar, progress), options);
    } catch (ImageException e) {
      bar.close();
      throw e;
    }
  }

  /** The same with the hole that page tables show, where the user names neither hole nor base. */
  private static Session withHole(Session plain, ImageOptions options) throws ImageException {
    if (options.placesMemory() || !HoleSearch.appliesTo(plain.image)) {
      return plain;
    }
    Optional<AddressRange> hole =
        HoleSearch.find(plain.image, THREADS, plain.progress, plain.surveys);
    if (hole.isEmpty()) {
      return plain;
    }
    plain.image.close();
    MemoryImage image =
        MemoryImages.open(options.image(), options.open(plain.progress).withHole(hole.get()));
    Session placed =
        new Session(image, plain.systems, options.surveysOf(image), plain.bar, plain.progress);
    placed.note(
        "the page tables fit only when the file leaves out the hole %s: it is read so, as with --hole %s"
            .formatted(hole.get(), hole.get().toString().replace("..", "-")));
    return placed;
  }

  MemoryImage image() {
    return image;
  }

  /** Is told how long work goes on. */
  Progress progress() {
    return progress;
  }

  Machines machines() {
    if (machines == null) {
      machines = MachineFinder.find(image, THREADS, progress, systems, surveys);
      bar.close();
    }
    return machines;
  }

  /** The machine that a user named. */
  Machine machine(String id) throws NotFoundException {
    if (id.equals(Machine.HOST) && machines == null) {
      if (hostAlone == null) {
        hostAlone = MachineFinder.findHost(image, THREADS, progress, systems, surveys);
        bar.close();
      }
      return hostAlone.host();
    }
    return machines()
        .named(id)
        .orElseThrow(
            () ->
                new NotFoundException(
                    "no machine '%s' in this image; there are: %s"
                        .formatted(
                            id,
                            machines().all().stream()
                                .map(Machine::id)
                                .collect(Collectors.joining(", ")))));
  }

  /** The hypervisor that runs on a machine in place of an operating system. */
  Optional<String> hypervisorOn(Machine machine) {
    return machine.system().isPresent() ? Optional.empty() : machines().hypervisorOn(machine.id());
  }

  /** The operating system of a machine whose processes a user asks for. */
  GuestSystem requiredSystem(Machine machine) throws NotFoundException {
    return machine
        .system()
        .orElseThrow(
            () ->
                new NotFoundException(
                    machine.id() + ": no operating system is recognised in its memory"));
  }

  /** The process of that number. */
  GuestProcess process(Machine machine, int pid) throws NotFoundException {
    return requiredSystem(machine).processes().stream()
        .filter(process -> process.pid() == pid)
        .findFirst()
        .orElseThrow(() -> new NotFoundException("%s: no process %d".formatted(machine.id(), pid)));
  }

  /** Adds a warning of the command's own to those that its answer has. */
  void note(String warning) {
    notes.add(warning);
  }

  /** What was looked at, for a JSON answer; machines are in it only when they were asked for. */
  ObjectNode coverage() {
    Machines found = machines == null ? hostAlone : machines;
    List<String> all = new ArrayList<>(notes);
    if (found != null) {
      all.addAll(systems.warnings());
    }
    return CoverageAnswer.of(image, Optional.ofNullable(found), all);
  }

  /** Warnings for people, on stderr. */
  void warn(PrintWriter err) {
    coverage().path("warnings").forEach(w -> err.println("nestwalk: warning: " + w.asText()));
  }

  @Override
  public void close() {
    bar.close();
    image.close();
  }
}
