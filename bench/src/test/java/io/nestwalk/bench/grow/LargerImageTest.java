package io.nestwalk.bench.grow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Root;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Kind;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sample with processes and guests more, as the program sees it: so many, no others, and their
 * memory leads where it should.
 */
class LargerImageTest {

  private static final double GIB = 0.375;
  private static final int PROCESSES = 3;
  private static final int MAPPINGS = 45;
  private static final int GUESTS = 2;
  private static final int PAGE = 4096;

  /** As many bytes of a name as the kernel keeps. */
  private static final int COMM = 15;

  /** Where the memory that is added begins, and by how much its content is moved. */
  private static final long ADDED = 4L << 30;

  private static final int MOVED = 3;

  /** The least and the most pages of an anonymous mapping. */
  private static final long LEAST_PAGES = 16;

  private static final long MOST_PAGES = 47;

  /** One of so many mappings is of a file. */
  private static final int OF_A_FILE = 8;

  private static final Path SAMPLES =
      Path.of(System.getProperty("nestwalk.root", "..")).resolve("samples");

  @TempDir private static Path folder;

  private static JsonNode truth;
  private static MemoryImage sample;
  private static MemoryImage made;
  private static List<Machine> machines;

  @BeforeAll
  static void make() throws Exception {
    Path packed = SAMPLES.resolve("kvm-npt.elf.zst");
    Path larger = folder.resolve("larger.elf");
    truth = new ObjectMapper().readTree(SAMPLES.resolve("kvm-npt.truth.json").toFile());
    sample = MemoryImages.open(packed, OpenOptions.defaults());
    LargerImage.make(packed, larger, new Growth(GIB, false, PROCESSES, MAPPINGS, GUESTS));
    made = MemoryImages.open(larger, OpenOptions.defaults());
    machines = MachineFinder.find(made, 2, Progress.NONE).all();
  }

  @AfterAll
  static void close() {
    made.close();
    sample.close();
  }

  @Test
  void theAddedMemoryIsTheSamplesMoved() {
    long end = made.memory().end();
    assertThat(made.memory().presentBytes()).isEqualTo((long) (GIB * (1L << 30)));
    assertThat(end - ADDED)
        .isEqualTo(made.memory().presentBytes() - sample.memory().presentBytes());
    assertThat(made.memory().readBytes(end - PAGE, PAGE)).isEqualTo(cold(end - PAGE));
  }

  @Test
  void processesAreAdded() {
    List<Tuple> expected = processesOf("host");
    int last = (int) expected.getLast().toList().getFirst();
    for (int i = 0; i < PROCESSES; i++) {
      expected.add(tuple(last + 1 + i, 1, "job%05d".formatted(i)));
    }
    assertThat(host().processes())
        .extracting(GuestProcess::pid, GuestProcess::ppid, GuestProcess::name)
        .containsExactlyElementsOf(expected);
    assertThat(added())
        .allSatisfy(
            process -> {
              assertThat(process.seenBy()).containsExactly("children", "pid-table", "task-list");
              assertThat(process.contradictions()).isEmpty();
              assertThat(process.hidden()).isFalse();
              assertThat(process.path()).isEqualTo(original().path());
              assertThat(process.commandLine()).isEqualTo(original().commandLine());
            });
  }

  @Test
  void addedProcessesShareWhatTheyWereForkedWith() {
    List<GuestMapping> before = host().mappings(original());
    assertThat(before).isNotEmpty();
    Layer old = space(machines.getFirst(), original());
    for (GuestProcess process : added()) {
      Map<Long, GuestMapping> mappings = mappings(process);
      Layer own = space(machines.getFirst(), process);
      assertThat(process.root()).isNotEqualTo(original().root());
      for (GuestMapping mapping : before) {
        assertThat(mappings.get(mapping.start()))
            .usingRecursiveComparison()
            .ignoringFields("object")
            .isEqualTo(mapping);
        assertThat(targets(own, mapping)).isEqualTo(targets(old, mapping));
      }
    }
  }

  @Test
  void addedMappingsLeadToMemoryOfTheirOwn() {
    int before = host().mappings(original()).size();
    Set<Long> pages = new HashSet<>();
    int areas = 0;
    for (GuestProcess process : added()) {
      assertThat(mappings(process)).hasSize(MAPPINGS);
      Layer own = space(machines.getFirst(), process);
      for (GuestMapping mapping : made(process, Kind.ANONYMOUS)) {
        List<Long> present = targets(own, mapping).stream().filter(at -> at >= 0).toList();
        assertThat((mapping.end() - mapping.start()) / PAGE).isBetween(LEAST_PAGES, MOST_PAGES);
        assertThat(mapping.presentBytes()).isEqualTo((long) PAGE * present.size());
        for (long page : present) {
          assertThat(page).isBetween(ADDED, made.memory().end() - PAGE);
          assertThat(pages.add(page)).as("0x%x is mapped once", page).isTrue();
          assertThat(made.memory().readBytes(page, PAGE)).isEqualTo(cold(page));
        }
        areas++;
      }
    }
    int ofFiles = (MAPPINGS - 1) / OF_A_FILE - (before - 1) / OF_A_FILE;
    assertThat(areas).isEqualTo(PROCESSES * (MAPPINGS - before - ofFiles));
    assertThat((long) pages.size()).isGreaterThan(areas * LEAST_PAGES / 4);
  }

