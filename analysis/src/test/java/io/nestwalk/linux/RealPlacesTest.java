package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.files.PageCache;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.CachedFile;
import io.nestwalk.system.GuestMount;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where processes and files are: namespaces, and file systems that no mount shows. */
class RealPlacesTest {

  private static final String WORKER = "kdevtmpfs";

  /** What {@code unshare --pid} leaves behind: only the children will be in the new namespace. */
  @Test
  void aProcessIsInThePidNamespaceOfItsNumberAndInTheUserNamespaceOfItsCredentials() {
    Victim victim = new Victim("kvm-npt host");
    long task = named(victim.clean).object();
    long proxy = victim.pointer(victim.field("task_struct", "nsproxy").at(task));
    victim.put(victim.field("nsproxy", "pid_ns_for_children").at(proxy), victim.room());
    victim.number(victim.field("pid_namespace", "ns.inum").at(victim.room()), 41);
    long user = victim.room() + 4096;
    long credentials = victim.pointer(victim.field("task_struct", "real_cred").at(task));
    victim.put(victim.field("cred", "user_ns").at(credentials), user);
    victim.number(victim.field("user_namespace", "ns.inum").at(user), 42);
    Map<?, ?> before = namespaces(named(victim.clean));
    Map<?, ?> after = namespaces(named(victim.changed()));
    assertThat(before).hasSize(8);
    assertThat(after.get("pid")).isEqualTo(before.get("pid")).isEqualTo(0xeffffffcL);
    assertThat(before.get("user")).isEqualTo(0xeffffffdL);
    assertThat(after.get("user")).isEqualTo(42L);
    assertThat(before.get("time")).isEqualTo(0xeffffffaL);
  }

  private static GuestProcess named(LinuxSystem system) {
    return system.processes().stream()
        .filter(process -> process.name().equals(WORKER))
        .findFirst()
        .orElseThrow();
  }

  private static Map<?, ?> namespaces(GuestProcess process) {
    return (Map<?, ?>) process.traits().values().get("namespaces");
  }

  @Test
  void aFileSystemThatIsMountedNoMoreKeepsItsFilesAndADeletedFileIsSaidToBeOne() {
    Victim victim = new Victim("kvm-npt host");
    CachedFile shared = file(victim.clean, "/run/shared.dat");
    GuestMount run =
        victim.clean.mounts().stream()
            .filter(mount -> mount.point().equals("/run"))
            .findFirst()
            .orElseThrow();
    long link = victim.field("mount", "mnt_list").at(run.object());
    victim.put(victim.pointer(link + 8), victim.pointer(link));
    victim.put(victim.pointer(link) + 8, victim.pointer(link + 8));
    CachedFile program = file(victim.clean, "/bin/probe");
    long entry =
        victim.pointer(victim.field("inode", "i_dentry").at(program.object()))
            - victim.field("dentry", "d_u.d_alias").offset();
    victim.put(victim.field("dentry", "d_hash.pprev").at(entry), 0);
    LinuxSystem changed = victim.changed();
    assertThat(changed.mounts()).extracting(GuestMount::point).doesNotContain("/run");
    assertThat(changed.cachedFiles()).hasSameSizeAs(victim.clean.cachedFiles());
    CachedFile left = file(changed, "/shared.dat");
    assertThat(left.object()).isEqualTo(shared.object());
    assertThat(left.fileSystem()).isEqualTo("tmpfs");
    assertThat(changed.pages(left)).isNotEmpty().isEqualTo(victim.clean.pages(shared));
    assertThat(file(changed, "/bin/probe (deleted)").object()).isEqualTo(program.object());
    assertThat(changed.warnings()).isEmpty();
  }

  @Test
  void withoutTheKernelsListOfFileSystemsThoseThatNoMountShowsAreSaidToBeMissing() {
    Victim victim = new Victim("kvm-npt host");
    Warnings warnings = new Warnings();
    Kernel kernel =
        new Kernel(
            victim.machine.physical(),
            victim.machine.tables(),
            victim.clean.kernelMemory(),
            victim.clean.types(),
            KernelSymbols.NONE,
            warnings);
    PageCache cache = new PageCache(kernel, new FilePaths(kernel));
    assertThat(cache.files(victim.clean.mounts())).isNotEmpty();
    assertThat(warnings.lines()).singleElement().asString().contains("mounted nowhere");
  }

  private static CachedFile file(LinuxSystem system, String path) {
    List<CachedFile> found =
        system.cachedFiles().stream()
            .filter(file -> file.path().filter(path::equals).isPresent())
            .toList();
    assertThat(found).as(path).hasSize(1);
    return found.getFirst();
  }
}
