package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestText;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A Linux whose kernel says nothing of its structures: what {@link Deduction} found is read, and
 * nothing else is claimed.
 */
final class DeducedSystem implements GuestSystem {

  private static final int COMM = 16;
  private static final int MAX_ARGUMENTS = 1 << 16;

  private final Memory physical;
  private final Walker tables;
  private final TranslatedMemory memory;
  private final int width;
  private final SystemFacts facts;
  private final Deduction layout;
  private final Warnings warnings;
  private final CombinedSymbols combined;
  private final KernelSymbols symbols;
  private List<GuestProcess> processes;

  DeducedSystem(
      Memory physical,
      Walker tables,
      TranslatedMemory memory,
      int width,
      SystemFacts facts,
      Deduction layout,
      Warnings warnings,
      CombinedSymbols combined,
      KernelSymbols symbols) {
    this.combined = combined;
    this.physical = physical;
    this.tables = tables;
    this.memory = memory;
    this.width = width;
    this.facts = facts;
    this.layout = layout;
    this.warnings = warnings;
    this.symbols = symbols;
    warnings.add(
        "the kernel carries no types: processes are deduced from its structures; mappings, modules"
            + " and log are not known");
  }

  @Override
  public SystemFacts facts() {
    return facts;
  }

  @Override
  public List<GuestProcess> processes() {
    if (processes == null) {
      Map<Long, EnumSet<TaskSources.Source>> found = new LinkedHashMap<>();
      fromList(found);
      fromChildren(found);
      List<GuestProcess> all = new ArrayList<>();
      found.forEach((task, sources) -> all.add(read(task, sources)));
      all.sort(Comparator.comparingInt(GuestProcess::pid));
      processes = List.copyOf(all);
    }
    return processes;
  }

  private void fromList(Map<Long, EnumSet<TaskSources.Source>> found) {
    long head = layout.initTask() + layout.tasks();
    for (long node = pointer(head); node != head; node = pointer(node)) {
      // That the list closes was made sure of; memory does not change.
      note(node - layout.tasks(), TaskSources.Source.TASK_LIST, found);
    }
  }

  private void fromChildren(Map<Long, EnumSet<TaskSources.Source>> found) {
    int children = layout.realParent() + 2 * width;
    int sibling = layout.realParent() + 4 * width;
    Deque<Long> open = new ArrayDeque<>();
    open.add(layout.initTask());
    int visited = 0;
    while (!open.isEmpty()) {
      long parent = open.poll();
      long head = parent + children;
      for (long node = pointer(head); node != head; node = pointer(node)) {
        long child = node - sibling;
        int pid = memory.getInt(child + layout.pid(), -1);
        if (++visited > TaskSources.MAX_TASKS
            || pid <= 0
            || pid > TaskFields.MAX_PID
            || isNoted(found, child)) {
          warnings.add("children of 0x%x: cut off at 0x%x".formatted(parent, node));
          break;
        }
        note(child, TaskSources.Source.CHILDREN, found);
        open.add(child);
      }
    }
  }

  private static boolean isNoted(Map<Long, EnumSet<TaskSources.Source>> found, long task) {
    EnumSet<TaskSources.Source> sources = found.get(task);
    return sources != null && sources.contains(TaskSources.Source.CHILDREN);
  }

  private static void note(
      long task, TaskSources.Source source, Map<Long, EnumSet<TaskSources.Source>> found) {
    found.computeIfAbsent(task, key -> EnumSet.noneOf(TaskSources.Source.class)).add(source);
  }

  private GuestProcess read(long task, EnumSet<TaskSources.Source> sources) {
    long mm = pointer(task + layout.mm());
    OptionalLong root = mm == 0 ? OptionalLong.empty() : rootOf(mm);
    int pid = memory.getInt(task + layout.pid(), 0);
    LinuxProcess traits =
        new LinuxProcess(
            memory.getInt(task + layout.pid() + Integer.BYTES, pid),
            OptionalLong.empty(),
            Optional.empty(),
            Map.of(),
            Optional.empty());
    return GuestProcess.builder(
            pid, GuestText.upToZero(memory.readBytes(task + layout.comm(), COMM)), task)
        .ppid(memory.getInt(pointer(task + layout.realParent()) + layout.pid() + Integer.BYTES, 0))
        .commandLine(root.isPresent() ? commandLine(mm, root.getAsLong()) : Optional.empty())
        .root(root)
        .seenBy(sources.stream().map(Object::toString).collect(Collectors.toSet()))
        .hidden(!sources.contains(TaskSources.Source.TASK_LIST))
        .kernelThread(mm == 0)
        .traits(traits)
        .build();
  }

  private OptionalLong rootOf(long mm) {
    long translation = tables.translate(pointer(mm + layout.pgd()));
    return Translation.isFault(translation)
        ? OptionalLong.empty()
        : OptionalLong.of(Translation.address(translation));
  }

  private Optional<String> commandLine(long mm, long root) {
    if (layout.arguments().isEmpty()) {
      return Optional.empty();
    }
    long at = mm + layout.arguments().getAsInt();
    long start = pointer(at);
    long length = Math.min(pointer(at + width) - start, MAX_ARGUMENTS);
    if (length <= 0) {
      return Optional.empty();
    }
    byte[] bytes = space(root).readBytes(start, (int) length);
    String text = GuestText.of(bytes, 0, bytes.length).replace('\0', ' ').stripTrailing();
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private TranslatedMemory space(long root) {
    Walker low = new Walker(AddressSpaces.ofProcesses(tables.mode()), root, physical);
    return tables.mode().input() == InputRule.ONES_EXTENDED
        ? TranslatedMemory.split(physical, low, tables)
        : TranslatedMemory.of(physical, low);
  }

  @Override
  public Set<Subject> unknown() {
    Set<Subject> unknown = EnumSet.allOf(Subject.class);
    if (!symbols.equals(KernelSymbols.NONE)) {
      unknown.remove(Subject.SYMBOLS);
    }
    return unknown;
  }

  @Override
  public List<GuestMapping> mappings(GuestProcess process) {
    return List.of();
  }

  @Override
  public Optional<Layer> memoryOf(GuestProcess process) {
    return process.root().isPresent()
        ? Optional.of(space(process.root().getAsLong()))
        : Optional.empty();
  }

  @Override
  public Layer kernelMemory() {
    return memory;
  }

  @Override
  public Optional<String> crashInfo() {
    return combined.crashInfo().map(VmCoreInfo::text);
  }

  @Override
  public Optional<String> madeCrashInfo() {
    return MadeCrashInfo.of(
        facts, combined, Optional.empty(), memory, tables.mode(), tables.mode().bottom().shift());
  }

  @Override
  public KernelSymbols symbols() {
    return symbols;
  }

  @Override
  public List<String> warnings() {
    return warnings.lines();
  }

  private long pointer(long address) {
    return width == Long.BYTES
        ? memory.getLong(address, 0)
        : memory.getInt(address, 0) & 0xffff_ffffL;
  }
}
