package io.nestwalk.linux;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.MapleTree;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestMapping.Kind;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * The mappings of a process: {@code struct mm_struct} and {@code struct vm_area_struct}
 * (include/linux/mm_types.h), in a maple tree since 6.1, in a list before.
 */
final class MemoryMap {

  /** sysctl vm.max_map_count can be raised; a process with more mappings than this cannot be. */
  private static final int MAX_MAPPINGS = 1 << 20;

  private static final int MAX_NAME = 80;

  // include/linux/mm.h
  private static final long READ = 1;
  private static final long WRITE = 2;
  private static final long EXECUTE = 4;
  private static final long MAY_SHARE = 0x80;

  private final Kernel kernel;
  private final FilePaths paths;
  private final Field start;
  private final Field end;
  private final Field flags;
  private final Field file;
  private final Field pageOffset;
  private final Field privateData;
  private final Field operations;
  private final Optional<Field> anonymousName;
  private final Optional<Field> anonymousNameText;
  private final Field heapStart;
  private final Field heapEnd;
  private final Field stackStart;
  private final Optional<Field> vdso;
  private final Optional<Field> tree;
  private final Optional<Field> first;
  private final Optional<Field> next;
  private final Optional<Field> specialName;

  MemoryMap(Kernel kernel, FilePaths paths) {
    this.kernel = kernel;
    this.paths = paths;
    StructLayout area = kernel.types().struct("vm_area_struct");
    start = area.field("vm_start");
    end = area.field("vm_end");
    flags = area.field("vm_flags");
    file = area.field("vm_file");
    pageOffset = area.field("vm_pgoff");
    privateData = area.field("vm_private_data");
    operations = area.field("vm_ops");
    anonymousName = area.find("anon_name");
    anonymousNameText = kernel.types().findField("anon_vma_name", "name");
    next = area.find("vm_next");
    StructLayout mm = kernel.types().struct("mm_struct");
    heapStart = mm.field("start_brk");
    heapEnd = mm.field("brk");
    stackStart = mm.field("start_stack");
    vdso = mm.find("context.vdso");
    tree = mm.find("mm_mt");
    first = mm.find("mmap");
    specialName = kernel.types().findField("vm_special_mapping", "name");
  }

  /**
   * The mappings of {@code mm} in ascending order.
   *
   * @param tables the process's page tables, for what is present; null for none
   */
  List<GuestMapping> of(long mm, Walker tables) {
    List<GuestMapping> mappings = new ArrayList<>();
    LongPredicate add =
        area -> {
          try {
            read(mm, area, tables).ifPresent(mappings::add);
          } catch (RuntimeException e) {
            kernel
                .warnings()
                .add("vm_area_struct 0x%x of mm 0x%x can't be read: %s".formatted(area, mm, e));
          }
          return mappings.size() < MAX_MAPPINGS;
        };
    if (tree.isPresent()) {
      new MapleTree(kernel)
          .forEach("mappings of mm 0x" + Long.toHexString(mm), tree.get().at(mm), add);
    } else if (first.isPresent() && next.isPresent()) {
      list(mm, add);
    }
    mappings.sort(Comparator.comparing(GuestMapping::start, Long::compareUnsigned));
    return mappings;
  }

  private void list(long mm, LongPredicate visitor) {
    long area = kernel.value(first.get(), mm);
    long last = 0;
    for (int count = 0; area != 0; count++) {
      long begin = kernel.value(start, area);
      // The list is sorted: one that is not has been bent, and may be a circle.
      if (!kernel.isReadable(area)
          || count > MAX_MAPPINGS
          || (count > 0 && Long.compareUnsigned(begin, last) <= 0)) {
        kernel
            .warnings()
            .add("mappings of mm 0x%x: cut off at vm_area_struct 0x%x".formatted(mm, area));
        return;
      }
      if (!visitor.test(area)) {
        return;
      }
      last = begin;
      area = kernel.value(next.get(), area);
    }
  }

