package io.nestwalk.system;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of an operating system's kernel.
 *
 * @param name of the system: "Linux"
 * @param version of the kernel, as it calls itself: "6.1.0-56-cloud-amd64"
 * @param banner the kernel's whole line about itself, without line end, where it has one
 * @param kernelBase virtual address of the kernel image's first byte
 * @param kernelPhysical physical address of that byte in the machine
 * @param kaslrSlide how far the kernel was moved from the virtual address that it was linked for
 * @param linearMap virtual address at which the kernel maps physical address 0
 * @param root physical address of the kernel's own root table
 * @param object address of the first task or process
 * @param hostName what the machine calls itself
 * @param bootTime when the system was started, by its own clock
 * @param uptime how long it had run
 * @param basis what told the layout of structures and the symbols, in words: "BTF at 0x...",
 *     "deduced from the structures"
 * @param traits what this system alone knows, such as Windows's build
 */
public record SystemFacts(
    String name,
    String version,
    Optional<String> banner,
    long kernelBase,
    OptionalLong kernelPhysical,
    OptionalLong kaslrSlide,
    OptionalLong linearMap,
    OptionalLong root,
    long object,
    Optional<String> hostName,
    Optional<Instant> bootTime,
    Optional<Duration> uptime,
    List<String> basis,
    Traits traits) {

  /** Copies the list. */
  public SystemFacts {
    basis = List.copyOf(basis);
  }

  /** The same with other traits. */
  SystemFacts with(Traits others) {
    return new SystemFacts(
        name,
        version,
        banner,
        kernelBase,
        kernelPhysical,
        kaslrSlide,
        linearMap,
        root,
        object,
        hostName,
        bootTime,
        uptime,
        basis,
        others);
  }

  /**
   * Describes a system step by step; what is not said is not known.
   *
   * @param name of the system
   * @param version of the kernel, as it calls itself
   * @param kernelBase virtual address of the kernel image's first byte
   */
  public static Builder builder(String name, String version, long kernelBase) {
    return new Builder(name, version, kernelBase);
  }

  /** Collects what is known of a system. */
  public static final class Builder {
    private final String name;
    private final String version;
    private final long kernelBase;
    private Optional<String> banner = Optional.empty();
    private OptionalLong kernelPhysical = OptionalLong.empty();
    private OptionalLong kaslrSlide = OptionalLong.empty();
    private OptionalLong linearMap = OptionalLong.empty();
    private OptionalLong root = OptionalLong.empty();
    private long object;
    private Optional<String> hostName = Optional.empty();
    private Optional<Instant> bootTime = Optional.empty();
    private Optional<Duration> uptime = Optional.empty();
    private List<String> basis = List.of();
    private Traits traits = Traits.NONE;

    private Builder(String name, String version, long kernelBase) {
      this.name = name;
      this.version = version;
      this.kernelBase = kernelBase;
    }

    /** The kernel's whole line about itself. */
    public Builder banner(Optional<String> value) {
      banner = value;
      return this;
    }

    /** Physical address of the kernel image's first byte. */
    public Builder kernelPhysical(OptionalLong value) {
      kernelPhysical = value;
      return this;
    }

    /** How far the kernel was moved from where it was linked for. */
    public Builder kaslrSlide(OptionalLong value) {
      kaslrSlide = value;
      return this;
    }

    /** Virtual address at which the kernel maps physical address 0. */
    public Builder linearMap(OptionalLong value) {
      linearMap = value;
      return this;
    }

    /** Physical address of the kernel's own root table. */
    public Builder root(OptionalLong value) {
      root = value;
      return this;
    }

    /** Address of the first task or process. */
    public Builder object(long value) {
      object = value;
      return this;
    }

    /** What the machine calls itself. */
    public Builder hostName(Optional<String> value) {
      hostName = value;
      return this;
    }

    /** When the system was started. */
    public Builder bootTime(Optional<Instant> value) {
      bootTime = value;
      return this;
    }

    /** How long it had run. */
    public Builder uptime(Optional<Duration> value) {
      uptime = value;
      return this;
    }

    /** What told the layout of structures and the symbols. */
    public Builder basis(List<String> value) {
      basis = value;
      return this;
    }

    /** What this system alone knows. */
    public Builder traits(Traits value) {
      traits = value;
      return this;
    }

    /** The facts. */
    public SystemFacts build() {
      return new SystemFacts(
          name,
          version,
          banner,
          kernelBase,
          kernelPhysical,
          kaslrSlide,
          linearMap,
          root,
          object,
          hostName,
          bootTime,
          uptime,
          basis,
          traits);
    }
  }
}
