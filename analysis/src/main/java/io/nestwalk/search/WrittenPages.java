package io.nestwalk.search;

import io.nestwalk.machine.FrameMap;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.Passage;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;

/**
 * What pages that a guest may write tell of its identity. Pages that it only reads may be those of
 * another guest: merged ones (KSM), and those of the file that both were restored from. The first
 * write gives a guest a page of its own.
 */
final class WrittenPages {

  /** So many pages are compared. */
  private static final int COMPARED = 1 << 16;

  private WrittenPages() {}

  /**
   * Whether two second-level tables are two machines', though they map mostly the same pages: more
   * of what both may write differs than is the same. Two tables of one machine have the same pages
   * there, but for few that were moved.
   */
  static boolean areOfTwoMachines(Layer one, Layer other) {
    long[] counts = new long[3];
    one.forEachRun(
        0,
        -1,
        Budget.forSpace(one),
        (guest, host, length, shift, permissions, state) -> {
          if (host == PageRuns.NOT_MAPPED) {
            return true;
          }
          boolean writable = (permissions & Permissions.WRITE) != 0;
          for (long offset = 0; offset < length; offset += Layer.PAGE) {
            if (counts[2]++ == COMPARED) {
              return false;
            }
            Passage passage = other.pass(guest + offset);
            if (!Translation.isFault(passage.translation())) {
              boolean writableToo = (passage.permissions() & Permissions.WRITE) != 0;
              boolean same = Translation.address(passage.translation()) == host + offset;
              counts[0] += same && (writable || writableToo) ? 1 : 0;
              counts[1] += !same && writable && writableToo ? 1 : 0;
            }
          }
          return true;
        });
    return counts[1] > counts[0];
  }

  /**
   * Whether nearly all that a guest may write lies in pages that {@code outer} has; also where it
   * may write nothing, as while a hypervisor logs what is written.
   */
  static boolean areMostlyInside(Layer guest, FrameMap outer) {
    long[] counts = new long[2];
    guest.forEachRun(
        0,
        -1,
        Budget.forSpace(guest),
        (address, host, length, shift, permissions, state) -> {
          if (host != PageRuns.NOT_MAPPED && (permissions & Permissions.WRITE) != 0) {
            for (long offset = 0; offset < length; offset += Layer.PAGE) {
              if (counts[1] == COMPARED) {
                return false;
              }
              counts[1]++;
              counts[0] += outer.guestOf(host + offset).isPresent() ? 1 : 0;
            }
          }
          return true;
        });
    return counts[1] == 0 || counts[0] * 10 > counts[1] * 9;
  }
}
