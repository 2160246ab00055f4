package io.nestwalk.windows;

import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.synthetic.ArmForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.PeFile;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.TableForm;
import io.nestwalk.synthetic.X86Form;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The memory of a made-up Windows: tables that map themselves, a kernel, processes with their own
 * memory. Only what is read is there. One of 32 bits with physical address extension, one of ARM64,
 * or one of x86-64 with five levels of tables (LA57).
 */
final class MadeWindows {

  static final int KERNEL_SIZE = 0x40_0000;
  static final long PEB = 0x7ffd_0000L;
  static final long VAD_START = 0x40_0000L;

  private static final int PAGE = SparseMemory.PAGE;
  private static final int VARIABLES = 0x1000;
  private static final int MODULES = VARIABLES + 0x10;
  private static final int HEAD = VARIABLES + 0x20;
  private static final long SYSTEM_TIME = 133_000_000_000_000_000L;

  /**
   * Offsets of one build, typed from Volatility 2's overlays and, for ARM64, from a real dump.
   *
   * @param pointer bytes of a pointer
   * @param tree whether VadRoot is a table (Windows 7) and no pointer
   */
  record Form(
      Tables tables,
      int pointer,
      int build,
      int pid,
      int links,
      int create,
      int parent,
      int peb,
      int name,
      int audit,
      int vadRoot,
      boolean tree,
      int vadFlags,
      int flags) {

    /** Windows 7 SP1; VadFlags.Protection READWRITE from bit 24 on, PrivateMemory is bit 31. */
    static final Form SEVEN =
        new Form(
            Tables.PAE,
            4,
            7601,
            0xb4,
            0xb8,
            0xa0,
            0x140,
            0x1a8,
            0x16c,
            0x1ec,
            0x278,
            true,
            0x14,
            0x8400_0000);

    /** Windows 10 2004; Protection from bit 7 on, PrivateMemory is bit 20. */
    static final Form TEN =
        new Form(
            Tables.PAE,
            4,
            19041,
            0xe4,
            0xe8,
            0x100,
            0x170,
            0x17c,
            0x1ac,
            0x1c0,
            0x350,
            false,
            0x1c,
            0x10_0200);

    /** Windows 11 for ARM64; Protection from bit 7 on, PrivateMemory is bit 21. */
    static final Form ARM64 =
        new Form(
            Tables.ARM64,
            8,
            22000,
            0x3f8,
            0x400,
            0x420,
            0x4f8,
            0x508,
            0x560,
            0x578,
            0x898,
            false,
            0x30,
            0x20_0200);

    /** Windows Server 2022, of x86-64; Protection from bit 7 on, PrivateMemory is bit 21. */
    static final Form LA57 =
        new Form(
            Tables.FIVE_LEVELS,
            8,
            20348,
            0x440,
            0x448,
            0x468,
            0x540,
            0x550,
            0x5a8,
            0x5c0,
            0x7d8,
            false,
            0x30,
            0x20_0200);

    boolean isWide() {
      return pointer == Long.BYTES;
    }

    long kernel() {
      return isWide() ? 0xffff_f804_1280_0000L : 0x8280_0000L;
    }

    long objects() {
      return isWide() ? 0xffff_c08b_8500_0000L : 0x8500_0000L;
    }

    long shared() {
      return isWide() ? 0xffff_f780_0000_0000L : 0xffdf_0000L;
    }
  }

  /** What kind of tables there are. */
  enum Tables {
    PAE,
    ARM64,
    FIVE_LEVELS;

    TableForm form() {
      return switch (this) {
        case PAE -> X86Form.pae(36);
        case ARM64 -> ArmForm.stage1(Granule.KIB_4, 48, false, OutputSize.BITS_48);
        case FIVE_LEVELS -> X86Form.longMode(5, 48);
      };
    }
  }

