package io.nestwalk.search;

import io.nestwalk.machine.FrameMap;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.Vmcb;
import io.nestwalk.roots.VmcsPage;
import java.util.ArrayList;
import java.util.List;

/**
 * What the survey saw, at the addresses of one machine.
 *
 * @param tables pages that could be upper tables of the machine's architecture
 * @param secondLevelTables pages that could be upper tables of a second level whose form is its
 *     own: EPT tables, and ARM's stage-2 tables with blocks, which are not among {@code tables}
 * @param vmcbs VMCBs
 * @param hostSaves host-save areas
 * @param vmcsPages pages that could be VMCSes
 */
record Sightings(
    List<Long> tables,
    List<Long> secondLevelTables,
    List<Vmcb> vmcbs,
    List<HostSave> hostSaves,
    List<VmcsPage> vmcsPages) {

  static final Sightings NONE =
      new Sightings(List.of(), List.of(), List.of(), List.of(), List.of());

  /** Tables alone: on ARM and RISC-V nothing else shows guests. */
  static Sightings ofTables(List<Long> tables, List<Long> secondLevelTables) {
    return new Sightings(tables, secondLevelTables, List.of(), List.of(), List.of());
  }

  /** What of this lies in a guest's memory, at the guest's addresses. */
  Sightings inside(FrameMap guest) {
    Sightings inside =
        new Sightings(
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    tables.forEach(table -> guest.guestOf(table).ifPresent(inside.tables::add));
    secondLevelTables.forEach(
        table -> guest.guestOf(table).ifPresent(inside.secondLevelTables::add));
    for (Vmcb vmcb : vmcbs) {
      guest.guestOf(vmcb.address()).ifPresent(address -> inside.vmcbs.add(vmcb.at(address)));
    }
    for (HostSave save : hostSaves) {
      guest
          .guestOf(save.address())
          .ifPresent(address -> inside.hostSaves.add(new HostSave(address, save.registers())));
    }
    for (VmcsPage page : vmcsPages) {
      guest.guestOf(page.address()).ifPresent(address -> inside.vmcsPages.add(page.at(address)));
    }
    return inside;
  }
}
