package io.nestwalk.roots;

/**
 * One thing that speaks for or against a root. Evidence from different sources adds up: a root that
 * only one source knows is a candidate, not a fact.
 *
 * @param source where it comes from
 * @param confirms whether it speaks for the root
 * @param address the physical address, in the machine that holds it, of the structure it was read
 *     from; -1 where there is none
 * @param text what was seen, one line for the user
 */
public record Evidence(Source source, boolean confirms, long address, String text) {

  /** Independent places that can know a root. */
  public enum Source {
    /** A CPU's registers in the dump file. */
    CPU_REGISTER("cpu register"),
    /** A field of an Intel VMCS. */
    VMCS("vmcs"),
    /** A field of an AMD VMCB. */
    VMCB("vmcb"),
    /** The state that AMD's VMRUN saves of the host. */
    HOST_SAVE("host save area"),
    /** The form of the tables themselves. */
    STRUCTURE("table structure"),
    /** Memory seen through the root makes sense: a guest's own tables, a kernel. */
    CONTENT("content"),
    /** The hypervisor's own records of its guests. */
    HYPERVISOR("hypervisor");

    private final String label;

    Source(String label) {
      this.label = label;
    }

    /** What users read. */
    @Override
    public String toString() {
      return label;
    }
  }

  /** Evidence for a root. */
  public static Evidence of(Source source, long address, String text) {
    return new Evidence(source, true, address, text);
  }

  /** Evidence against a root. */
  public static Evidence against(Source source, long address, String text) {
    return new Evidence(source, false, address, text);
  }

  @Override
  public String toString() {
    return "%s %s: %s".formatted(confirms ? "+" : "-", source, text);
  }
}