  private Optional<GuestMapping> read(long mm, long area, Walker tables) {
    long from = kernel.value(start, area);
    long to = kernel.value(end, area);
    if (!kernel.isReadable(area)
        || Long.compareUnsigned(from, to) >= 0
        || ((from | to) & ((1L << kernel.pageShift()) - 1)) != 0
        || from < 0) {
      kernel.warnings().add("mappings of mm 0x%x: no vm_area_struct at 0x%x".formatted(mm, area));
      return Optional.empty();
    }
    long bits = kernel.value(flags, area);
    String permissions =
        ((bits & READ) != 0 ? "r" : "-")
            + ((bits & WRITE) != 0 ? "w" : "-")
            + ((bits & EXECUTE) != 0 ? "x" : "-")
            + ((bits & MAY_SHARE) != 0 ? "s" : "p");
    long opened = kernel.value(file, area);
    Optional<String> path;
    Kind kind;
    long offset = 0;
    if (opened != 0) {
      path = paths.of(opened);
      offset = kernel.value(pageOffset, area) << kernel.pageShift();
      kind = path.filter(MemoryMap::isMemory).isPresent() ? Kind.SHARED : Kind.FILE;
    } else {
      kind = kindOf(mm, area, from, to);
      path = Optional.ofNullable(nameOf(kind, mm, area, from));
    }
    return Optional.of(
        GuestMapping.builder(from, to, kind)
            .permissions(permissions)
            .path(path)
            .offset(offset)
            .flags(flags(bits, kind, path))
            .presentBytes(tables == null ? 0 : presentBytes(tables, from, to))
            .object(area)
            .build());
  }

  /** The {@code struct file} of a mapping, 0 for none. */
  static long fileOf(Kernel kernel, GuestMapping mapping) {
    return kernel.value(kernel.types().field("vm_area_struct", "vm_file"), mapping.object());
  }

  /** Whether a path is that of memory that only looks like a file. */
  private static boolean isMemory(String path) {
    return path.endsWith(FilePaths.DELETED)
        && (path.startsWith("/memfd:") || path.startsWith("/SYSV") || path.startsWith("/dev/zero"));
  }

  private Kind kindOf(long mm, long area, long from, long to) {
    if (isSpecial(mm, area, from)) {
      return Kind.SPECIAL;
    }
    if (Long.compareUnsigned(from, kernel.value(heapEnd, mm)) <= 0
        && Long.compareUnsigned(to, kernel.value(heapStart, mm)) >= 0) {
      return Kind.HEAP;
    }
    long stack = kernel.value(stackStart, mm);
    return Long.compareUnsigned(from, stack) <= 0 && Long.compareUnsigned(to, stack) >= 0
        ? Kind.STACK
        : Kind.ANONYMOUS;
  }

  private String nameOf(Kind kind, long mm, long area, long from) {
    return switch (kind) {
      case SPECIAL -> {
        String name = specialName(area);
        yield name == null && isVdso(mm, from) ? "[vdso]" : name;
      }
      case HEAP -> "[heap]";
      case STACK -> "[stack]";
      default -> givenName(area);
    };
  }

  private boolean isVdso(long mm, long from) {
    return vdso.isPresent() && kernel.value(vdso.get(), mm) == from;
  }

  private boolean isSpecial(long mm, long area, long from) {
    return isVdso(mm, from) || specialName(area) != null;
  }

  /** A mapping that the kernel made has a {@code vm_special_mapping}, whose name is in brackets. */
  private String specialName(long area) {
    if (specialName.isEmpty() || kernel.value(operations, area) == 0) {
      return null;
    }
    long special = kernel.value(privateData, area);
    if (!kernel.isReadable(special)) {
      return null;
    }
    long name = kernel.value(specialName.get(), special);
    if (!kernel.isReadable(name) || kernel.memory().getByte(name) != '[') {
      return null;
    }
    String text = kernel.text(name, MAX_NAME);
    return text.endsWith("]") ? text : null;
  }

  /** The name that a process gave to its memory (PR_SET_VMA_ANON_NAME). */
  private String givenName(long area) {
    if (anonymousName.isEmpty() || anonymousNameText.isEmpty()) {
      return null;
    }
    long name = kernel.value(anonymousName.get(), area);
    return kernel.isReadable(name)
        ? "[anon:" + kernel.text(anonymousNameText.get().at(name), MAX_NAME) + "]"
        : null;
  }

  private static Set<Flag> flags(long bits, Kind kind, Optional<String> path) {
    EnumSet<Flag> flags = EnumSet.noneOf(Flag.class);
    if ((bits & EXECUTE) != 0 && (bits & WRITE) != 0) {
      flags.add(Flag.WRITABLE_EXECUTABLE);
    }
    if ((bits & EXECUTE) != 0 && kind != Kind.FILE && kind != Kind.SPECIAL) {
      flags.add(Flag.ANONYMOUS_EXECUTABLE);
    }
    if (kind == Kind.FILE && path.filter(p -> p.endsWith(FilePaths.DELETED)).isPresent()) {
      flags.add(Flag.DELETED_FILE);
    }
    return flags;
  }

  private static long presentBytes(Walker tables, long from, long to) {
    long[] bytes = {0};
    tables.forEachLeaf(
        from,
        to - 1,
        (address, target, pageShift, permissions) -> {
          long low = Math.max(address, from);
          long high = Math.min(address + (1L << pageShift), to);
          bytes[0] += Math.max(0, high - low);
          return true;
        });
    return bytes[0];
  }
}
