package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestMapping.Kind;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.MissingTypeException;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** Mappings as kernels before 6.1 keep them: a list, sorted by address. */
class OldMappingsTest {

  private static final long BASE = 0xffff_8880_0000_0000L;
  private static final long MM = BASE + 0x1000;
  private static final long AREAS = BASE + 0x2000;

  private final ArrayMemory memory = new ArrayMemory(BASE, 1 << 16);

  private static ListedTypes types() {
    return new ListedTypes()
        .with("vm_area_struct", "vm_start", 0, 8)
        .with("vm_area_struct", "vm_end", 8, 8)
        .with("vm_area_struct", "vm_next", 16, 8)
        .with("vm_area_struct", "vm_flags", 24, 8)
        .with("vm_area_struct", "vm_file", 32, 8)
        .with("vm_area_struct", "vm_pgoff", 40, 8)
        .with("vm_area_struct", "vm_private_data", 48, 8)
        .with("vm_area_struct", "vm_ops", 56, 8)
        .with("mm_struct", "mmap", 0, 8)
        .with("mm_struct", "start_brk", 8, 8)
        .with("mm_struct", "brk", 16, 8)
        .with("mm_struct", "start_stack", 24, 8)
        .with("file", "f_path.mnt", 0, 8)
        .with("file", "f_path.dentry", 8, 8)
        .with("dentry", "d_parent", 0, 8)
        .with("dentry", "d_name.name", 8, 8)
        .with("dentry", "d_hash.pprev", 16, 8)
        .with("dentry", "d_inode", 24, 8)
        .with("dentry", "d_sb", 32, 8)
        .with("super_block", "s_magic", 0, 8)
        .with("inode", "i_ino", 0, 8)
        .with("mount", "mnt", 32, 32)
        .with("mount", "mnt_parent", 0, 8)
        .with("mount", "mnt_mountpoint", 8, 8)
        .with("vfsmount", "mnt_root", 0, 8);
  }

  private Kernel kernel(ListedTypes types) {
    return kernel(types, X86Modes.fourLevel(X86Modes.MAX_PHYSICAL_BITS));
  }

  private Kernel kernel(ListedTypes types, PagingMode mode) {
    Walker tables = new Walker(mode, 0, memory);
    return new Kernel(memory, tables, memory, types, KernelSymbols.NONE, new Warnings());
  }

  private void area(int index, long start, long end, long flags, long file) {
    long at = AREAS + 0x100L * index;
    memory
        .putLong(at, start)
        .putLong(at + 8, end)
        .putLong(at + 16, at + 0x100)
        .putLong(at + 24, flags)
        .putLong(at + 32, file)
        .putLong(at + 40, 2);
  }

  private void end(int count) {
    memory.putLong(MM, AREAS).putLong(AREAS + 0x100L * (count - 1) + 16, 0);
  }

  @Test
  void listIsReadInOrder() {
    memory.putLong(MM + 8, 0x600000).putLong(MM + 16, 0x700000).putLong(MM + 24, 0x7ffe_0000_1000L);
    area(0, 0x400000, 0x401000, 5, deletedFile());
    area(1, 0x600000, 0x700000, 3, 0);
    area(2, 0x7f00_0000_0000L, 0x7f00_0000_2000L, 7, 0);
    area(3, 0x7ffe_0000_0000L, 0x7ffe_0000_2000L, 3 | 0x80, 0);
    end(4);
    Kernel kernel = kernel(types());
    List<GuestMapping> mappings = new MemoryMap(kernel, new FilePaths(kernel)).of(MM, null);
    assertThat(mappings)
        .extracting(GuestMapping::kind)
        .containsExactly(Kind.FILE, Kind.HEAP, Kind.ANONYMOUS, Kind.STACK);
    assertThat(mappings)
        .extracting(GuestMapping::permissions)
        .containsExactly("r-xp", "rw-p", "rwxp", "rw-s");
    assertThat(mappings.getFirst().path()).contains("/bin/gone (deleted)");
    assertThat(mappings.getFirst().offset()).isEqualTo(0x2000);
    assertThat(mappings.getFirst().flags()).containsExactly(Flag.DELETED_FILE);
    assertThat(mappings.get(2).flags())
        .containsExactlyInAnyOrder(Flag.ANONYMOUS_EXECUTABLE, Flag.WRITABLE_EXECUTABLE);
    assertThat(kernel.warnings().lines()).isEmpty();
  }

