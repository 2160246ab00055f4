package io.nestwalk.image.known;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.util.List;
import java.util.Optional;

/** Names the files that can't be read, instead of taking them for raw memory. */
public final class KnownSignatures implements ImageFormat {

  private static final String UNSUPPORTED = ", which is not supported";

  private static final String HIBERNATION =
      "a Windows hibernation file, whose pages are compressed" + UNSUPPORTED;

  private static final String FIRECRACKER =
      "a Firecracker state file, which has no memory in it; open its memory file together with this"
          + " one";

  private static final String NOT_MEMORY = ", not memory";

  private static final String CAPTURE = "a network capture" + NOT_MEMORY;

  private static final String MACH_O = "a Mach-O file (a program or a core of macOS)" + UNSUPPORTED;

  private static final String CRIU =
      "a CRIU checkpoint, which holds processes and no machine's memory" + UNSUPPORTED;

  private static final String LINUX_HIBERNATION =
      "a Linux swap area with a hibernated system in it" + UNSUPPORTED;

  private static final String XEN_TOOLSTACK =
      "a suspend image of an old XenServer, whose form is not supported";

  /** The first row that matches explains the file. */
  private static final List<Signature> SIGNATURES =
      List.of(
          new Signature(0, "DISKDUMP", "a compressed diskdump" + UNSUPPORTED),
          new Signature(0, "MDMP", "a Windows minidump of one process, not of a machine"),
          new Signature(
              0,
              "ZDMP",
              "a DumpIt compressed dump (ZDMP)" + UNSUPPORTED + "; unpack it with z2dmp"),
          new Signature(
              0,
              "minidump FreeBSD/",
              "a FreeBSD minidump (vmcore)" + UNSUPPORTED + "; a full dump, which is ELF, is"),
          new Signature(0, "FreeBSD Kernel Dump", "a FreeBSD dump device" + UNSUPPORTED),
          new Signature(0, "\u00ed\u00eb\u000f\u00f0", "an old Xen core" + UNSUPPORTED),
          new Signature(0, "\u00ee\u00eb\u000f\u00f0", "an old Xen core" + UNSUPPORTED),
          new Signature(0, "XenSavedDomain\n", XEN_TOOLSTACK),
          new Signature(0, "LinuxGuestRecord", "an old Xen save file (xm save)" + UNSUPPORTED),
          new Signature(0, "\0\0d\u0086\u0084\u0019\u0010\u0007", FIRECRACKER),
          new Signature(0, "\0\0\u00aa\u00aa\u0084\u0019\u0010\u0007", FIRECRACKER),
          new Signature(0, "\u0019CVT", CRIU),
          new Signature(0, "@Y\u0010U", CRIU),
          new Signature(0, "hibr", HIBERNATION),
          new Signature(0, "HIBR", HIBERNATION),
          new Signature(0, "wake", HIBERNATION),
          new Signature(0, "WAKE", HIBERNATION),
          new Signature(0, "RSTR", HIBERNATION),
          new Signature(4086, "S1SUSPEND\0", LINUX_HIBERNATION),
          new Signature(4086, "S2SUSPEND\0", LINUX_HIBERNATION),
          new Signature(4086, "ULSUSPEND\0", LINUX_HIBERNATION),
          new Signature(4086, "SWAPSPACE2", "a Linux swap area" + NOT_MEMORY),
          new Signature(0, "EVF2\r\n\u0081\0", "an EnCase (Ex01) image" + UNSUPPORTED),
          new Signature(0, "LVF\t\r\n\u00ff\0", "an EnCase logical image (L01)" + UNSUPPORTED),
          new Signature(0, "AFF10\r\n\0", "an AFF image (version 1 to 3)" + UNSUPPORTED),
          new Signature(0, "HPAK", "an HBGary HPAK dump" + UNSUPPORTED),
          new Signature(0, "\u00cf\u00fa\u00ed\u00fe", MACH_O),
          new Signature(0, "\u00ce\u00fa\u00ed\u00fe", MACH_O),
          new Signature(0, "MRVN", "VMware's firmware variables (.nvram)" + NOT_MEMORY),
          new Signature(0, "KDMV", "a VMware disk image (.vmdk)" + NOT_MEMORY),
          new Signature(0, "COWD", "a VMware disk image (.vmdk)" + NOT_MEMORY),
          new Signature(
              0, "\u00be\u00ba\u00fe\u00ca\0\0\0\0", "a VMware disk image (.vmdk)" + NOT_MEMORY),
          new Signature(
              0,
              "# Disk DescriptorFile",
              "the descriptor of a VMware disk image (.vmdk)" + NOT_MEMORY),
          new Signature(0, "vhdxfile", "a Hyper-V disk image (.vhdx)" + NOT_MEMORY),
          new Signature(0, "conectix", "a disk image (.vhd)" + NOT_MEMORY),
          new Signature(-512, "conectix", "a disk image (.vhd)" + NOT_MEMORY),
          new Signature(0, "<<< ", "a VirtualBox disk image" + NOT_MEMORY),
          new Signature(
              0x40, "\u007f\u0010\u00da\u00be", "a VirtualBox disk image (.vdi)" + NOT_MEMORY),
          new Signature(0, "QED\0", "a QEMU disk image (.qed)" + NOT_MEMORY),
          new Signature(
              0, "QFI\u00fb\0\0\0\u0001", "a QEMU disk image (.qcow, version 1)" + NOT_MEMORY),
          new Signature(0, "WithoutFreeSpace", "a Parallels disk image" + NOT_MEMORY),
          new Signature(0, "WithouFreSpacExt", "a Parallels disk image" + NOT_MEMORY),
          new Signature(-512, "koly\0\0\0\u0004", "an Apple disk image (.dmg)" + NOT_MEMORY),
          new Signature(0, "\u00d4\u00c3\u00b2\u00a1", CAPTURE),
          new Signature(0, "\u00a1\u00b2\u00c3\u00d4", CAPTURE),
          new Signature(0, "M<\u00b2\u00a1", CAPTURE),
          new Signature(0, "\n\r\r\n", CAPTURE),
          new Signature(0, "regf", "a Windows registry hive" + NOT_MEMORY),
          new Signature(0, "ElfFile\0", "a Windows event log" + NOT_MEMORY),
          new Signature(0, "MSWIM\0\0\0", "a Windows image archive (.wim)" + NOT_MEMORY),
          new Signature(0, "SQLite format 3\0", "an SQLite database" + NOT_MEMORY),
          new Signature(0, "Rar!\u001a\u0007", "a RAR archive; unpack it"),
          new Signature(0, "MSCF\0\0\0\0", "a cabinet archive (.cab); unpack it"),
          new Signature(0, "LZIP\u0001", "packed with lzip; unpack it with \"lzip -d\""),
          new Signature(0, "LRZI", "packed with lrzip; unpack it with \"lrzip -d\""),
          new Signature(
              0, "\u001f\u009d\u0090", "packed with compress (.Z); unpack it with \"gzip -d\""),
          new Signature(0, "LUKS\u00ba\u00be", "an encrypted disk (LUKS)" + NOT_MEMORY));

  /** For the service loader. */
  public KnownSignatures() {}

  @Override
  public String name() {
    return "known";
  }

  @Override
  public boolean isReadable() {
    return false;
  }

  @Override
  public Probe probe(ImageFile file) {
    return explain(file).map(Probe::refused).orElse(Probe.no("no signature that is known"));
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    throw new ImageException(file.name(), explain(file).orElse("not recognised"));
  }

  private static Optional<String> explain(ImageFile file) {
    for (Signature signature : SIGNATURES) {
      if (signature.matches(file)) {
        return Optional.of(signature.explanation());
      }
    }
    Optional<String> vmware = EncryptedVmware.explain(file);
    if (vmware.isPresent()) {
      return vmware;
    }
    try {
      Optional<String> disk = Disk.explain(file);
      return disk.isPresent() ? disk : Program.explain(file);
    } catch (ImageException e) {
      return Optional.empty(); // too short for either
    }
  }
}
