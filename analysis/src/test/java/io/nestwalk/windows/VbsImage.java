package io.nestwalk.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.EptForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.PeFile;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.VmcsFields;
import io.nestwalk.synthetic.X86Form;
import io.nestwalk.truth.Truth;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Windows with virtualization-based security, made of the memory of one without: behind the end
 * of its memory come pages of virtual trust level 1 (its own tables, the secure kernel), and behind
 * these Hyper-V with its tables, two second-level roots and a VMCS for each CPU and level.
 *
 * @param file the raw image
 * @param end where the memory of the normal Windows ends
 * @param normal root of the second level of virtual trust level 0
 * @param secure root of that of level 1
 * @param secureKernel root of the secure kernel's own tables
 * @param hypervisor root of Hyper-V's
 * @param guarded a page of the normal Windows that it may only read and execute
 */
record VbsImage(
    Path file,
    long end,
    long normal,
    long secure,
    long secureKernel,
    long hypervisor,
    long guarded) {

  static final String SECRET = "a page that only the secure kernel may see";
  static final long SECURE_BASE = 0xffff_f802_9870_0000L;
  static final long HYPERVISOR_BASE = 0xffff_f804_1230_0000L;
  static final int SECURE_BYTES = 1 << 20;
  private static final int HYPERVISOR_BYTES = 4 << 20;
  private static final int LARGE = 1 << 21;
  private static final int PAGE = SparseMemory.PAGE;
  private static final int CPUS = 2;

  /** The choices that make images differ. */
  record Form(VmcsFields fields, boolean secureFirst) {}

  /** Writes such an image from the one of which {@code truth} tells. */
  static VbsImage write(Path source, Truth truth, Path file, Form form)
      throws IOException, ImageException {
    long end;
    try (MemoryImage image = MemoryImages.open(source, OpenOptions.defaults());
        FileChannel out =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      end = copy(image.memory(), image.memory().presentBytes(), out);
      VbsImage written = new Writer(end, truth, form).write(file, out);
      // What the driver of that image left: no second-level tables of its own any more.
      Truth self = truth.child("machines").child("vm1").child("secondLevel");
      out.write(ByteBuffer.allocate(PAGE), self.number("root"));
      return written;
    }
  }

  private static long copy(Memory memory, long end, FileChannel out) throws IOException {
    byte[] block = new byte[1 << 20];
    for (long at = 0; at < end; at += block.length) {
      memory.read(at, MemorySegment.ofArray(block));
      out.write(ByteBuffer.wrap(block), at);
    }
    return end;
  }

  /** Writes what is behind the end of the normal Windows. */
  private static final class Writer {
    private final SparseMemory memory = new SparseMemory();
    private final long end;
    private final Truth truth;
    private final Form form;
    private final Frames frames;

    Writer(long end, Truth truth, Form form) {
      this.end = end;
      this.truth = truth;
      this.form = form;
      frames = Frames.from(end + SECURE_BYTES);
    }

    VbsImage write(Path file, FileChannel out) throws IOException {
      Truth host = truth.child("machines").child("host");
      long kernel = host.child("os").number("kernelPhysical");
      long guarded = kernel + 5L * PAGE;
      TableBuilder secure = kernel(Frames.from(end), "securekernel.exe", SECURE_BASE, SECRET);
      secure.map(SECURE_BASE + 0x10_0000, host.number("root"), 12, Rights.READ); // VTL0's pages too
      TableBuilder hypervisor = kernel(frames, "hvix64.exe", HYPERVISOR_BASE, "root partition");
      List<TableBuilder> levels = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        boolean isSecure = i == 0 == form.secureFirst;
        levels.add(secondLevel(isSecure, guarded));
        for (int cpu = 0; cpu < CPUS; cpu++) {
          ControlPages.vmcs(
              memory,
              frames.take(PAGE, 12, 48),
              form.fields,
              levels.getLast().root() | 0x5e,
              isSecure
                  ? new ControlPages.CpuState(secure.root(), SECURE_BASE + 0x1010)
                  : new ControlPages.CpuState(
                      host.number("root"), host.child("os").number("kernelBase") + 0x1000),
              new ControlPages.CpuState(hypervisor.root(), HYPERVISOR_BASE + 0x1010));
        }
      }
      for (long page : memory.pages()) {
        out.write(ByteBuffer.wrap(memory.page(page)), page);
      }
      out.write(ByteBuffer.allocate(1), end + SECURE_BYTES + HYPERVISOR_BYTES - 1);
      int first = form.secureFirst ? 1 : 0;
      return new VbsImage(
          file,
          end,
          levels.get(first).root(),
          levels.get(1 - first).root(),
          secure.root(),
          hypervisor.root(),
          guarded);
    }

    private TableBuilder kernel(Frames from, String name, long base, String text) {
      TableBuilder tables = new TableBuilder(X86Form.longMode(4, 48), memory, from);
      long pages = from.take(64L * PAGE, 12, 48);
      memory.touch(pages, 64L * PAGE);
      memory.put(pages, new PeFile(name, PeFile.AMD64, 0x10_0000, Map.of("Start", 0x1000)).page());
      memory.put(pages + PAGE, text.getBytes(StandardCharsets.US_ASCII));
      tables.map(base, pages, 12, 64L * PAGE, Rights.KERNEL);
      return tables;
    }

    private TableBuilder secondLevel(boolean secure, long guarded) {
      TableBuilder tables = new TableBuilder(new EptForm(4, 48), memory, frames);
      for (long large = 0; large < end; large += LARGE) {
        if (guarded / LARGE != large / LARGE || secure) {
          tables.map(large, large, 21, Rights.ALL);
        } else {
          for (long page = large; page < large + LARGE; page += PAGE) {
            int rights = page == guarded ? Rights.READ | Rights.EXECUTE : Rights.ALL;
            tables.map(page, page, 12, rights);
          }
        }
      }
      if (secure) {
        tables.map(end, end, 12, SECURE_BYTES, Rights.ALL);
      }
      return tables;
    }
  }

  static Path folder() {
    return Path.of(System.getProperty("nestwalk.images", "../../shared/images"))
        .resolveSibling("windows");
  }

  static boolean canBeWritten() {
    return Files.exists(folder().resolve("win22000-self.raw.zst"));
  }
}
