package io.nestwalk.control;

import io.nestwalk.roots.Eptp;

/**
 * What values of VMCS and VMCB fields say. Sources: Intel SDM volume 3C, chapter 25 and appendix C
 * (exit reasons); AMD APM volume 2, appendices B and C (exit codes).
 */
final class X86Meanings {

  private static final BitNames CR0 =
      BitNames.of("0 PE,1 MP,2 EM,3 TS,4 ET,5 NE,16 WP,18 AM,29 NW,30 CD,31 PG");
  private static final BitNames CR4 =
      BitNames.of(
          "0 VME,1 PVI,2 TSD,3 DE,4 PSE,5 PAE,6 MCE,7 PGE,8 PCE,9 OSFXSR,10 OSXMMEXCPT,11 UMIP,"
              + "12 LA57,13 VMXE,14 SMXE,16 FSGSBASE,17 PCIDE,18 OSXSAVE,19 KL,20 SMEP,21 SMAP,"
              + "22 PKE,23 CET,24 PKS");
  private static final BitNames EFER =
      BitNames.of("0 SCE,8 LME,10 LMA,11 NXE,12 SVME,13 LMSLE,14 FFXSR,15 TCE");
  private static final BitNames RFLAGS =
      BitNames.of(
          "0 CF,1 (always 1),2 PF,4 AF,6 ZF,7 SF,8 TF,9 IF,10 DF,11 OF,14 NT,16 RF,17 VM,18 AC,"
              + "19 VIF,20 VIP,21 ID");
  private static final BitNames PIN_BASED =
      BitNames.of(
          "0 external-interrupt exiting,3 NMI exiting,5 virtual NMIs,6 preemption timer,7 posted"
              + " interrupts");
  private static final BitNames PRIMARY =
      BitNames.of(
          "2 interrupt-window exiting,3 TSC offsetting,7 HLT exiting,9 INVLPG exiting,10 MWAIT"
              + " exiting,11 RDPMC exiting,12 RDTSC exiting,15 CR3-load exiting,16 CR3-store"
              + " exiting,17 tertiary controls,19 CR8-load exiting,20 CR8-store exiting,21 TPR"
              + " shadow,22 NMI-window exiting,23 MOV-DR exiting,24 unconditional I/O exiting,25"
              + " I/O bitmaps,27 monitor trap flag,28 MSR bitmaps,29 MONITOR exiting,30 PAUSE"
              + " exiting,31 secondary controls");
  private static final BitNames SECONDARY =
      BitNames.of(
          "0 virtualize APIC accesses,1 EPT,2 descriptor-table exiting,3 RDTSCP,4 virtualize"
              + " x2APIC,5 VPID,6 WBINVD exiting,7 unrestricted guest,8 APIC-register"
              + " virtualization,9 virtual-interrupt delivery,10 PAUSE-loop exiting,11 RDRAND"
              + " exiting,12 INVPCID,13 VM functions,14 VMCS shadowing,15 ENCLS exiting,16 RDSEED"
              + " exiting,17 PML,18 EPT-violation #VE,19 conceal VMX from PT,20 XSAVES,21 PASID"
              + " translation,22 mode-based execute control for EPT,23 sub-page write"
              + " permissions,24 PT uses guest-physical addresses,25 TSC scaling,26 user wait and"
              + " pause,27 PCONFIG,28 ENCLV exiting");
  private static final BitNames EXIT =
      BitNames.of(
          "2 save debug controls,9 host is 64-bit,12 load PERF_GLOBAL_CTRL,15 acknowledge"
              + " interrupt,18 save PAT,19 load PAT,20 save EFER,21 load EFER,22 save preemption"
              + " timer,23 clear BNDCFGS,24 conceal VMX from PT,25 clear RTIT_CTL,28 load CET"
              + " state");
  private static final BitNames ENTRY =
      BitNames.of(
          "2 load debug controls,9 IA-32e mode guest,10 entry to SMM,11 deactivate dual-monitor"
              + " treatment,13 load PERF_GLOBAL_CTRL,14 load PAT,15 load EFER,16 load BNDCFGS,17"
              + " conceal VMX from PT,18 load RTIT_CTL,20 load CET state");
  private static final BitNames INTERCEPTS_1 =
      BitNames.of(
          "0 INTR,1 NMI,2 SMI,3 INIT,4 VINTR,5 CR0_SEL_WRITE,6 IDTR_READ,7 GDTR_READ,8 LDTR_READ,9"
              + " TR_READ,10 IDTR_WRITE,11 GDTR_WRITE,12 LDTR_WRITE,13 TR_WRITE,14 RDTSC,15"
              + " RDPMC,16 PUSHF,17 POPF,18 CPUID,19 RSM,20 IRET,21 SWINT,22 INVD,23 PAUSE,24"
              + " HLT,25 INVLPG,26 INVLPGA,27 IOIO,28 MSR,29 TASK_SWITCH,30 FERR_FREEZE,31"
              + " SHUTDOWN");
  private static final BitNames INTERCEPTS_2 =
      BitNames.of(
          "0 VMRUN,1 VMMCALL,2 VMLOAD,3 VMSAVE,4 STGI,5 CLGI,6 SKINIT,7 RDTSCP,8 ICEBP,9 WBINVD,"
              + "10 MONITOR,11 MWAIT,12 MWAIT_CONDITIONAL,13 XSETBV,14 RDPRU,15 EFER_WRITE_TRAP");
  private static final BitNames NESTED =
      BitNames.of(
          "0 NP_ENABLE,1 SEV,2 SEV-ES,3 guest mode execute trap,5 virtual transparent encryption");
  private static final BitNames EXCEPTIONS =
      BitNames.of(
          "0 #DE,1 #DB,2 NMI,3 #BP,4 #OF,5 #BR,6 #UD,7 #NM,8 #DF,10 #TS,11 #NP,12 #SS,13 #GP,14"
              + " #PF,16 #MF,17 #AC,18 #MC,19 #XM,20 #VE,21 #CP,28 #HV,29 #VC,30 #SX");

