package io.nestwalk.synthetic;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.TableBuilder.Leaf;
import io.nestwalk.synthetic.TableForm.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A guest's random tables inside memory behind random second-level tables. */
public final class TwoStages {

  private final Random random;
  private final TableBuilder guest;
  private final TableBuilder second;
  private final SparseMemory guestMemory = new SparseMemory();
  private final SparseMemory hostMemory = new SparseMemory();
  private final Frames hostFrames;

  /**
   * Makes the tables.
   *
   * @param guestForm the guest's
   * @param secondForm what is below it
   */
  public TwoStages(TableForm guestForm, TableForm secondForm, Random random) {
    this.random = random;
    boolean anywhere = random.nextInt(4) == 0;
    Frames guestFrames =
        anywhere ? Frames.scattered(random) : Frames.scattered(random, secondForm.inputBits());
    guest = new TableBuilder(guestForm, guestMemory, guestFrames);
    RandomTables.fill(guest, random, guestFrames, true);
    hostFrames = Frames.scattered(random);
    second = new TableBuilder(secondForm, hostMemory, hostFrames);
    guestMemory.pages().forEach(this::back);
    for (Leaf leaf : guest.leaves()) {
      long offset = random.nextLong() & (1L << leaf.pageShift()) - 1;
      back(leaf.target());
      back(leaf.target() + offset & -SparseMemory.PAGE);
    }
    for (long page : guestMemory.pages()) {
      Lookup below = second.lookup(page);
      if (below.fault().isEmpty()) {
        hostMemory.put(below.target(), guestMemory.page(page));
      }
    }
  }

  /** Maps a guest's page by a small page or by one of the large ones around it, or not at all. */
  private void back(long guestAddress) {
    if (second.lookup(guestAddress).fault().equals(Optional.of(Fault.NOT_CANONICAL))
        || random.nextInt(16) == 0) {
      return;
    }
    TableForm form = second.form();
    int depth = form.bottom() - (random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0);
    if (depth < 0 || !form.tiers().get(depth).pages()) {
      depth = form.bottom();
    }
    Tier tier = form.tiers().get(depth);
    if (second.canMap(guestAddress, tier.shift())) {
      long target = hostFrames.take(tier.pageSize(), tier.shift(), form.pageAddressBits(depth));
      long page = guestAddress & -tier.pageSize();
      second.map(page, target, tier.shift(), form.pageRights(random));
    }
  }

  /** The guest's tables, at guest-physical addresses. */
  public TableBuilder guest() {
    return guest;
  }

  /** The tables below. */
  public TableBuilder second() {
    return second;
  }

  /** The host's memory, which may be written as long as {@link #host} was not called. */
  public SparseMemory hostMemory() {
    return hostMemory;
  }

  /** The host's memory as it is now. */
  public PhysicalMemory host() {
    return hostMemory.memory();
  }

  /** The guest's virtual memory in a host's memory. */
  public TranslatedMemory virtual(PhysicalMemory host) {
    TranslatedMemory physical =
        TranslatedMemory.of(host, new Walker(second.form().mode(), second.root(), host));
    return TranslatedMemory.of(physical, new Walker(guest.form().mode(), guest.root(), physical));
  }

  /** Where the host keeps a guest-physical address, by the record. */
  public Lookup below(long guestAddress) {
    return second.lookup(guestAddress);
  }

  /** Guest-virtual addresses worth asking for. */
  public List<Long> addresses() {
    List<Long> addresses = new ArrayList<>(guest.writtenAddresses());
    for (Leaf leaf : guest.leaves()) {
      for (int i = 0; i < 3; i++) {
        addresses.add(leaf.address() + (random.nextLong() & (1L << leaf.pageShift()) - 1));
      }
      addresses.add(leaf.address() + (1L << leaf.pageShift()) - 1);
    }
    return addresses;
  }
}
