package io.nestwalk.linux.files;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.memory.Budget;
import io.nestwalk.system.CachedFile;
import io.nestwalk.system.GuestMount;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/** The files that the kernel knows, with their pages: struct inode (include/linux/fs.h). */
public final class PageCache {

  private static final int TYPE_MASK = 0170000;
  private static final int REGULAR = 0100000;
  private static final int MOST_FILES = 1 << 20;
  private static final int MOST_SYSTEMS = 1 << 16;

  /** Of all file systems together, with folders and what else is no regular file. */
  private static final int MOST_INODES = 1 << 22;

  /** 4 GiB in pages of 4 KiB: what is more of one file is left out, and said. */
  private static final int MOST_PAGES = 1 << 20;

  private static final int MOST_KNOWN = 256;

  private final Kernel kernel;
  private final FilePaths paths;
  private final StructLayout inode;
  private final PageTree tree;
  private final Field mapping;
  private final Field pageCount;
  private Optional<PageFrames> frames = Optional.empty();

  /** The files of one kernel. */
  public PageCache(Kernel kernel, FilePaths paths) {
    this.kernel = kernel;
    this.paths = paths;
    KernelTypes types = kernel.types();
    inode = types.struct("inode");
    mapping = inode.field("i_mapping");
    pageCount = types.field("address_space", "nrpages");
    tree = new PageTree(kernel);
  }

  /**
   * A page of a file that a process's tables map.
   *
   * @param file {@code struct file}
   * @param index the page's number in the file
   * @param physical where it lies
   */
  public record Mapped(long file, long index, long physical) {}

  /**
   * Learns where {@code struct page} of a physical page stands.
   *
   * @param mapped pages that processes map, of which most were not written to
   */
  public void learn(List<Mapped> mapped) {
    Map<Long, Map<Long, Long>> ofFiles = new HashMap<>();
    List<PageFrames.Known> known = new ArrayList<>();
    for (Mapped each : mapped) {
      long space = spaceOf(each.file);
      if (space != 0 && known.size() < MOST_KNOWN) {
        Long page = ofFiles.computeIfAbsent(space, this::pagesByIndex).get(each.index);
        if (page != null) {
          known.add(new PageFrames.Known(page, each.physical));
        }
      }
    }
    frames = PageFrames.of(kernel, known);
  }

  /** Whether pages can be found at all. */
  public boolean isUsable() {
    return frames.isPresent();
  }

  /** What the pages of physical memory are; empty where their descriptions are not found. */
  public Optional<PageKinds> kinds() {
    return frames.map(found -> new PageKinds(kernel, found));
  }

  private Map<Long, Long> pagesByIndex(long space) {
    Map<Long, Long> pages = new HashMap<>();
    tree.forEach(
        space,
        (index, page) -> {
          pages.put(index, page);
          return pages.size() < MOST_PAGES;
        });
    return pages;
  }

  private long spaceOf(long file) {
    long node = kernel.value(kernel.types().field("file", "f_inode"), file);
    long space = kernel.isReadable(node) ? kernel.value(mapping, node) : 0;
    return kernel.isReadable(space) ? space : 0;
  }

  /** Where the pages of an open file lie, by page number; empty when that is not known. */
  public Map<Long, Long> framesOf(long file) {
    long space = spaceOf(file);
    Map<Long, Long> physical = new HashMap<>();
    if (space != 0 && frames.isPresent()) {
      pagesByIndex(space)
          .forEach(
              (index, page) ->
                  frames.get().physical(page).ifPresent(at -> physical.put(index, at)));
    }
    return physical;
  }

  /** Is shown where a page of a file lies. */
  @FunctionalInterface
  public interface PlaceVisitor {
    void page(long index, long physical);
  }

  /**
   * Shows where the pages of an open file lie, by ascending page number; none where that is not
   * known.
   *
   * @param budget takes a piece for each page; what is left of the file when it is spent is not
   *     shown
   */
  public void forEachPage(long file, Budget budget, PlaceVisitor visitor) {
    long space = spaceOf(file);
    if (space != 0 && frames.isPresent()) {
      PageFrames known = frames.get();
      tree.forEach(
          space,
          (index, page) -> {
            known.physical(page).ifPresent(physical -> visitor.page(index, physical));
            return budget.take();
          });
    }
  }

  /**
   * The files of which pages are in memory: of the file systems that are mounted, and of those that
   * the kernel has beside them: its own (memfd, shared memory) and such as no directory shows any
   * more, but open files keep.
   */
  public List<CachedFile> files(List<GuestMount> mounts) {
    Field systemOfMount = kernel.types().field("mount", "mnt.mnt_sb");
    Map<Long, Optional<GuestMount>> systems = new LinkedHashMap<>();
    for (GuestMount mount : mounts) {
      long system = kernel.value(systemOfMount, mount.object());
      Optional<GuestMount> known = systems.getOrDefault(system, Optional.empty());
      // The place where the whole file system is seen names its files.
      if (kernel.isReadable(system)
          && (known.isEmpty() || (!known.get().root().equals("/") && mount.root().equals("/")))) {
        systems.put(system, Optional.of(mount));
      }
    }
    forEachSystem(system -> systems.putIfAbsent(system, Optional.empty()));
    List<CachedFile> files = new ArrayList<>();
    int[] left = {MOST_INODES};
    Field link = inode.field("i_sb_list");
    Field list = kernel.types().field("super_block", "s_inodes");
    systems.forEach(
        (system, mount) ->
            new ListWalk(kernel)
                .circular(
                    "inodes of "
                        + mount.map(GuestMount::point).orElse("super_block 0x%x".formatted(system)),
                    list.at(system),
                    MOST_INODES,
                    node -> {
                      boolean room = files.size() < MOST_FILES && --left[0] >= 0;
                      if (room) {
                        file(node - link.offset(), system, mount).ifPresent(files::add);
                      } else {
                        kernel
                            .warnings()
                            .add(
                                "files of file systems: not all are looked at, there are too many");
                      }
                      return room;
                    }));
    return files;
  }