  private static final String[] REASONS = {
    "exception or NMI",
    "external interrupt",
    "triple fault",
    "INIT",
    "SIPI",
    "I/O SMI",
    "other SMI",
    "interrupt window",
    "NMI window",
    "task switch",
    "CPUID",
    "GETSEC",
    "HLT",
    "INVD",
    "INVLPG",
    "RDPMC",
    "RDTSC",
    "RSM",
    "VMCALL",
    "VMCLEAR",
    "VMLAUNCH",
    "VMPTRLD",
    "VMPTRST",
    "VMREAD",
    "VMRESUME",
    "VMWRITE",
    "VMXOFF",
    "VMXON",
    "control-register access",
    "MOV DR",
    "I/O instruction",
    "RDMSR",
    "WRMSR",
    "entry failed: guest state",
    "entry failed: MSR loading",
    "",
    "MWAIT",
    "monitor trap flag",
    "",
    "MONITOR",
    "PAUSE",
    "entry failed: machine check",
    "",
    "TPR below threshold",
    "APIC access",
    "virtualized EOI",
    "access to GDTR or IDTR",
    "access to LDTR or TR",
    "EPT violation",
    "EPT misconfiguration",
    "INVEPT",
    "RDTSCP",
    "preemption timer",
    "INVVPID",
    "WBINVD",
    "XSETBV",
    "APIC write",
    "RDRAND",
    "INVPCID",
    "VMFUNC",
    "ENCLS",
    "RDSEED",
    "page-modification log full",
    "XSAVES",
    "XRSTORS",
    "PCONFIG",
    "SPP-related event",
    "UMWAIT",
    "TPAUSE",
    "LOADIWKEY",
    "",
    "",
    "",
    "",
    "bus lock",
    "notify"
  };

  private static final String[] ACTIVITY = {"active", "HLT", "shutdown", "wait for SIPI"};
  private static final String[] PAT_TYPES = {"UC", "WC", "?", "?", "WT", "WP", "WB", "UC-"};

  /** Bits without a meaning that are set on every processor: SDM volume 3D, A.3.1, A.4, A.5. */
  private static final long PIN_ALWAYS = 0x16;

  private static final long PRIMARY_ALWAYS = 0x0400_6172;
  private static final long EXIT_ALWAYS = 0x3_6dfb;
  private static final long ENTRY_ALWAYS = 0x11fb;
  private static final long EPTP_USE = 1 << 6;
  private static final long ENTRY_FAILED = 1L << 31;
  private static final int SVM_EXCEPTIONS = 0x40;
  private static final int SVM_INTERCEPTS_1 = 0x60;
  private static final int SVM_INTERCEPTS_2 = 0x80;
  private static final int SVM_NESTED_FAULT = 0x400;
  private static final int REVISION = 0x7fff_ffff;

