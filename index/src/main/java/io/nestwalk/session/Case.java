package io.nestwalk.session;

import io.nestwalk.find.Finder;
import io.nestwalk.find.Patterns;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Evidence;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.search.GluedRanges;
import io.nestwalk.search.HoleSearch;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.survey.HeldSurveys;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * An opened image and, once somebody asks, its machines. The evidence is opened read-only.
 *
 * <p>Threads may share a case, its machines, their systems and spaces: one of them makes the search
 * while the others wait, a system answers one at a time, and memory is read by all at once. {@link
 * #close} is for when all are done: machines and everything read from them are valid until then.
 */
public final class Case implements AutoCloseable {

  private static final int THREADS = Runtime.getRuntime().availableProcessors();

  private final MemoryImage image;
  private final CaseOptions options;
  private final SurveyStore surveys;
  private final List<String> notes;
  private Machines machines;

  /** The host as a quicker search finds it, for questions that concern no guest. */
  private Machines hostAlone;

  private Case(MemoryImage image, CaseOptions options, SurveyStore surveys, List<String> notes) {
    this.image = image;
    this.options = options;
    this.surveys = surveys;
    this.notes = new ArrayList<>(notes);
  }

  /**
   * Opens an image with {@link CaseOptions#defaults}.
   *
   * @param path a file, a packed one, or the folder or first file of one that was split
   * @throws ImageException when it can't be read or its format isn't supported; the message is one
   *     line
   */
  public static Case open(Path path) throws ImageException {
    return open(path, CaseOptions.defaults());
  }

  /**
   * Opens an image. Where a raw file of a PC's memory leaves out the hole below 4 GiB, or all that
   * is no RAM, and its page tables show that, it is read so, and {@link #notes} says it.
   *
   * @param path a file, a packed one, or the folder or first file of one that was split
   * @throws ImageException when it can't be read or its format isn't supported; the message is one
   *     line
   */
  public static Case open(Path path, CaseOptions options) throws ImageException {
    return open(new Local(path), options);
  }

  /**
   * Opens an image that is no file of this machine, as {@link #open(Path, CaseOptions)} does with
   * one that is. What can't be read of it later is a {@link java.io.IOError} of the question that
   * needed it.
   *
   * @param evidence closed by who made it, after the case
   * @throws ImageException when it can't be read or its format isn't supported; the message is one
   *     line
   */
  public static Case open(Evidence evidence, CaseOptions options) throws ImageException {
    return open(new Remote(evidence), options);
  }

  private static Case open(Source source, CaseOptions options) throws ImageException {
    Case plain = opened(source, options, List.of());
    OpenOptions open = options.open();
    if (!open.holes().isEmpty() || open.base().isPresent() || open.meta().isPresent()) {
      return plain;
    }
    Optional<AddressRange> hole =
        HoleSearch.appliesTo(plain.image)
            ? HoleSearch.find(plain.image, THREADS, open.progress(), plain.surveys)
            : Optional.empty();
    if (hole.isPresent()) {
      plain.close();
      SurveyStore surveys = new SurveysAroundHole(plain.surveys, hole.get());
      return opened(
          source,
          options.with(open.withHole(hole.get())).with(surveys),
          List.of(
              "the page tables fit only when the file leaves out the hole %s: it is read so"
                  .formatted(hole.get())));
    }
    Optional<OpenOptions> glued =
        GluedRanges.appliesTo(plain.image)
            ? GluedRanges.find(plain.image, open, THREADS, open.progress(), plain.surveys)
            : Optional.empty();
    if (glued.isEmpty()) {
      return plain;
    }
    plain.close();
    return opened(
        source,
        options.with(glued.get()).with(SurveyStore.NONE),
        List.of(
            ("the page tables fit only when the file holds ranges of memory glued together without"
                    + " the gaps between them (LiME's format=raw), as the firmware's memory map has"
                    + " them: it is read from 0x%x on, without %s")
                .formatted(
                    glued.get().base().orElse(0),
                    glued.get().holes().stream()
                        .map(AddressRange::toString)
                        .collect(Collectors.joining(", ")))));
  }

  private static Case opened(Source source, CaseOptions options, List<String> notes)
      throws ImageException {
    MemoryImage image = source.open(options.open());
    return new Case(image, options, surveysOf(source, image, options), notes);
  }

  private static SurveyStore surveysOf(Source source, MemoryImage image, CaseOptions options) {
    if (!options.known().equals(SurveyStore.NONE)) {
      return options.known();
    }
    if (!options.remember()) {
      return new HeldSurveys();
    }
    try {
      return RememberedSurveys.of(source.identity(image), image);
    } catch (IOException e) {
      return new HeldSurveys(); // what can't be told apart is surveyed each time
    }
  }

  /** Where an image comes from. */
  private sealed interface Source {

    MemoryImage open(OpenOptions options) throws ImageException;

    ImageIdentity identity(MemoryImage opened) throws IOException;
  }

  private record Local(Path path) implements Source {

    @Override
    public MemoryImage open(OpenOptions options) throws ImageException {
      return MemoryImages.open(path, options);
    }

    @Override
    public ImageIdentity identity(MemoryImage opened) throws IOException {
      return ImageIdentity.of(path, opened.files());
    }
  }

  private record Remote(Evidence evidence) implements Source {

    @Override
    public MemoryImage open(OpenOptions options) throws ImageException {
      return MemoryImages.open(evidence, options);
    }

    @Override
    public ImageIdentity identity(MemoryImage opened) {
      return ImageIdentity.of(evidence);
    }
  }

  /** The image: format, memory, registers, warnings. */
  public MemoryImage image() {
    return image;
  }

  /** What was assumed when the image was opened, a line each. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /**
   * The machines, the host first. The first call surveys the image, which takes as long as reading
   * it unless it was surveyed before.
   */
  public synchronized Machines machines() {
    if (machines == null) {
      machines =
          MachineFinder.find(image, THREADS, options.open().progress(), options.systems(), surveys);
    }
    return machines;
  }

  /** The machines as far as they were asked for: the host alone, all, or none yet. */
  public synchronized Optional<Machines> known() {
    return Optional.ofNullable(machines == null ? hostAlone : machines);
  }

  /**
   * A machine by its name. The host is found without looking for its guests.
   *
   * @param id "host", "vm1", "vm1.vm1"
   * @throws NotFoundException when there is none of that name
   */
  public synchronized Machine machine(String id) throws NotFoundException {
    if (id.equals(Machine.HOST) && machines == null) {
      if (hostAlone == null) {
        hostAlone =
            MachineFinder.findHost(
                image, THREADS, options.open().progress(), options.systems(), surveys);
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

  /**
   * The machines whose operating systems a question is for, each with a system that is recognised;
   * for a machine that is another's system again that other. None for a machine on which a
   * hypervisor runs in place of a system.
   *
   * @param id of one machine; empty for all that are recognised
   * @param note is told which machines were not looked at, where that is no error
   * @throws NotFoundException when there is no such machine, or nothing is recognised
   */
  public List<Machine> recognised(Optional<String> id, Consumer<String> note)
      throws NotFoundException {
    if (id.isEmpty()) {
      List<Machine> all =
          machines().all().stream().filter(each -> each.system().isPresent()).toList();
      if (all.isEmpty()) {
        throw new NotFoundException("no operating system is recognised in any machine");
      }
      machines().all().stream()
          .filter(machines()::isUnread)
          .forEach(each -> note.accept(unread(each)));
      return all;
    }
    Machine named = machine(id.get());
    Machine chosen = named.sameSystemAs().isPresent() ? machine(named.sameSystemAs().get()) : named;
    if (chosen.system().isEmpty()) {
      Optional<String> alone = machines().hypervisorOn(chosen.id());
      if (alone.isPresent()) {
        note.accept(
            "%s is %s itself, which has no processes; its own log and modules are not read"
                .formatted(chosen.id(), alone.get()));
        return List.of();
      }
    }
    system(chosen);
    return List.of(chosen);
  }

  private static String unread(Machine machine) {
    return "%s: not looked at: no operating system is recognised in its memory"
        .formatted(machine.id());
  }

  /**
   * A machine's operating system.
   *
   * @throws NotFoundException when none is recognised
   */
  public GuestSystem system(Machine machine) throws NotFoundException {
    return machine
        .system()
        .orElseThrow(
            () ->
                new NotFoundException(
                    machine.id() + ": no operating system is recognised in its memory"));
  }

  /**
   * A process by its number.
   *
   * @throws NotFoundException when there is none, or no operating system is recognised
   */
  public GuestProcess process(Machine machine, int pid) throws NotFoundException {
    return system(machine).processes().stream()
        .filter(process -> process.pid() == pid)
        .findFirst()
        .orElseThrow(() -> new NotFoundException("%s: no process %d".formatted(machine.id(), pid)));
  }

  /**
   * The memory that an address means.
   *
   * @param machine the machine's name
   * @param selector which of its memories
   * @throws NotFoundException when the machine, the process or its memory, or the root is not there
   */
  public Space space(String machine, Selector selector) throws NotFoundException {
    return Space.of(this, machine(machine), selector);
  }

  /**
   * Looks for patterns in all physical memory, and for the owners of what is found.
   *
   * @param limit how many hits are kept, at least 1
   */
  public Finder.Found find(Patterns patterns, int limit) throws IOException {
    return new Finder(image, machines(), options.open().progress())
        .find(patterns, null, limit, THREADS);
  }

  @Override
  public void close() {
    image.close();
  }
}
