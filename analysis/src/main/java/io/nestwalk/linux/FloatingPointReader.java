package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.FloatingPoint;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Floating-point and vector registers of a thread, as the kernel keeps them while no CPU has them.
 */
final class FloatingPointReader {

  /** Flags of struct thread_info that say that memory has the registers, or where. */
  private static final int X86_NEED_FPU_LOAD = 1 << 14;

  private static final int ARM_FOREIGN_FPSTATE = 1 << 3;
  private static final int ARM_SVE = 1 << 23;

  /** A page and two tiles' registers are more than any CPU has. */
  private static final int MOST = 1 << 14;

  private static final int COMPONENTS = 64;
  private static final int ALIGNED = 1 << 1;
  private static final int ARM_STATE = 528;
  private static final int ARM_VECTORS = 512;

  private final Kernel kernel;
  private XsaveArea form;

  FloatingPointReader(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The registers of a task. */
  FloatingPoint of(long task) {
    return switch (kernel.tables().mode().architecture()) {
      case X86_64 -> isInMemory(task, X86_NEED_FPU_LOAD) ? x86(task) : FloatingPoint.UNKNOWN;
      case AARCH64 -> isInMemory(task, ARM_FOREIGN_FPSTATE) ? arm(task) : FloatingPoint.UNKNOWN;
      case RISCV64 -> isInMemory(task, 0) ? riscv(task) : FloatingPoint.UNKNOWN;
      case X86 -> FloatingPoint.UNKNOWN;
    };
  }

  /**
   * A running thread's are on its CPU, if the kernel has not saved them for its own use of them.
   */
  private boolean isInMemory(long task, int savedFlag) {
    return field("task_struct", "on_cpu").filter(f -> kernel.value(f, task) != 0).isEmpty()
        || (flags(task) & savedFlag) != 0;
  }

  private long flags(long task) {
    return field("task_struct", "thread_info.flags").map(f -> kernel.value(f, task)).orElse(0L);
  }

  private Optional<Field> field(String struct, String path) {
    return kernel.types().findField(struct, path);
  }

  /** Since Linux 5.16 the state stands where a pointer leads; since 6.16 behind the task. */
  private FloatingPoint x86(long task) {
    Optional<Field> fpu = field("task_struct", "thread.fpu");
    Optional<StructLayout> whole = kernel.types().find("task_struct");
    if (fpu.isEmpty() && whole.isEmpty()) {
      return FloatingPoint.UNKNOWN;
    }
    long base = fpu.map(f -> f.at(task)).orElseGet(() -> task + whole.get().size());
    Optional<Field> pointer = field("fpu", "fpstate");
    if (pointer.isEmpty()) {
      // Before Linux 4.2 a pointer stands there.
      return field("fpu", "state")
          .filter(state -> state.size() >= XsaveArea.LEGACY)
          .map(
              state ->
                  x86(task, state.at(base), OptionalLong.empty(), wordOf("fpu_kernel_xstate_size")))
          .orElse(FloatingPoint.UNKNOWN);
    }
    long state = kernel.value(pointer.get(), base);
    Optional<Field> registers = field("fpstate", "regs");
    Optional<Field> size = field("fpstate", "size");
    Optional<Field> features = field("fpstate", "user_xfeatures");
    return registers.isEmpty() || size.isEmpty() || features.isEmpty() || !kernel.isReadable(state)
        ? FloatingPoint.UNKNOWN
        : x86(
            task,
            registers.get().at(state),
            OptionalLong.of(kernel.value(features.get(), state)),
            (int) kernel.value(size.get(), state));
  }

  /**
   * Reads what FXSAVE or XSAVE wrote.
   *
   * @param features what user mode may have; where not known, what is in use
   * @param size how much the CPU wrote; 0 where not known
   */
  private FloatingPoint x86(long task, long address, OptionalLong features, int size) {
    int length = size >= XsaveArea.SMALLEST && size <= MOST ? size : XsaveArea.LEGACY;
    byte[] saved = kernel.memory().readBytes(address, length);
    if (saved.length < length) {
      return FloatingPoint.UNKNOWN;
    }
    if (length == XsaveArea.LEGACY) {
      return new FloatingPoint(saved, new byte[0]);
    }
    long used = ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN).getLong(XsaveArea.LEGACY);
    long allowed = features.orElse(used | 3);
    if (form == null) {
      form = form();
    }
    int needed = XsaveArea.SMALLEST;
    for (int i = 2; i < form.components().size(); i++) {
      XsaveArea.Component component = form.components().get(i);
      if ((allowed >>> i & 1) != 0 && component.size() > 0 && component.offset() > 0) {
        needed = (int) Math.max(needed, Math.min(MOST, component.end()));
      }
    }
    OptionalInt keys =
        field("task_struct", "thread.pkru")
            .map(f -> OptionalInt.of((int) kernel.value(f, task)))
            .orElse(OptionalInt.empty());
    byte[] area = form.standard(saved, allowed, needed, keys);
    return new FloatingPoint(Arrays.copyOf(area, XsaveArea.LEGACY), area);
  }

  /** Where the components stand, which CPUs do not agree about: the kernel asked its own. */
  private XsaveArea form() {
    OptionalLong offsets = kernel.symbols().address("xstate_offsets");
    OptionalLong sizes = kernel.symbols().address("xstate_sizes");
    OptionalLong flags = kernel.symbols().address("xstate_flags");
    if (offsets.isEmpty() || sizes.isEmpty()) {
      return XsaveArea.AVX_ALONE;
    }
    // The tables lie side by side and have the same length, that of the kernel's enumeration.
    int count = (int) Math.min(COMPONENTS, kernel.types().constant("XFEATURE_MAX").orElse(10));
    List<XsaveArea.Component> components = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      components.add(
          new XsaveArea.Component(
              word(offsets.getAsLong(), i),
              word(sizes.getAsLong(), i),
              flags.isPresent() && (word(flags.getAsLong(), i) & ALIGNED) != 0));
    }
    return new XsaveArea(components);
  }

  private int word(long table, int index) {
    return kernel.memory().getInt(table + (long) index * Integer.BYTES, -1);
  }

  private int wordOf(String symbol) {
    OptionalLong address = kernel.symbols().address(symbol);
    return address.isPresent() ? kernel.memory().getInt(address.getAsLong(), 0) : 0;
  }

  /** Where a thread uses SVE, its registers stand elsewhere, as long as its CPU has them. */
  private FloatingPoint arm(long task) {
    Optional<Field> state = field("task_struct", "thread.uw.fpsimd_state");
    Optional<Field> status = field("user_fpsimd_state", "fpsr");
    if (state.isEmpty() || status.isEmpty() || (flags(task) & ARM_SVE) != 0) {
      return FloatingPoint.UNKNOWN;
    }
    byte[] saved = kernel.memory().readBytes(state.get().at(task), ARM_STATE);
    return saved.length == ARM_STATE && status.get().offset() == ARM_VECTORS
        ? new FloatingPoint(saved, new byte[0])
        : FloatingPoint.UNKNOWN;
  }

  private FloatingPoint riscv(long task) {
    Optional<Field> state = field("task_struct", "thread.fstate");
    Optional<StructLayout> layout = kernel.types().find("__riscv_d_ext_state");
    if (state.isEmpty() || layout.isEmpty() || layout.get().size() > MOST) {
      return FloatingPoint.UNKNOWN;
    }
    byte[] saved = kernel.memory().readBytes(state.get().at(task), layout.get().size());
    return saved.length == layout.get().size()
        ? new FloatingPoint(saved, new byte[0])
        : FloatingPoint.UNKNOWN;
  }
}