  private X86Meanings() {}

  /** What the value of a field says; empty where it is a number and no more. */
  static String of(String name, long value) {
    String register = name.substring(name.indexOf('_') + 1);
    return switch (name) {
      case "ept_pointer" -> eptp(value);
      case "hdr" ->
          "revision 0x%x%s".formatted(value & REVISION, value > REVISION ? ", shadow" : "");
      case "vmcs_link_pointer" -> value == -1 ? "none" : "";
      case "pin_based_vm_exec_control" -> PIN_BASED.in(value & ~PIN_ALWAYS);
      case "cpu_based_vm_exec_control" -> PRIMARY.in(value & ~PRIMARY_ALWAYS);
      case "secondary_vm_exec_control" -> SECONDARY.in(value);
      case "vm_exit_controls" -> EXIT.in(value & ~EXIT_ALWAYS);
      case "vm_entry_controls" -> ENTRY.in(value & ~ENTRY_ALWAYS);
      case "exception_bitmap", "intercept_exceptions" -> EXCEPTIONS.in(value);
      case "vm_exit_reason" -> reason(value);
      case "guest_activity_state" -> value < ACTIVITY.length ? ACTIVITY[(int) value] : "";
      case "intercepts_1" -> INTERCEPTS_1.in(value);
      case "intercepts_2" -> INTERCEPTS_2.in(value);
      case "nested_control" -> NESTED.in(value);
      case "exitcode" -> exitCode(value);
      case "cr0_guest_host_mask", "cr0_read_shadow" -> CR0.in(value);
      case "cr4_guest_host_mask", "cr4_read_shadow" -> CR4.in(value);
      default ->
          switch (register) {
            case "cr0" -> CR0.in(value);
            case "cr4" -> CR4.in(value);
            case "efer", "ia32_efer" -> EFER.in(value);
            case "rflags" -> RFLAGS.in(value & ~2L);
            case "ia32_pat", "g_pat", "pat" -> pat(value);
            default -> "";
          };
    };
  }

  /** The control registers of a CPU by their own names. */
  static String ofRegister(String name, long value) {
    return of("guest_" + name, value);
  }

  private static String eptp(long value) {
    if (!Eptp.hasForm(value)) {
      return value == 0 ? "" : "no EPT pointer's form";
    }
    return "root 0x%x, %d levels, tables %s, accessed and dirty bits %s"
        .formatted(
            Eptp.root(value),
            Eptp.levels(value),
            (value & 7) == 0 ? "UC" : "WB",
            (value & EPTP_USE) != 0 ? "kept" : "not kept");
  }

  private static String reason(long value) {
    int number = (int) value & 0xffff;
    String text = number < REASONS.length ? REASONS[number] : "";
    return text + ((value & ENTRY_FAILED) != 0 ? " (entry failed)" : "");
  }

  private static String exitCode(long value) {
    if (value == -1 || value == 0xffff_ffffL) {
      return "INVALID";
    }
    if (value == SVM_NESTED_FAULT) {
      return "NPF: nested page fault";
    }
    if (value < 0 || value >= SVM_INTERCEPTS_2 + Integer.SIZE) {
      return "";
    }
    int bit = (int) value & Integer.SIZE - 1;
    if (value >= SVM_INTERCEPTS_2) {
      return INTERCEPTS_2.of(bit);
    }
    if (value >= SVM_INTERCEPTS_1) {
      return INTERCEPTS_1.of(bit);
    }
    if (value >= SVM_EXCEPTIONS) {
      return "exception %d %s".formatted(bit, EXCEPTIONS.of(bit)).strip();
    }
    String register = value < Integer.SIZE ? "CR" : "DR";
    return "%s%d %s".formatted(register, bit & 15, (bit & 16) == 0 ? "read" : "write");
  }

  private static String pat(long value) {
    if (value == 0) {
      // Never loaded: a processor starts with another value, and nested paging is off.
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Long.BYTES; i++) {
      text.append(i == 0 ? "" : " ").append(PAT_TYPES[(int) (value >>> (i * Byte.SIZE)) & 7]);
    }
    return text.toString();
  }
}
