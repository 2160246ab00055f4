package io.nestwalk.finding;

/** What makes something a finding. Not every finding is an attack. */
public enum Rule {
  /** Both writable and executable. */
  WRITABLE_EXECUTABLE(
      "writable-executable",
      Subject.MAPPINGS,
      "code can be put there at run time; programs that compile as they run do so too"),
  /** Executable, and no file backs it. */
  ANONYMOUS_EXECUTABLE(
      "anonymous-executable",
      Subject.MAPPINGS,
      "code that no file backs was made or injected at run time"),
  /** The file has been deleted. */
  DELETED_FILE(
      "deleted-file",
      Subject.MAPPINGS,
      "a file in use was removed or replaced: an update does so, and who hides a program"),
  /** An image that no file backs. */
  IMAGE_WITHOUT_FILE(
      "image-without-file",
      Subject.PROCESS_MODULES,
      "a program was made to pass for a loaded image, or its file's object is not in memory"),
  /** An image that the process's own lists do not have. */
  UNLISTED_MODULE(
      "unlisted-module",
      Subject.PROCESS_MODULES,
      "a library was taken out of its process's lists, or was mapped past the loader; one that is"
          + " used for its resources alone is in no list either"),
  /** A process that not all sources list. */
  NOT_IN_ALL_LISTS(
      "not-in-all-lists",
      Subject.PROCESSES,
      "a process was taken out of a list to hide it, or was just starting or ending"),
  /** What a process says of itself is not what the kernel knows of it. */
  CONTRADICTS_KERNEL(
      "contradicts-kernel",
      Subject.PROCESSES,
      "a process passes for another program, or its program was replaced after it was started"),
  /** A root that maps memory for user code, but is no listed process's. */
  OWNERLESS_ROOT(
      "ownerless-root",
      Subject.ROOTS,
      "a process was hidden from every list, or has ended and its tables were not overwritten"),
  /** A check of the kernel found something that is not as in a kernel that nobody has changed. */
  CHANGED_KERNEL(
      "changed-kernel",
      Subject.KERNEL,
      "the kernel was hooked, or something in it was hidden; 'check' has the details"),
  /** Second-level pages with fewer rights than nearly all others: execute-only, read-only. */
  RESTRICTED_PAGES(
      "restricted-pages",
      Subject.SECOND_LEVEL,
      "a hypervisor hides or guards pages so; it also write-protects what it tracks"),
  /**
   * Tables that map addresses to themselves map these elsewhere: a page was swapped for another.
   */
  REMAPPED_PAGES(
      "remapped-pages",
      Subject.SECOND_LEVEL,
      "a page was swapped for another where all others are mapped to themselves"),
  /** Two second-level roots of one machine map a page differently: the classic EPT hook. */
  ROOTS_DISAGREE(
      "roots-disagree",
      Subject.SECOND_LEVEL,
      "the guest reads one page and runs another: the classic hook in a second level"),
  /** The second level maps memory that the image does not hold. */
  OUTSIDE_IMAGE(
      "outside-image",
      Subject.SECOND_LEVEL,
      "devices are mapped so; else the image lacks memory of the guest"),
  /** The second level gives the guest pages that hold second-level tables. */
  MAPS_TABLES(
      "maps-tables", Subject.SECOND_LEVEL, "the guest can read or change how it is translated"),
  /** The second level gives the guest pages that hold the host's own page tables. */
  MAPS_HOST_TABLES(
      "maps-host-tables", Subject.SECOND_LEVEL, "the guest can reach its host's memory"),
  /** Pages that more than one guest has. */
  SHARED_PAGES(
      "shared-pages",
      Subject.GUESTS,
      "the host merged pages that were alike (they can't be written), or guests share memory: what"
          + " two may write leads from one into the other"),
  /** Second-level tables and the hypervisor's memory slots map a page differently. */
  SLOTS_DISAGREE(
      "slots-disagree",
      Subject.SLOTS,
      "a page was moved behind the hypervisor's back, or the tables are out of date"),
  /** Tables that map more than plausible tables do; they were followed in part. */
  ENDLESS_TABLES(
      "endless-tables",
      Subject.PAGES,
      "tables that name themselves or fan out: a trap, a chance, or damage; a part was followed");

  /** What a rule looks at. */
  enum Subject {
    MAPPINGS,
    PROCESS_MODULES,
    PROCESSES,
    ROOTS,
    KERNEL,
    SECOND_LEVEL,
    SLOTS,
    GUESTS,
    PAGES
  }

  private final String label;
  private final Subject subject;
  private final String reason;

  Rule(String label, Subject subject, String reason) {
    this.label = label;
    this.subject = subject;
    this.reason = reason;
  }

  Subject subject() {
    return subject;
  }

  /** Why it matters, for people. */
  public String reason() {
    return reason;
  }

  /** The name in answers and queries. */
  @Override
  public String toString() {
    return label;
  }
}
