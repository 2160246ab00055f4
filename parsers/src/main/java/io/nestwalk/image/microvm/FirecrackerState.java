package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Firecracker's state file: a magic number, the version of the form as text, and Rust structures as
 * bincode writes them, with numbers of full width and lengths of 64 bits (src/vmm/src/snapshot,
 * persist.rs, arch/x86_64/vcpu.rs).
 *
 * <p>Most of these change with the version. What does not is used: the memory's size in MiB comes
 * first, and of a CPU KVM's structures {@code mp_state}, {@code regs}, {@code sregs} and {@code
 * vcpu_events} follow one another, each behind its length. Forms before 1.0.0, without lengths, and
 * later ones in bitcode are not read.
 */
final class FirecrackerState {

  private static final long MAGIC_X86_64 = 0x0710_1984_8664_0000L;
  private static final long MAGIC_AARCH64 = 0x0710_1984_aaaa_0000L;

  private static final Pattern VERSION = Pattern.compile("\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}");
  private static final int VERSION_LENGTH_AT = 8;
  private static final int VERSION_AT = 16;
  private static final int MAX_VERSION = 14;

  /** A state is much smaller. */
  private static final long MAX_SEARCHED = 64L << 20;

  private static final int MAX_CPUS = 1024;

  private static final int MP_STATE = 4;
  private static final int EVENTS = 64;
  private static final int LENGTH = Long.BYTES;

  private final ImageFile file;
  private final boolean arm;

  private FirecrackerState(ImageFile file, boolean arm) {
    this.file = file;
    this.arm = arm;
  }

  static boolean hasMagic(ImageFile file) {
    return isMagic(magic(file));
  }

  /** Whether a file that begins with these eight bytes is a state. */
  static boolean isMagic(long head) {
    return head == MAGIC_X86_64 || head == MAGIC_AARCH64;
  }

  static FirecrackerState of(ImageFile file) {
    return new FirecrackerState(file, magic(file) == MAGIC_AARCH64);
  }

  private static long magic(ImageFile file) {
    try {
      return file.longAt(0);
    } catch (ImageException e) {
      return 0; // shorter than a state file
    }
  }

  /** How large the machine's memory is; 0 when the state does not tell. */
  long memoryBytes() {
    try {
      String version = version();
      long mebibytes = version.isEmpty() ? 0 : file.longAt(VERSION_AT + version.length());
      return mebibytes > 0 && mebibytes <= Long.MAX_VALUE >>> 20 ? mebibytes << 20 : 0;
    } catch (ImageException e) {
      return 0;
    }
  }

  /** The version of the form, empty for a form that does not begin with it. */
  private String version() throws ImageException {
    long length = file.longAt(VERSION_LENGTH_AT);
    if (length <= 0 || length > MAX_VERSION) {
      return "";
    }
    String version = file.textAt(VERSION_AT, (int) length);
    return VERSION.matcher(version).matches() ? version : "";
  }

  SideState read() throws ImageException {
    List<String> warnings = new ArrayList<>();
    String version = version();
    List<Cpu> cpus = arm || version.isEmpty() ? List.of() : cpus();
    if (cpus.isEmpty()) {
      warnings.add(
          "no registers: the state file's form%s is not known%s"
              .formatted(
                  version.isEmpty() ? "" : " (version %s)".formatted(version),
                  arm ? " for ARM" : ""));
    }
    return new SideState(
        arm ? Architecture.AARCH64 : Architecture.X86_64, List.of(), cpus, warnings);
  }

  private List<Cpu> cpus() throws ImageException {
    List<Cpu> cpus = new ArrayList<>();
    long end = Math.min(file.length(), MAX_SEARCHED);
    long size = LENGTH + KvmCpu.REGS + LENGTH + KvmCpu.SREGS + LENGTH;
    long at = VERSION_AT + LENGTH + MP_STATE;
    while (at + size <= end && cpus.size() < MAX_CPUS) {
      if (isCpu(at)) {
        Cpu cpu =
            KvmCpu.of(
                cpus.size(),
                file.slice(at + LENGTH, KvmCpu.REGS),
                file.slice(at + LENGTH + KvmCpu.REGS + LENGTH, KvmCpu.SREGS));
        if (KvmCpu.isPlausible(cpu)) {
          cpus.add(cpu);
          at += size;
          continue;
        }
      }
      at++;
    }
    return cpus;
  }

  /** Whether {@code regs} could stand here: by its length, and those before and behind it. */
  private boolean isCpu(long at) throws ImageException {
    long sregs = at + LENGTH + KvmCpu.REGS;
    return file.longAt(at) == KvmCpu.REGS
        && file.longAt(at - MP_STATE - LENGTH) == MP_STATE
        && file.longAt(sregs) == KvmCpu.SREGS
        && file.longAt(sregs + LENGTH + KvmCpu.SREGS) == EVENTS;
  }
}
