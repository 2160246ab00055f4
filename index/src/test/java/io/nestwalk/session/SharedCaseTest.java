package io.nestwalk.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.ImageException;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.Trace;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Eight threads on one opened case get what one thread gets. */
class SharedCaseTest {

  private static final int THREADS = 8;

  /** So many pages of a process tell enough. */
  private static final int PAGES = 64;

  private static final int PAGE = 4096;

  private static Case opened(String sample) throws ImageException {
    Path root = Path.of(System.getProperty("nestwalk.root", ".."));
    return Case.open(root.resolve("samples").resolve(sample), CaseOptions.defaults().forgetful());
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt.elf.zst", "kvm-ept.raw.zst"})
  void threadsShareACase(String sample) throws Exception {
    List<String> alone;
    try (Case one = opened(sample)) {
      alone = answers(one, new Random(0));
    }
    assertThat(alone).hasSizeGreaterThan(500).anyMatch(line -> line.startsWith("vm1 "));
    List<Future<List<String>>> together = new ArrayList<>();
    Queue<Machines> searched = new ConcurrentLinkedQueue<>();
    // The threads meet an unsearched case all at once.
    CyclicBarrier start = new CyclicBarrier(THREADS);
    try (Case shared = opened(sample);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int thread = 0; thread < THREADS; thread++) {
        Random order = new Random(thread);
        together.add(
            threads.submit(
                () -> {
                  start.await();
                  searched.add(shared.machines());
                  return answers(shared, order);
                }));
      }
      for (Future<List<String>> each : together) {
        assertThat(each.get()).isEqualTo(alone);
      }
      assertThat(searched).hasSize(THREADS);
      assertThat(searched).allSatisfy(found -> assertThat(found).isSameAs(searched.peek()));
    }
  }

  /** What a case tells, in an order of its own for each thread, sorted. */
  private static List<String> answers(Case opened, Random order) throws Exception {
    List<String> lines = new ArrayList<>();
    List<Machine> machines = new ArrayList<>(opened.machines().all());
    Collections.shuffle(machines, order);
    for (Machine machine : machines) {
      GuestSystem system = opened.system(machine);
      List<GuestProcess> processes = new ArrayList<>(system.processes());
      Collections.shuffle(processes, order);
      for (GuestProcess process : processes) {
        lines.add("%s process %s".formatted(machine.id(), process));
        List<GuestMapping> mappings = system.mappings(process);
        mappings.forEach(
            each -> lines.add("%s %d %s".formatted(machine.id(), process.pid(), each)));
        if (!mappings.isEmpty()) {
          pages(opened, machine, process, mappings, lines);
        }
      }
      Space kernel = opened.space(machine.id(), Selector.KERNEL);
      lines.add(page(kernel, machine.id() + " kernel", system.facts().kernelBase()));
    }
    Collections.sort(lines);
    return lines;
  }

  private static void pages(
      Case opened,
      Machine machine,
      GuestProcess process,
      List<GuestMapping> mappings,
      List<String> lines)
      throws NotFoundException {
    Space space = opened.space(machine.id(), Selector.process(process.pid()));
    String whose = "%s %d".formatted(machine.id(), process.pid());
    int count = 0;
    for (GuestMapping mapping : mappings) {
      for (long at = mapping.start(); at < mapping.end() && count < PAGES; at += PAGE) {
        lines.add(page(space, whose, at));
        count++;
      }
    }
  }

  /** A page's translation, its traced walk and what stands in it. */
  private static String page(Space space, String whose, long address) {
    Trace trace = space.trace(address);
    return "%s 0x%x: %s %d references to %s, %08x"
        .formatted(
            whose,
            address,
            space.translate(address),
            trace.references().size(),
            trace.stops(),
            Arrays.hashCode(space.read(address, PAGE)));
  }
}