  /** All that the kernel has ({@code super_blocks}); none, which is said, where it is not found. */
  private void forEachSystem(LongConsumer visitor) {
    OptionalLong head = kernel.symbols().address("super_blocks");
    Optional<Field> link = kernel.types().findField("super_block", "s_list");
    if (head.isEmpty() || link.isEmpty()) {
      kernel
          .warnings()
          .add(
              "files of file systems that are mounted nowhere are not looked at: the kernel's list"
                  + " of file systems is not known");
      return;
    }
    new ListWalk(kernel)
        .circular(
            "file systems",
            head.getAsLong(),
            MOST_SYSTEMS,
            node -> {
              visitor.accept(node - link.get().offset());
              return true;
            });
  }

  private Optional<CachedFile> file(long object, long system, Optional<GuestMount> mount) {
    long mode = kernel.value(inode.field("i_mode"), object);
    long space = kernel.value(mapping, object);
    if ((mode & TYPE_MASK) != REGULAR || !kernel.isReadable(space)) {
      return Optional.empty();
    }
    long pages = kernel.value(pageCount, space);
    if (pages <= 0 || pages > 1L << 40) {
      return Optional.empty();
    }
    Map<String, Object> traits = new LinkedHashMap<>();
    traits.put("mode", "0%o".formatted(mode & 07777));
    traits.put("uid", kernel.value(inode.firstOf("i_uid.val", "i_uid"), object));
    traits.put("links", kernel.value(inode.firstOf("i_nlink", "__i_nlink"), object));
    return Optional.of(
        new CachedFile(
            pathOf(object, mount),
            mount.map(GuestMount::type).orElseGet(() -> MountTable.typeOf(kernel, system)),
            kernel.value(inode.field("i_ino"), object),
            kernel.value(inode.field("i_size"), object),
            pages << kernel.pageShift(),
            time(object, "mtime"),
            time(object, "ctime"),
            time(object, "atime"),
            object,
            () -> traits));
  }

  /** 6.11 split seconds and nanoseconds; 6.6 and 6.7 renamed. */
  private Optional<Instant> time(long object, String name) {
    Optional<Field> seconds =
        inode
            .find("i_" + name + ".tv_sec")
            .or(() -> inode.find("__i_" + name + ".tv_sec"))
            .or(() -> inode.find("i_" + name + "_sec"));
    Optional<Field> nanoseconds =
        inode
            .find("i_" + name + ".tv_nsec")
            .or(() -> inode.find("__i_" + name + ".tv_nsec"))
            .or(() -> inode.find("i_" + name + "_nsec"));
    if (seconds.isEmpty() || nanoseconds.isEmpty()) {
      return Optional.empty();
    }
    long value = kernel.value(seconds.get(), object);
    long rest = kernel.value(nanoseconds.get(), object);
    boolean credible = value > 0 && value < 1L << 35 && rest >= 0 && rest < 1_000_000_000;
    return credible ? Optional.of(Instant.ofEpochSecond(value, rest)) : Optional.empty();
  }

  private Optional<String> pathOf(long object, Optional<GuestMount> mount) {
    Field names = inode.field("i_dentry");
    Optional<Field> link = kernel.types().findField("dentry", "d_u.d_alias");
    long first = kernel.pointer(names.at(object));
    if (link.isEmpty() || !kernel.isReadable(first)) {
      return Optional.empty();
    }
    String point = mount.filter(own -> own.root().equals("/")).map(GuestMount::point).orElse("");
    return paths
        .of(0, first - link.get().offset())
        .map(within -> point.equals("/") ? within : point + within);
  }

  /** Where the pages of a file lie, ascending; empty when that is not known. */
  public List<CachedFile.Page> pages(CachedFile file) {
    List<CachedFile.Page> pages = new ArrayList<>();
    long space = kernel.value(mapping, file.object());
    if (frames.isEmpty() || !kernel.isReadable(space)) {
      return pages;
    }
    int shift = kernel.pageShift();
    tree.forEach(
        space,
        (index, page) -> {
          OptionalLong physical = frames.get().physical(page);
          if (physical.isPresent()) {
            pages.add(new CachedFile.Page(index << shift, physical.getAsLong(), 1 << shift));
          }
          return pages.size() < MOST_PAGES;
        });
    if (pages.size() == MOST_PAGES) {
      kernel
          .warnings()
          .add("inode %d: cut off after %d pages".formatted(file.number(), MOST_PAGES));
    }
    return pages;
  }
}