  /** A process. */
  record Program(int pid, int parent, String name, String commandLine) {}

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);
  private final Form form;
  private final List<TableBuilder> tables = new ArrayList<>();
  private final List<Program> processes;
  private final List<Long> objects = new ArrayList<>();

  MadeWindows(Form form, List<Program> processes) {
    this.form = form;
    this.processes = processes;
    for (int i = 0; i < processes.size(); i++) {
      tables.add(new TableBuilder(form.tables.form(), memory, frames));
    }
    kernel();
    for (int i = 0; i < processes.size(); i++) {
      process(i);
    }
    tables.forEach(each -> selfMap(each.root()));
  }

  /** The raw image. */
  byte[] image() {
    return memory.flat(4 << 20);
  }

  SparseMemory memory() {
    return memory;
  }

  TableBuilder tables(int process) {
    return tables.get(process);
  }

  /** The last quarter's directory names the four directories, so that tables map themselves. */
  private void selfMap(long root) {
    if (form.tables == Tables.FIVE_LEVELS) {
      memory.putLong(root + 8L * 0x1a3, root | 0x8000_0000_0000_0063L);
      return;
    }
    if (form.isWide()) {
      memory.putLong(root + 8L * 0x151, root | 0x60_0000_0000_0f03L);
      return;
    }
    long last = memory.getLong(root + 24) & -PAGE;
    for (int i = 0; i < 4; i++) {
      long directory = memory.getLong(root + 8L * i) & -PAGE;
      if (directory != 0) {
        memory.putLong(last + 8L * i, directory | 0x63);
      }
    }
  }

  /** A page of the kernel's half, which all roots map. */
  private long kernelPage(long address) {
    long page = frames.take(PAGE, 12, 36);
    memory.touch(page, PAGE);
    tables.forEach(each -> each.map(address, page, 12, Rights.KERNEL));
    return page;
  }

  private long object(int process) {
    return form.objects() + (long) process * PAGE + 0x80;
  }

  private void kernel() {
    PeFile file =
        new PeFile(
            form.isWide() ? "ntkrnlmp.exe" : "ntkrnlpa.exe",
            form.tables == Tables.FIVE_LEVELS
                ? PeFile.AMD64
                : form.isWide() ? PeFile.ARM64 : PeFile.I386,
            KERNEL_SIZE,
            Map.of(
                "PsInitialSystemProcess",
                VARIABLES,
                "NtBuildNumber",
                VARIABLES + 8,
                "PsLoadedModuleList",
                MODULES));
    memory.put(kernelPage(form.kernel()), file.page());
    long data = kernelPage(form.kernel() + VARIABLES);
    pointer(data, object(0));
    memory.putInt(data + 8, 0xf000_0000 | form.build);
    long entry = form.objects() - PAGE;
    list(data + 0x10, entry, entry);
    list(data + 0x20, object(0) + form.links, object(processes.size() - 1) + form.links);
    long module = kernelPage(entry);
    list(module, form.kernel() + MODULES, form.kernel() + MODULES);
    pointer(module + (form.isWide() ? 0x30 : 0x18), form.kernel());
    memory.putInt(module + (form.isWide() ? 0x40 : 0x20), KERNEL_SIZE);
    unicode(module + (form.isWide() ? 0x58 : 0x2c), module + 0x100, entry + 0x100, "ntoskrnl.exe");
    long shared = kernelPage(form.shared());
    memory.putInt(shared + 0x14, (int) SYSTEM_TIME);
    memory.putInt(shared + 0x18, (int) (SYSTEM_TIME >> 32));
    memory.putInt(shared + 0x1c, (int) (SYSTEM_TIME >> 32));
    memory.put(shared + 0x30, "C:\\Windows\0".getBytes(StandardCharsets.UTF_16LE));
    memory.putInt(shared + 0x260, form.build >= 10240 ? form.build : 0);
  }

  private void list(long at, long next, long previous) {
    pointer(at, next);
    pointer(at + form.pointer, previous);
  }

  private void unicode(long at, long buffer, long address, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_16LE);
    memory.putInt(at, bytes.length | ((bytes.length + 2) << 16));
    pointer(at + form.pointer, address);
    memory.put(buffer, bytes);
  }

  private void process(int index) {
    Program process = processes.get(index);
    long page = kernelPage(form.objects() + (long) index * PAGE);
    long at = page + 0x80;
    objects.add(at);
    memory.putInt(at, 3);
    pointer(at + (form.isWide() ? 0x28 : 0x18), tables.get(index).root());
    memory.putInt(at + form.pid, process.pid);
    long head = form.kernel() + HEAD;
    list(
        at + form.links,
        index + 1 < processes.size() ? object(index + 1) + form.links : head,
        index > 0 ? object(index - 1) + form.links : head);
    time(at + form.create, SYSTEM_TIME - 10_000_000L * (1000 - index));
    memory.putInt(at + form.parent, process.parent);
    memory.put(at + form.name, process.name.getBytes(StandardCharsets.US_ASCII));
    if (process.commandLine.isEmpty()) {
      return;
    }
    pointer(at + form.peb, PEB);
    long audit = object(index) + 0x980;
    pointer(at + form.audit, audit);
    String path = "\\Device\\HarddiskVolume1\\Windows\\" + process.name;
    unicode(at + 0x980, at + 0x990, audit + 0x10, path);
    long peb = userPage(index, PEB);
    pointer(peb + 4L * form.pointer, PEB + 0x400);
    unicode(
        peb + 0x400 + (form.isWide() ? 0x60 : 0x38),
        peb + 0x800,
        PEB + 0x800,
        "C:\\Windows\\" + process.name);
    unicode(
        peb + 0x400 + (form.isWide() ? 0x70 : 0x40), peb + 0xa00, PEB + 0xa00, process.commandLine);
    userPage(index, VAD_START);
    long node = object(index) + 0xb00;
    pointer(at + form.vadRoot + (form.tree ? 8 : 0), node);
    if (form.tree) {
      pointer(at + 0xb00, object(index) + form.vadRoot);
    }
    long range = at + 0xb00 + (form.isWide() ? 0x18 : 0xc);
    memory.putInt(range, (int) (VAD_START >> 12));
    memory.putInt(range + 4, (int) (VAD_START >> 12) + 3);
    memory.putInt(at + 0xb00 + form.vadFlags, form.flags);
  }

  /**
   * Gives a process a table of one handle, 4, to another. In entries of five-level kernels objects
   * have 53 bits (ObDecodeShift 11).
   */
  void handle(int process, int target) {
    long at = memory(process);
    long table = object(process) + 0xc00;
    long entries = form.objects() + 0x10_0000 + (long) process * PAGE;
    pointer(at + 0x570, table);
    pointer(at + 0xc08, entries);
    pointer(at + 0xc10, object(process)); // QuotaProcess
    long page = kernelPage(entries);
    memory.putLong(page + 16, ((object(target) - 0x30) << 7) | 1);
    memory.putInt(page + 24, 0x1fffff);
  }

  /** Where a process's object lies. */
  private long memory(int process) {
    return objects.get(process);
  }

  private long userPage(int process, long address) {
    long page = frames.take(PAGE, 12, 36);
    memory.touch(page, PAGE);
    tables.get(process).map(address, page, 12, Rights.ALL);
    return page;
  }

  private void pointer(long at, long value) {
    if (form.isWide()) {
      memory.putLong(at, value);
    } else {
      memory.putInt(at, (int) value);
    }
  }

  private void time(long at, long units) {
    memory.putInt(at, (int) units);
    memory.putInt(at + 4, (int) (units >> 32));
  }
}
