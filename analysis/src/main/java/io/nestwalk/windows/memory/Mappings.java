package io.nestwalk.windows.memory;

import io.nestwalk.memory.Budget;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestMapping.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes mappings of descriptors and of the tables that map their pages. */
final class Mappings {

  private static final int USER_CODE = Permissions.USER | Permissions.EXECUTE;
  private static final String PHYSICAL_MEMORY = "\\Device\\PhysicalMemory";

  private final List<Vad> vads;
  private final Sections sections;
  private final long[] present;
  private final boolean[] code;

  private Mappings(List<Vad> vads, Sections sections) {
    this.vads = vads;
    this.sections = sections;
    present = new long[vads.size()];
    code = new boolean[vads.size()];
  }

  /**
   * The mappings of a process.
   *
   * @param vads its descriptors, in ascending order
   * @param hardware its memory as its tables have it
   */
  static List<GuestMapping> of(List<Vad> vads, Sections sections, TranslatedMemory hardware) {
    if (vads.isEmpty()) {
      return List.of();
    }
    Mappings mappings = new Mappings(vads, sections);
    mappings.count(hardware);
    List<GuestMapping> all = new ArrayList<>(vads.size());
    for (int i = 0; i < vads.size(); i++) {
      all.add(mappings.mapping(i));
    }
    return List.copyOf(all);
  }

  /** Looks at what is mapped, once for all descriptors. */
  private void count(TranslatedMemory hardware) {
    int[] at = {0};
    hardware.forEachRun(
        vads.getFirst().start(),
        vads.getLast().end() - 1,
        Budget.forSpace(hardware),
        (start, below, length, shift, permissions, state) -> {
          if (!state.isMapped()) {
            return true;
          }
          while (at[0] < vads.size() - 1 && vads.get(at[0]).end() <= start) {
            at[0]++;
          }
          for (int i = at[0]; i < vads.size() && vads.get(i).start() < start + length; i++) {
            Vad vad = vads.get(i);
            long shared = Math.min(vad.end(), start + length) - Math.max(vad.start(), start);
            if (shared > 0) {
              present[i] += shared;
              code[i] |= (permissions & USER_CODE) == USER_CODE;
            }
          }
          return true;
        });
  }

  private GuestMapping mapping(int index) {
    Vad vad = vads.get(index);
    Section section =
        vad.section().map(view -> sections.of(view.subsection())).orElse(Section.UNKNOWN);
    Kind kind = kind(vad, section);
    return GuestMapping.builder(vad.start(), vad.end(), kind)
        .permissions(permissions(vad))
        .path(
            vad.type() == Vad.DEVICE_PHYSICAL_MEMORY
                ? Optional.of(PHYSICAL_MEMORY)
                : section.path())
        .offset(kind == Kind.MAPPED_FILE ? offset(vad, section) : 0)
        .flags(flags(vad, kind, section, code[index]))
        .presentBytes(present[index])
        .object(vad.node())
        .traits(
            new WindowsMapping(
                vad.protection().toString(), vad.isPrivate(), vad.commit(), typeName(vad.type())))
        .build();
  }

  private static Kind kind(Vad vad, Section section) {
    if (vad.type() == Vad.LARGE_PAGES || vad.type() == Vad.LARGE_PAGE_SECTION) {
      return Kind.LARGE_PAGES;
    }
    if (vad.isPrivate()) {
      return Kind.PRIVATE;
    }
    if (vad.type() == Vad.IMAGE_MAP) {
      return Kind.IMAGE;
    }
    return section.hasFile() || vad.type() == Vad.DEVICE_PHYSICAL_MEMORY
        ? Kind.MAPPED_FILE
        : Kind.PAGEFILE_SECTION;
  }

  private static long offset(Vad vad, Section section) {
    return vad.section()
        .map(view -> Math.max(0, section.fileOffset(view.firstPrototype())))
        .orElse(0L);
  }

  /** An image's pages are all to be copied when written to: that is no write access to it. */
  private static String permissions(Vad vad) {
    Protection protection = vad.protection();
    int allowed = vad.type() == Vad.IMAGE_MAP ? protection.accessOfOriginal() : protection.access();
    String access = Permissions.format(allowed).substring(0, 3);
    return access + (vad.isPrivate() || vad.protection().isCopy() ? 'p' : 's');
  }

  /**
   * Protections are those of the beginning: what is executable now, only the tables know. An image
   * is mapped so that all of it may be executed and is copied when written to.
   */
  private static Set<Flag> flags(Vad vad, Kind kind, Section section, boolean hasCode) {
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    Protection protection = vad.protection();
    boolean image = kind == Kind.IMAGE;
    boolean executable = hasCode || protection.isExecutable();
    if (protection.isExecutable() && protection.isWritable() && !(image && protection.isCopy())) {
      flags.add(Flag.WRITABLE_EXECUTABLE);
    }
    if (executable && !image && !section.hasFile()) {
      flags.add(Flag.ANONYMOUS_EXECUTABLE);
    }
    if (image && section.path().isEmpty()) {
      flags.add(Flag.IMAGE_WITHOUT_FILE);
    }
    return flags;
  }

  private static Optional<String> typeName(int type) {
    return switch (type) {
      case Vad.DEVICE_PHYSICAL_MEMORY -> Optional.of("devicePhysicalMemory");
      case Vad.AWE -> Optional.of("awe");
      case Vad.WRITE_WATCH -> Optional.of("writeWatch");
      case Vad.ROTATE_PHYSICAL -> Optional.of("rotatePhysical");
      default -> Optional.empty();
    };
  }
}