  @Test
  void addedMappingsOfFilesShowTheFilesPages() {
    int before = host().mappings(original()).size();
    int ofFiles = (MAPPINGS - 1) / OF_A_FILE - (before - 1) / OF_A_FILE;
    GuestMapping file =
        host().mappings(original()).stream()
            .filter(each -> each.kind() == Kind.FILE)
            .max(Comparator.comparingLong(GuestMapping::presentBytes))
            .orElseThrow();
    List<Long> expected = targets(space(machines.getFirst(), original()), file);
    for (GuestProcess process : added()) {
      List<GuestMapping> found = made(process, Kind.FILE);
      assertThat(found).hasSize(ofFiles);
      for (GuestMapping mapping : found) {
        assertThat(mapping.path()).isEqualTo(file.path());
        assertThat(targets(space(machines.getFirst(), process), mapping)).isEqualTo(expected);
      }
    }
  }

  @Test
  void guestsAreAdded() {
    assertThat(guests()).hasSize(1 + GUESTS);
    List<Tuple> processes = processesOf("vm1");
    Set<Long> roots = new HashSet<>();
    for (Machine guest : guests()) {
      assertThat(guest.secondLevel().kind()).isEqualTo(SecondLevel.Kind.NPT);
      roots.add(guest.secondLevel().root().map(Root::address).orElseThrow());
      assertThat(guest.system().orElseThrow().processes())
          .as(guest.id())
          .extracting(GuestProcess::pid, GuestProcess::ppid, GuestProcess::name)
          .containsExactlyElementsOf(processes);
    }
    assertThat(roots).hasSize(1 + GUESTS).contains(number(truth.at("/svm/nested_root")));
    assertThat(roots).filteredOn(root -> root >= ADDED).hasSize(GUESTS);
  }

  @Test
  void addedGuestsHaveTheTextsOfTheFirstInMemoryOfTheirOwn() {
    Set<Long> places = new HashSet<>();
    JsonNode markers = truth.at("/machines/vm1/pages");
    assertThat(markers).isNotEmpty();
    for (Machine guest : guests()) {
      Map<Integer, GuestProcess> processes =
          guest.system().orElseThrow().processes().stream()
              .collect(Collectors.toMap(GuestProcess::pid, each -> each));
      for (JsonNode marker : markers) {
        Layer space = space(guest, processes.get(marker.path("pid").asInt()));
        byte[] text = marker.path("text").asText().getBytes(StandardCharsets.US_ASCII);
        long address = number(marker.path("va"));
        assertThat(space.readBytes(address, text.length)).as("%s", marker).isEqualTo(text);
        places.add(Translation.address(Layer.toLowest(space, address)) & -PAGE);
      }
    }
    Set<Long> pages = new HashSet<>();
    markers.forEach(marker -> pages.add(number(marker.path("pa")) & -PAGE));
    assertThat(places).hasSize(pages.size() * (1 + GUESTS));
  }

  private static long number(JsonNode text) {
    return Long.decode(text.asText());
  }

  /** Number, parent and name of all processes that the truth has of a machine. */
  private static List<Tuple> processesOf(String machine) {
    List<Tuple> processes = new ArrayList<>();
    for (JsonNode each : truth.at("/machines/" + machine + "/processes")) {
      int pid = each.path("pid").asInt();
      processes.add(tuple(pid, each.path("ppid").asInt(), kernelName(each.path("name").asText())));
    }
    return processes;
  }

  /** A name as the kernel has it, without what /proc adds of a worker's queue. */
  private static String kernelName(String shown) {
    String name = shown.startsWith("kworker/") ? shown.split("-", 2)[0] : shown;
    return name.substring(0, Math.min(name.length(), COMM));
  }

  private static List<Machine> guests() {
    return machines.subList(1, machines.size());
  }

  private static GuestSystem host() {
    return machines.getFirst().system().orElseThrow();
  }

  private static List<GuestProcess> added() {
    List<GuestProcess> added =
        host().processes().stream().filter(each -> each.name().startsWith("job")).toList();
    assertThat(added).hasSize(PROCESSES);
    return added;
  }

  /** The process that was forked. */
  private static GuestProcess original() {
    return host().processes().stream()
        .filter(each -> each.commandLine().equals(added().getFirst().commandLine()))
        .findFirst()
        .orElseThrow();
  }

  private static Map<Long, GuestMapping> mappings(GuestProcess process) {
    return host().mappings(process).stream()
        .collect(Collectors.toMap(GuestMapping::start, each -> each));
  }

  /** A process's mappings of a kind that the one that was forked has not. */
  private static List<GuestMapping> made(GuestProcess process, Kind kind) {
    Set<Long> before = mappings(original()).keySet();
    return mappings(process).values().stream()
        .filter(each -> each.kind() == kind && !before.contains(each.start()))
        .toList();
  }

  private static Layer space(Machine machine, GuestProcess process) {
    return machine.space(
        machine.root().orElseThrow().mode(),
        process.root().orElseThrow(IllegalStateException::new));
  }

  /** Where a mapping's pages lie in the host's memory, -1 for those that are not present. */
  private static List<Long> targets(Layer space, GuestMapping mapping) {
    List<Long> targets = new ArrayList<>();
    for (long at = mapping.start(); at < mapping.end(); at += PAGE) {
      long translation = Layer.toLowest(space, at);
      targets.add(Translation.isFault(translation) ? -1 : Translation.address(translation));
    }
    return targets;
  }

  /** What a page of the added memory holds that nothing was written to. */
  private static byte[] cold(long page) {
    ByteBuffer bytes = ByteBuffer.allocate(PAGE);
    bytes.position((int) Math.max(0, ADDED + MOVED - page));
    while (bytes.hasRemaining()) {
      long at = (page + bytes.position() - ADDED - MOVED) % sample.memory().presentBytes();
      for (MemoryRun run : sample.runs()) {
        if (at < run.length()) {
          int piece = (int) Math.min(run.length() - at, bytes.remaining());
          bytes.put(sample.memory().readBytes(run.start() + at, piece));
          break;
        }
        at -= run.length();
      }
    }
    return bytes.array();
  }
}
