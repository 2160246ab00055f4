package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.CoverageAnswer;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.session.Case;
import io.nestwalk.session.CaseOptions;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.session.Selector;
import io.nestwalk.session.Space;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An opened image and, once somebody asks, its machines. */
final class Session implements AutoCloseable {

  private final Case opened;

  /** Whether the image is another session's, and stays open. */
  private boolean borrows;

  private final ProgressBar bar;
  private final PrintWriter err;
  private final Progress progress;
  private final GuestSystems systems;
  private final List<String> notes = new ArrayList<>();

  /** What tells the image from the one that was analyzed, until somebody asks for all warnings. */
  private Optional<String> change = Optional.empty();

  private Session(
      Case opened, GuestSystems systems, ProgressBar bar, Progress progress, PrintWriter err) {
    this.err = err;
    this.opened = opened;
    this.systems = systems;
    this.bar = bar;
    this.progress = progress;
    notes.addAll(opened.notes());
  }

  /** On an image that another session has open, and closes. */
  private Session(Session lender, PrintWriter err) {
    this(lender.opened, lender.systems, new ProgressBar(err), Progress.NONE, err);
    notes.clear();
    notes.addAll(lender.notes);
    borrows = true;
  }

  /** Opens the image; long work shows a progress bar on {@code err} when that is a terminal. */
  static Session open(ImageOptions options, PrintWriter err) throws ImageException {
    if (options.borrowed().isPresent()) {
      return new Session(options.borrowed().get(), err);
    }
    Session session = open(options.image(), options, err);
    try {
      session.change = options.change();
      session.change.ifPresent(session::note);
      return session;
    } catch (ImageException e) {
      session.close();
      throw e;
    }
  }

  /** Opens an image in the same way, from a path of its own. */
  static Session open(Path image, OpeningOptions options, PrintWriter err) throws ImageException {
    ProgressBar bar = new ProgressBar(err);
    Progress progress =
        Boolean.getBoolean(Nestwalk.TERMINAL) && !(err instanceof ImageMessages)
            ? bar
            : Progress.NONE;
    try {
      CaseOptions how = options.toOpen(progress);
      return new Session(Case.open(image, how), how.systems(), bar, progress, err);
    } catch (ImageException e) {
      bar.close();
      throw e;
    }
  }

  /** The case below, for what keeps it open. */
  Case opened() {
    return opened;
  }

  /** What is said of its opening and of the symbol files, a line each. */
  List<String> notes() {
    List<String> all = new ArrayList<>(notes);
    all.addAll(systems.warnings());
    return all;
  }

  MemoryImage image() {
    return opened.image();
  }

  /** Is told how long work goes on. */
  Progress progress() {
    return progress;
  }

  Machines machines() {
    try {
      return opened.machines();
    } finally {
      bar.close();
    }
  }

  /** The machine that a user named. */
  Machine machine(String id) throws NotFoundException {
    try {
      return opened.machine(id);
    } finally {
      bar.close();
    }
  }

  /** The machines whose systems are asked; a warning tells why there is none. */
  List<Machine> recognised(Optional<String> machine) throws NotFoundException {
    try {
      return opened.recognised(machine, notes::add);
    } finally {
      bar.close();
    }
  }

  /** The operating system of a machine whose processes a user asks for. */
  GuestSystem requiredSystem(Machine machine) throws NotFoundException {
    return opened.system(machine);
  }

  /** The process of that number. */
  GuestProcess process(Machine machine, int pid) throws NotFoundException {
    return opened.process(machine, pid);
  }

  /** The memory that a user's addresses mean. */
  Space space(String machine, Selector selector) throws NotFoundException {
    try {
      return opened.space(machine, selector);
    } finally {
      bar.close();
    }
  }

  /** Adds a warning of the command's own to those that its answer has. */
  void note(String warning) {
    notes.add(warning);
  }

  /** What was looked at, for a JSON answer; machines are in it only when they were asked for. */
  ObjectNode coverage() {
    change = Optional.empty();
    return CoverageAnswer.of(opened.image(), opened.known(), allNotes(), Spelling::of);
  }

  /** Warnings for people, on stderr; JSON is not loaded for them. */
  void warn(PrintWriter err) {
    change = Optional.empty();
    CoverageAnswer.warnings(opened.image(), opened.known(), allNotes(), Spelling::of)
        .forEach(line -> Messages.warning(err, line));
  }

  private List<String> allNotes() {
    List<String> all = new ArrayList<>(notes);
    if (opened.known().isPresent()) {
      all.addAll(systems.warnings());
    }
    return all;
  }

  /** A command that ends early or shows no warnings tells at least that the image changed. */
  @Override
  public void close() {
    bar.close();
    change.ifPresent(text -> Messages.warning(err, text));
    if (!borrows) {
      opened.close();
    }
  }
}
