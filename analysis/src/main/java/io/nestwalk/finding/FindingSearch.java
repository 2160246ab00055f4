package io.nestwalk.finding;

import io.nestwalk.image.Memory;
import io.nestwalk.machine.CrossCheck;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Budget;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Applies the rules to machines. */
public final class FindingSearch {

  /** So many runs of pages are listed with a finding; all are counted. */
  private static final int LISTED = 64;

  /** Rights that fewer than one page in so many have are the exception. */
  private static final int EXCEPTION = 8;

  private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXECUTE;
  private static final int PAGE_SHIFT = 12;
  private static final long PAGE = 1L << PAGE_SHIFT;

  private final Machines machines;
  private final List<Finding> findings = new ArrayList<>();

  private FindingSearch(Machines machines) {
    this.machines = machines;
  }

  /** All findings, machine by machine. Follows every table to its pages. */
  public static List<Finding> in(Machines machines) {
    List<Finding> all = new ArrayList<>();
    Budget spaces = Budget.forAllSpaces(machines.host().physical());
    for (Machine machine : machines.all()) {
      all.addAll(ofLayers(machines, machine));
      machine.system().ifPresent(system -> ofSystem(machine, system, all));
      all.addAll(EndlessTables.in(machine, spaces));
    }
    return List.copyOf(all);
  }

  /**
   * What concerns a machine as a whole: what does not fit in its second level, roots without owner,
   * what was changed in its kernel, what its guests share.
   */
  public static List<Finding> ofLayers(Machines machines, Machine machine) {
    FindingSearch search = new FindingSearch(machines);
    // Two systems of one memory share its second level: it is examined once.
    if (machine.below().isPresent() && machine.sameMemoryAs().isEmpty()) {
      search.guest(machine, machine.below().get());
    }
    search.ownerless(machine);
    search.findings.addAll(KernelFindings.of(machine));
    search.findings.addAll(SharedFindings.of(machines, machine));
    return List.copyOf(search.findings);
  }

  private static void ofSystem(Machine machine, GuestSystem system, List<Finding> all) {
    List<GuestProcess> processes = system.processes();
    ProcessRules rules = new ProcessRules(machine.id(), processes);
    for (GuestProcess process : processes) {
      all.addAll(rules.of(process));
      for (GuestMapping mapping : system.mappings(process)) {
        all.addAll(MappingRules.of(machine.id(), process, mapping));
      }
    }
  }

  private void guest(Machine machine, Memory host) {
    SecondLevel second = machine.secondLevel();
    second.crossCheck().ifPresent(views -> slotsDisagree(machine, views));
    if (second.root().isEmpty() || second.kind() == SecondLevel.Kind.SHADOW) {
      return;
    }
    Walker walker = walker(second.root().get(), host);
    long[] byRights = new long[ACCESS + 1];
    if (second.identity() != SecondLevel.Identity.NONE) {
      // A system behind an identity sees all of itself, tables and devices: only what differs
      // tells.
      remapped(machine, walker, byRights);
      restricted(machine, walker, byRights);
    } else {
      Exceptions exceptions = new Exceptions(host, tablesOf(machine), hostTables(machine, host));
      walker.forEachLeaf(
          (guest, page, shift, permissions) -> {
            if (!isDevice(guest, page, host)) {
              byRights[permissions & ACCESS] += 1L << shift;
              exceptions.look(guest, page, 1L << shift, permissions);
            }
            return true;
          });
      restricted(machine, walker, byRights);
      exceptions.report(machine);
    }
    for (Root other : second.alternates()) {
      rootsDisagree(machine, walker, other, host);
    }
  }

  /**
   * Whether a guest is given a device of the machine: it lies in no memory, and where the machine
   * itself has it. Its rights are those of no memory.
   */
  private static boolean isDevice(long guest, long page, Memory host) {
    return guest == page && !host.isPresent(page);
  }

  private void ownerless(Machine machine) {
    for (OwnerlessRoot each : OwnerlessRoot.in(machine)) {
      long table = each.root().address();
      long below =
          machine
              .physicalLayer()
              .map(layer -> layer.translate(table))
              .orElse(Translation.of(table, PAGE_SHIFT));
      findings.add(
          Finding.of(Rule.OWNERLESS_ROOT, machine.id(), each.toString())
              .on(
                  Translation.isFault(below)
                      ? List.of()
                      : List.of(
                          new Finding.Run(
                              table,
                              Translation.address(below),
                              PAGE,
                              Permissions.READ | Permissions.WRITE)),
                  1));
    }
  }

  private static Walker walker(Root root, Memory host) {
    return new Walker(root.mode(), root.address(), host);
  }

  /** Pages that tables of an identity map elsewhere. */
  private void remapped(Machine machine, Walker walker, long[] byRights) {
    Gathered pages = new Gathered();
    walker.forEachLeaf(
        (guest, page, shift, permissions) -> {
          byRights[permissions & ACCESS] += 1L << shift;
          if (guest != page) {
            pages.add(guest, page, 1L << shift, permissions);
          }
          return true;
        });
    pages.report(
        Rule.REMAPPED_PAGES,
        machine,
        "tables that map nearly all addresses to themselves map these pages elsewhere");
  }

