package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.nestwalk.system.CachedFile;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.PageKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Trees of pages and descriptions of pages that say what can't be. */
class HostilePageCacheTest {

  private static final int PAGE = 4096;
  private static final int SLOTS = 64;

  /** An entry that claims to stand for 2^40 pages, of which none begins yet. */
  @Test
  @Timeout(value = 30, threadMode = SEPARATE_THREAD)
  void anEntryForMorePagesThanAnyIsEnds() {
    Victim victim = new Victim("kvm-npt host");
    CachedFile file =
        victim.clean.cachedFiles().stream()
            .filter(each -> each.cachedBytes() > PAGE && each.size() <= SLOTS * PAGE)
            .findFirst()
            .orElseThrow();
    List<CachedFile.Page> before = victim.clean.pages(file);
    assertThat(before).hasSizeGreaterThan(1);
    long space = victim.pointer(victim.field("inode", "i_mapping").at(file.object()));
    long node = victim.pointer(victim.field("address_space", "i_pages.xa_head").at(space)) - 2;
    long shift = victim.field("xa_node", "shift").at(node);
    victim.bytes(shift, 40);
    long slots = victim.field("xa_node", "slots").at(node);
    for (int i = 0; i < SLOTS; i++) {
      long page = victim.pointer(slots + i * 8L);
      if (page < 0 && (page & 3) == 0) {
        victim.put(victim.field("page", "index").at(page), 1L << 60);
      }
    }
    LinuxSystem changed = victim.changed();
    assertThat(changed.pages(file)).isEmpty();
    assertThat(changed.warnings()).anyMatch(line -> line.contains("pages of a file"));
  }

  /** The allocator of small objects keeps its own words where files' pages have their file. */
  @Test
  void whatTheKernelAllocatesForItselfIsOfNoFile() {
    LinuxSystem system = (LinuxSystem) RealMachine.get("kvm-npt host").system();
    Victim victim = new Victim("kvm-npt host");
    for (GuestProcess process : system.processes()) {
      assertThat(system.kindOf(victim.physical(process.object())))
          .as(process.name())
          .isNotEqualTo(Optional.of(PageKind.FILE));
    }
  }
}
