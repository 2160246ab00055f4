package io.nestwalk.linux.files;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.PageKind;
import io.nestwalk.types.Field;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What pages of physical memory are, by {@code struct page}: the low bits of {@code mapping} tell
 * anonymous and merged pages from those of files (include/linux/page-flags.h: PAGE_MAPPING_ANON,
 * PAGE_MAPPING_KSM). The kernel keeps other words there for pages that no process maps, as
 * allocators do their lists, so what it leads to must be what it stands for.
 */
public final class PageKinds {

  private static final long BITS = 3;
  private static final int FILE = 0;
  private static final int ANONYMOUS = 1;
  private static final int MERGED = 3;

  /** In {@code compound_head} of all pages of a large one but its first. */
  private static final long TAIL = 1;

  private final Kernel kernel;
  private final PageFrames frames;
  private final Field mapping;
  private final Field owner;
  private final Field data;
  private final Field spaceOfOwner;
  private final Optional<Field> head;
  private final OptionalLong zeros;
  private final OptionalLong largeZeros;

  PageKinds(Kernel kernel, PageFrames frames) {
    this.kernel = kernel;
    this.frames = frames;
    mapping =
        kernel
            .types()
            .findField("folio", "mapping")
            .orElseGet(() -> kernel.types().field("page", "mapping"));
    owner = kernel.types().field("address_space", "host");
    data = kernel.types().field("inode", "i_data");
    spaceOfOwner = kernel.types().field("inode", "i_mapping");
    head = kernel.types().findField("page", "compound_head");
    zeros = firstPage(kernel, "empty_zero_page");
    largeZeros = largeZeros(kernel);
  }

  private static OptionalLong firstPage(Kernel kernel, String symbol) {
    OptionalLong address = kernel.symbols().address(symbol);
    return address.isPresent() ? kernel.physicalOf(address.getAsLong()) : OptionalLong.empty();
  }

  /** Of the large page of zeros the kernel keeps the page number, all ones where it has none. */
  private static OptionalLong largeZeros(Kernel kernel) {
    OptionalLong variable = kernel.symbols().address("huge_zero_pfn");
    if (variable.isEmpty()) {
      return variable;
    }
    long number = kernel.pointer(variable.getAsLong());
    return number > 0 && number < 1L << (Long.SIZE - kernel.pageShift() - 1)
        ? OptionalLong.of(number << kernel.pageShift())
        : OptionalLong.empty();
  }

  /**
   * What a page is; empty where nothing describes it.
   *
   * @param physical any address in it
   */
  public Optional<PageKind> of(long physical) {
    if (isOf(zeros, physical, 1L << kernel.pageShift())) {
      return Optional.of(PageKind.ZERO);
    }
    long page = frames.page(physical);
    if (!kernel.isReadable(page)) {
      return Optional.empty();
    }
    long first = page;
    if (head.isPresent()) {
      long word = kernel.value(head.get(), page);
      first = (word & TAIL) == 0 ? page : word - TAIL;
    }
    OptionalLong start = frames.physical(first);
    if (start.isEmpty() || !kernel.isReadable(first)) {
      return Optional.empty();
    }
    if (largeZeros.isPresent() && start.getAsLong() == largeZeros.getAsLong()) {
      return Optional.of(PageKind.ZERO);
    }
    return Optional.of(byMapping(kernel.value(mapping, first)));
  }

  private PageKind byMapping(long word) {
    long object = word & ~BITS;
    return switch ((int) (word & BITS)) {
      // A page that is merged for the first time has no object yet.
      case MERGED -> object == 0 || kernel.isReadable(object) ? PageKind.MERGED : PageKind.OTHER;
      case ANONYMOUS -> kernel.isReadable(object) ? PageKind.ANONYMOUS : PageKind.OTHER;
      case FILE -> isOfFile(object) ? PageKind.FILE : PageKind.OTHER;
      default -> PageKind.OTHER;
    };
  }

  /** Whether an address_space and its inode know each other. */
  private boolean isOfFile(long space) {
    long node = kernel.isReadable(space) ? kernel.value(owner, space) : 0;
    return kernel.isReadable(node)
        && (data.at(node) == space || kernel.value(spaceOfOwner, node) == space);
  }

  private static boolean isOf(OptionalLong start, long physical, long length) {
    return start.isPresent() && Long.compareUnsigned(physical - start.getAsLong(), length) < 0;
  }
}
