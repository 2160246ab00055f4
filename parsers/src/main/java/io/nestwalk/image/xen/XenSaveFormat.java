package io.nestwalk.image.xen;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.BlockIndex;
import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PageIndex;
import io.nestwalk.image.Probe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Save files of "xl save", suspend images of XenServer and XCP-ng, and the stream of libxc within
 * them, versions 2 and 3, of domains that are not paravirtual. A page that comes again replaces the
 * earlier one.
 */
public final class XenSaveFormat implements ImageFormat {

  private static final byte[] XL = "Xen saved domain".getBytes(StandardCharsets.US_ASCII);

  /** What XenServer and XCP-ng put before the same stream (xenopsd's suspend_image.ml). */
  private static final byte[] XENOPS = "XenSavedDomv2-\n".getBytes(StandardCharsets.US_ASCII);

  /** Eight bytes of ones and the identifier. */
  private static final byte[] STREAM = {-1, -1, -1, -1, -1, -1, -1, -1, 'X', 'E', 'N', 'F'};

  /** xl's configuration and libxl's records before the stream have some KB. */
  private static final int MAX_BEFORE = 16 << 20;

  private static final int IMAGE_HEADER = 24;
  private static final int DOMAIN_HEADER = 16;
  private static final int RECORD_HEADER = 8;

  private static final int END = 0;
  private static final int PAGE_DATA = 1;
  private static final int HVM_CONTEXT = 9;

  /** The state of a domain with 128 CPUs has 2 MB. */
  private static final int MAX_CONTEXT = 64 << 20;

  private static final int PARAVIRTUAL = 1;
  private static final int PAGE_SHIFT = 12;

  /** Types of pages that come without content: allocated only, broken, not there. */
  private static final int FIRST_WITHOUT_DATA = 0xd;

  private static final long REPORT_EVERY = 16 << 20;

  /** For the service loader. */
  public XenSaveFormat() {}

  @Override
  public String name() {
    return "xen-save";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (file.startsWith(0, XENOPS)) {
      return Probe.certain("suspend image of XenServer or XCP-ng");
    }
    return file.startsWith(0, STREAM) || file.startsWith(0, XL)
        ? Probe.certain("Xen save file")
        : Probe.no("no XENF and no xl magic");
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    long start = streamStart(file);
    long version = Integer.toUnsignedLong(Integer.reverseBytes((int) file.intAt(start + 12)));
    boolean bigEndian = (file.byteAt(start + 17) & 1) != 0;
    if ((version != 2 && version != 3) || bigEndian) {
      throw new ImageException(
          file.name(),
          "a Xen stream of version %d%s; 2 and 3 are read, little-endian"
              .formatted(version, bigEndian ? ", big-endian" : ""));
    }
    long domain = start + IMAGE_HEADER;
    if (file.intAt(domain) == PARAVIRTUAL) {
      throw new ImageException(
          file.name(),
          "the save file of a paravirtual Xen domain, whose page tables are not as they were;"
              + " make a core with \"xl dump-core\"");
    }
    if (file.shortAt(domain + 4) != PAGE_SHIFT) {
      throw new ImageException(
          file.name(), domain + 4, "pages of 2^%d bytes".formatted(file.shortAt(domain + 4)));
    }
    List<String> warnings = new ArrayList<>();
    List<Cpu> cpus = new ArrayList<>();
    BlockIndex pages = readRecords(file, domain + DOMAIN_HEADER, options, cpus, warnings);
    if (pages.ranges().isEmpty()) {
      throw new ImageException(file.name(), "a Xen save file without a page of memory");
    }
    if (cpus.isEmpty()) {
      warnings.add("the file has no registers that can be read");
    }
    return MemoryImage.of(file, name(), new BlockMemory(file, pages, BlockDecoder.NONE))
        .creator(file.startsWith(0, XENOPS) ? "Xen (XenServer or XCP-ng)" : "Xen")
        .architecture(
            cpus.stream()
                .map(Cpu::architecture)
                .filter(architecture -> architecture != Architecture.X86)
                .findFirst()
                .or(() -> cpus.stream().map(Cpu::architecture).findFirst()))
        .cpus(cpus)
        .warnings(warnings)
        .build();
  }

  private static BlockIndex readRecords(
      ImageFile file, long first, OpenOptions options, List<Cpu> cpus, List<String> warnings)
      throws ImageException {
    PageIndex.Builder pages = PageIndex.builder(file.name(), 1 << PAGE_SHIFT);
    long at = first;
    long reported = 0;
    boolean ended = false;
    while (!ended && file.holds(at, RECORD_HEADER)) {
      long type = file.intAt(at);
      long length = file.intAt(at + 4);
      long body = at + RECORD_HEADER;
      long there = Math.min(length, file.length() - body);
      if (type == PAGE_DATA) {
        readPages(file, body, there, pages);
      } else if (type == HVM_CONTEXT && there <= MAX_CONTEXT) {
        cpus.clear();
        cpus.addAll(HvmContext.cpus(file.slice(body, there)));
      }
      ended = type == END;
      at = body + ((length + 7) & -8L);
      if (at - reported >= REPORT_EVERY) {
        reported = at;
        options
            .progress()
            .advanced("reading the stream", Math.min(at, file.length()), file.length());
      }
    }
    if (!ended) {
      warnings.add("the file is cut: the stream has no record that ends it");
    }
    return pages.build();
  }

  private static void readPages(ImageFile file, long body, long length, PageIndex.Builder pages)
      throws ImageException {
    if (length < RECORD_HEADER) {
      return;
    }
    long count = Math.min(file.intAt(body), (length - RECORD_HEADER) / Long.BYTES);
    long data = body + RECORD_HEADER + file.intAt(body) * Long.BYTES;
    for (long i = 0; i < count && data < body + length; i++) {
      long entry = file.longAt(body + RECORD_HEADER + i * Long.BYTES);
      if (entry >>> 60 >= FIRST_WITHOUT_DATA) {
        continue;
      }
      long frame = entry & ((1L << 52) - 1);
      if (frame >>> 40 == 0) {
        pages.addRaw(frame << PAGE_SHIFT, data);
      }
      data += 1 << PAGE_SHIFT;
    }
  }

  private static long streamStart(ImageFile file) throws ImageException {
    int length = (int) Math.min(MAX_BEFORE, file.length());
    for (int at = 0; at + STREAM.length <= length; at++) {
      if (file.byteAt(at) == 0xff && file.startsWith(at, STREAM)) {
        return at;
      }
    }
    throw new ImageException(
        file.name(), "no Xen stream: its mark (XENF) is not in the first 16 MiB");
  }
}
