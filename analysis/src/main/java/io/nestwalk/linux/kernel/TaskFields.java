package io.nestwalk.linux.kernel;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.Optional;

/** The members of {@code struct task_struct} (include/linux/sched.h) that are read here. */
public final class TaskFields {

  /** PF_KTHREAD. */
  public static final long KERNEL_THREAD = 0x0020_0000;

  /** Threads that a process can have are bounded by pids. */
  public static final int MAX_PID = 1 << 22;

  public final Field tasks;
  public final Field pid;
  public final Field tgid;
  public final Field comm;
  public final Field realParent;
  public final Field groupLeader;
  public final Field mm;
  public final Field activeMm;
  public final Field flags;
  public final Field state;
  public final Field exitState;
  public final Field credentials;
  public final Field signal;
  public final Field startTime;
  public final Field namespaces;
  public final Field children;
  public final Field sibling;
  public final Field threadNode;
  public final Field threadHead;
  public final Field threadCount;
  public final Field files;
  public final Optional<Field> controlGroups;

  /** Where the task hangs in {@code struct pid}. */
  public final Field pidLink;

  public TaskFields(KernelTypes types) {
    StructLayout task = types.struct("task_struct");
    tasks = task.field("tasks");
    pid = task.field("pid");
    tgid = task.field("tgid");
    comm = task.field("comm");
    realParent = task.field("real_parent");
    groupLeader = task.field("group_leader");
    mm = task.field("mm");
    activeMm = task.field("active_mm");
    flags = task.field("flags");
    // 5.14 renamed state; 5.5 renamed real_start_time.
    state = task.firstOf("__state", "state");
    exitState = task.field("exit_state");
    credentials = task.field("real_cred");
    signal = task.field("signal");
    startTime = task.firstOf("start_boottime", "real_start_time", "start_time");
    namespaces = task.field("nsproxy");
    children = task.field("children");
    sibling = task.field("sibling");
    threadNode = task.field("thread_node");
    files = task.field("files");
    controlGroups = task.find("cgroups");
    // 4.19 took the links out of struct pid_link.
    pidLink = task.firstOf("pid_links", "pids");
    StructLayout group = types.struct("signal_struct");
    threadHead = group.field("thread_head");
    threadCount = group.field("nr_threads");
  }

  /** A task's state as one letter, as {@code ps} has it: fs/proc/array.c. */
  public static String letter(long state, long exitState) {
    long all = state | exitState;
    if ((exitState & 0x10) != 0) {
      return "X";
    }
    if ((exitState & 0x20) != 0) {
      return "Z";
    }
    // TASK_IDLE is uninterruptible sleep that does not count as load.
    if ((state & 0x402) == 0x402) {
      return "I";
    }
    if ((all & 1) != 0) {
      return "S";
    }
    if ((all & 2) != 0) {
      return "D";
    }
    if ((all & 4) != 0) {
      return "T";
    }
    if ((all & 8) != 0) {
      return "t";
    }
    if ((all & 0x40) != 0) {
      return "P";
    }
    return (all & 0x80) != 0 ? "X" : "R";
  }
}