  /** vm_pgoff counts in that kernel's pages. */
  @Test
  void offsetsAreInPagesOfTheKernel() {
    area(0, 0x400000, 0x404000, 5, deletedFile());
    end(1);
    PagingMode mode =
        ArmModes.stage1(Granule.KIB_16, 47, InputRule.ONES_EXTENDED, OutputSize.BITS_48);
    Kernel kernel = kernel(types(), mode);
    assertThat(new MemoryMap(kernel, new FilePaths(kernel)).of(MM, null))
        .extracting(GuestMapping::offset)
        .containsExactly(0x8000L);
  }

  /** A file "gone" in "bin", which is mounted at the root of another mount's "/". */
  private long deletedFile() {
    long file = BASE + 0x4000;
    long mount = BASE + 0x4100;
    long top = BASE + 0x4200;
    long bin = BASE + 0x4300;
    long gone = BASE + 0x4400;
    memory.putLong(file, mount + 32).putLong(file + 8, gone);
    memory.putLong(mount, mount).putLong(mount + 8, top).putLong(mount + 32, top);
    entry(top, top, "/", 1);
    entry(bin, top, "bin", 1);
    entry(gone, bin, "gone", 0);
    return file;
  }

  private void entry(long at, long parent, String name, long hashed) {
    memory.putLong(at, parent).putLong(at + 8, at + 0x40).putLong(at + 16, hashed);
    memory.putText(at + 0x40, name);
  }

  @Test
  void listThatTurnsBackEndsWithAWarning() {
    area(0, 0x400000, 0x401000, 5, 0);
    area(1, 0x600000, 0x601000, 5, 0);
    area(2, 0x500000, 0x501000, 5, 0);
    end(3);
    Kernel kernel = kernel(types());
    assertThat(new MemoryMap(kernel, new FilePaths(kernel)).of(MM, null)).hasSize(2);
    assertThat(kernel.warnings().lines())
        .singleElement()
        .asString()
        .contains("cut off at vm_area_struct 0x%x".formatted(AREAS + 0x200));
  }

  @Test
  void circleEndsWithAWarning() {
    area(0, 0x400000, 0x401000, 5, 0);
    area(1, 0x600000, 0x601000, 5, 0);
    end(2);
    memory.putLong(AREAS + 0x100 + 16, AREAS);
    Kernel kernel = kernel(types());
    assertThat(new MemoryMap(kernel, new FilePaths(kernel)).of(MM, null)).hasSize(2);
    assertThat(kernel.warnings().lines()).hasSize(1);
  }

  @Test
  void areasThatAreNoneAreLeftOut() {
    area(0, 0x400000, 0x300000, 5, 0);
    area(1, 0x600001, 0x601000, 5, 0);
    area(2, 0x700000, 0x701000, 5, 0);
    end(3);
    Kernel kernel = kernel(types());
    assertThat(new MemoryMap(kernel, new FilePaths(kernel)).of(MM, null))
        .extracting(GuestMapping::start)
        .containsExactly(0x700000L);
    assertThat(kernel.warnings().lines()).hasSize(2);
  }

  @Test
  void missingMemberIsNamed() {
    ListedTypes types = types();
    Kernel kernel = kernel(new ListedTypes().with("vm_area_struct", "vm_start", 0, 8));
    Kernel complete = kernel(types);
    Assertions.assertThatExceptionOfType(MissingTypeException.class)
        .isThrownBy(() -> new MemoryMap(kernel, new FilePaths(complete)))
        .withMessage("this kernel's types lack vm_area_struct.vm_end");
  }
}
