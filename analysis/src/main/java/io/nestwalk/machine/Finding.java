package io.nestwalk.machine;

import java.util.List;

/**
 * Something in which two views of a machine disagree, or that does not fit what surrounds it. Not
 * every finding is an attack: hypervisors write-protect pages and share the page of zeros.
 *
 * @param kind what it is
 * @param machine the machine whose memory it concerns
 * @param text one line for the user
 * @param pages the pages it concerns, as runs; the first ones when they are many
 * @param count how many pages it concerns in all
 */
public record Finding(Kind kind, String machine, String text, List<Run> pages, long count) {

  /** Copies the list. */
  public Finding {
    pages = List.copyOf(pages);
  }

  /** What a finding is. */
  public enum Kind {
    /** Second-level pages with fewer rights than nearly all others: execute-only, read-only. */
    RESTRICTED_PAGES("restricted-pages"),
    /**
     * Tables that map addresses to themselves map these elsewhere: a page was swapped for another.
     */
    REMAPPED_PAGES("remapped-pages"),
    /** Two second-level roots of one machine map a page differently: the classic EPT hook. */
    ROOTS_DISAGREE("roots-disagree"),
    /** Second-level tables and the hypervisor's memory slots map a page differently. */
    SLOTS_DISAGREE("slots-disagree"),
    /** The second level maps memory that the image does not hold. */
    OUTSIDE_IMAGE("outside-image"),
    /** The second level gives the guest pages that hold second-level tables. */
    MAPS_TABLES("maps-tables"),
    /** The second level gives the guest pages that hold the host's own page tables. */
    MAPS_HOST_TABLES("maps-host-tables"),
    /** A root that maps memory for user code, but is no listed process's. */
    OWNERLESS_ROOT("ownerless-root");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The name in answers. */
    @Override
    public String toString() {
      return label;
    }
  }

  /**
   * A run of pages.
   *
   * @param guest guest-physical address of the first
   * @param host host-physical address it is mapped to
   * @param length in bytes
   * @param permissions what the second level allows there
   */
  public record Run(long guest, long host, long length, int permissions) {}
}