  /**
   * Rights that are rare among those of all pages, and that lack one of those which most have. More
   * rights are none: KVM on ARM lets a guest execute only where it has tried to.
   */
  private void restricted(Machine machine, Walker walker, long[] byRights) {
    long total = 0;
    int common = 0;
    for (int rights = 0; rights <= ACCESS; rights++) {
      total += byRights[rights];
      common = byRights[rights] > byRights[common] ? rights : common;
    }
    for (int rights = 0; rights <= ACCESS; rights++) {
      if (byRights[rights] == 0
          || byRights[rights] > total / EXCEPTION
          || (rights & common) == common) {
        continue;
      }
      int rare = rights;
      Gathered pages = new Gathered();
      walker.forEachLeaf(
          (guest, page, shift, permissions) -> {
            if ((permissions & ACCESS) == rare && !isDevice(guest, page, walker.tables())) {
              pages.add(guest, page, 1L << shift, permissions);
            }
            return true;
          });
      pages.report(
          Rule.RESTRICTED_PAGES,
          machine,
          "%s pages among %d MiB that mostly have other rights"
              .formatted(Permissions.format(rare).substring(0, 3), total >> 20));
    }
  }

  private void rootsDisagree(Machine machine, Walker walker, Root other, Memory host) {
    Gathered pages = new Gathered();
    walker(other, host)
        .forEachLeaf(
            (guest, page, shift, permissions) -> {
              for (long offset = 0; offset < 1L << shift; offset += PAGE) {
                long first = walker.translate(guest + offset);
                if (!Translation.isFault(first) && Translation.address(first) != page + offset) {
                  pages.add(guest + offset, page + offset, PAGE, permissions);
                }
              }
              return true;
            });
    pages.report(
        Rule.ROOTS_DISAGREE,
        machine,
        "root 0x%x maps these pages elsewhere than root 0x%x"
            .formatted(other.address(), walker.root()));
  }

  private void slotsDisagree(Machine machine, CrossCheck views) {
    if (views.disagree() > 0) {
      findings.add(
          Finding.of(
                  Rule.SLOTS_DISAGREE,
                  machine.id(),
                  "second-level tables and memory slots map %s differently"
                      .formatted(Count.of(views.disagree(), "page")))
              .on(
                  views.disagreements().stream()
                      .map(each -> new Finding.Run(each.guest(), each.byTables(), PAGE, 0))
                      .toList(),
                  views.disagree()));
    }
  }

  /** The second-level tables of all guests that share this one's host. */
  private Set<Long> tablesOf(Machine machine) {
    Set<Long> tables = new HashSet<>();
    for (Machine sibling : machines.all()) {
      if (sibling.parent().equals(machine.parent()) && sibling.below().isPresent()) {
        sibling
            .secondLevel()
            .root()
            .ifPresent(root -> addTables(root, sibling.below().get(), tables));
      }
    }
    return tables;
  }

  private Set<Long> hostTables(Machine machine, Memory host) {
    Set<Long> tables = new HashSet<>();
    machine
        .parent()
        .flatMap(machines::named)
        .ifPresent(parent -> parent.roots().forEach(root -> addTables(root, host, tables)));
    return tables;
  }

  private static void addTables(Root root, Memory memory, Set<Long> tables) {
    tables.add(root.address());
    tables.addAll(new HierarchyExaminer(root.mode(), memory).tablesBelow(List.of(root.address())));
  }

  /** Pages that no guest should have. */
  private final class Exceptions {

    private final Memory host;
    private final Set<Long> tables;
    private final Set<Long> hostTables;
    private final Gathered outside = new Gathered();
    private final Gathered ownTables = new Gathered();
    private final Gathered parentsTables = new Gathered();

    Exceptions(Memory host, Set<Long> tables, Set<Long> hostTables) {
      this.host = host;
      this.tables = tables;
      this.hostTables = hostTables;
    }

    void look(long guest, long page, long length, int permissions) {
      if (!host.isPresent(page)) {
        outside.add(guest, page, length, permissions);
        return;
      }
      for (long offset = 0; offset < length; offset += PAGE) {
        if (tables.contains(page + offset)) {
          ownTables.add(guest + offset, page + offset, PAGE, permissions);
        } else if (hostTables.contains(page + offset)) {
          parentsTables.add(guest + offset, page + offset, PAGE, permissions);
        }
      }
    }

    void report(Machine machine) {
      outside.report(Rule.OUTSIDE_IMAGE, machine, "pages are mapped that the image does not hold");
      ownTables.report(
          Rule.MAPS_TABLES, machine, "the guest is given pages of second-level tables");
      parentsTables.report(
          Rule.MAPS_HOST_TABLES, machine, "the guest is given pages of its host's own page tables");
    }
  }

  /** Pages of one finding, neighbours as one run. */
  private final class Gathered {

    private final List<Finding.Run> runs = new ArrayList<>();
    private long count;

    void add(long guest, long host, long length, int permissions) {
      count += length / PAGE;
      Finding.Run last = runs.isEmpty() ? null : runs.getLast();
      if (last != null
          && last.guest() + last.length() == guest
          && last.host() + last.length() == host
          && last.permissions() == permissions) {
        runs.set(
            runs.size() - 1,
            new Finding.Run(last.guest(), last.host(), last.length() + length, permissions));
      } else if (runs.size() < LISTED) {
        runs.add(new Finding.Run(guest, host, length, permissions));
      }
    }

    void report(Rule rule, Machine machine, String text) {
      if (count > 0) {
        findings.add(Finding.of(rule, machine.id(), text).on(runs, count));
      }
    }
  }
}
