package io.nestwalk.synthetic;

import io.nestwalk.paging.Fault;
import io.nestwalk.synthetic.TableForm.Flaw;
import io.nestwalk.synthetic.TableForm.Tier;
import io.nestwalk.synthetic.TableNode.Kind;
import io.nestwalk.synthetic.TableNode.Slot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Writes page tables of any form into memory and remembers what it wrote. */
public final class TableBuilder {

  /**
   * A mapped page.
   *
   * @param address its input address
   * @param target where it lies
   * @param pageShift log2 of its size
   * @param permissions what may be done with it
   */
  public record Leaf(long address, long target, int pageShift, int permissions) {}

  private final TableForm form;
  private final WritableMemory memory;
  private final Frames frames;
  private final TableNode root;

  /** Begins with an empty root. */
  public TableBuilder(TableForm form, WritableMemory memory, Frames frames) {
    this.form = form;
    this.memory = memory;
    this.frames = frames;
    int rootBits = form.rootAddressBits();
    root = new TableNode(frames.take(form.rootBytes(), form.rootAlignment(), rootBits), 0);
    memory.touch(root.address(), form.rootBytes());
  }

  /** What is written. */
  public TableForm form() {
    return form;
  }

  /** The root table's address. */
  public long root() {
    return root.address();
  }

  /** The root table. */
  public TableNode rootTable() {
    return root;
  }

  /** Maps one page of 2^{@code pageShift} bytes; tables on the way allow everything. */
  public void map(long address, long target, int pageShift, int rights) {
    TableNode table = root;
    while (form.tiers().get(table.depth()).shift() != pageShift) {
      int index = index(table, address);
      Slot slot = table.slots().get(index);
      table = slot == null ? table(table, index, Rights.ALL, form.usualTableBits()) : slot.child();
    }
    page(table, index(table, address), target, rights, form.usualPageBits());
  }

  /** Whether {@link #map} can map a page of that size there without replacing anything. */
  public boolean canMap(long address, int pageShift) {
    TableNode table = root;
    while (form.tiers().get(table.depth()).shift() > pageShift) {
      Slot slot = table.slots().get(index(table, address));
      if (slot == null) {
        return true;
      }
      if (slot.child() == null) {
        return false;
      }
      table = slot.child();
    }
    return form.tiers().get(table.depth()).shift() == pageShift
        && !table.slots().containsKey(index(table, address));
  }

  /** Maps a range with pages of one size. */
  public void map(long address, long target, int pageShift, long length, int rights) {
    for (long done = 0; done < length; done += 1L << pageShift) {
      map(address + done, target + done, pageShift, rights);
    }
  }

  /** Writes an entry that names a new table. */
  TableNode table(TableNode parent, int index, int rights, long noise) {
    int shift = form.tableAlignment();
    TableNode child =
        new TableNode(frames.take(1L << shift, shift, form.tableAddressBits()), parent.depth() + 1);
    memory.touch(child.address(), 1L << shift);
    link(parent, index, child, rights, noise);
    return child;
  }

  /** Writes an entry that names a table which others may name too. */
  void link(TableNode parent, int index, TableNode child, int rights, long noise) {
    long value = form.table(parent.depth(), child.address(), rights) | noise;
    write(parent, index, new Slot(Kind.TABLE, value, child.address(), rights, child, null));
  }

  /** Writes an entry that names a table where there is no memory. */
  void tableNowhere(TableNode parent, int index, int rights) {
    int shift = form.tableAlignment();
    long nowhere = frames.take(1L << shift, shift, form.tableAddressBits());
    long value = form.table(parent.depth(), nowhere, rights);
    write(parent, index, new Slot(Kind.TABLE, value, nowhere, rights, null, null));
  }

  /** Writes an entry that leads back to a table at or above its own. */
  void back(TableNode parent, int index, TableNode above) {
    long value = form.table(parent.depth(), above.address(), Rights.ALL);
    write(parent, index, new Slot(Kind.BACK, value, above.address(), Rights.ALL, null, null));
  }

  /** Writes an entry that maps a page. */
  void page(TableNode table, int index, long target, int rights, long noise) {
    long value = form.page(table.depth(), target, rights) | noise;
    write(table, index, new Slot(Kind.PAGE, value, target, rights, null, null));
  }

  /** Writes an entry that is not present, whatever else it holds. */
  void hole(TableNode table, int index, long value) {
    write(table, index, new Slot(Kind.FAULT, value, 0, 0, null, Fault.NOT_PRESENT));
  }

  /** Writes an entry that a processor refuses. */
  void flaw(TableNode table, int index, Flaw flaw) {
    write(table, index, new Slot(Kind.FAULT, flaw.entry(), 0, 0, null, flaw.fault()));
  }

  private void write(TableNode table, int index, Slot slot) {
    table.slots().put(index, slot);
    long address = table.address() + (long) index * form.entryBytes();
    if (form.entryBytes() == Long.BYTES) {
      memory.putLong(address, slot.value());
    } else {
      memory.putInt(address, (int) slot.value());
    }
  }

  /** What must come of an address. */
  public Lookup lookup(long address) {
    List<Lookup.Entry> entries = new ArrayList<>();
    int bits = form.inputBits();
    if (bits < Long.SIZE && form.extend(address & (1L << bits) - 1) != address) {
      return fault(Fault.NOT_CANONICAL, entries);
    }
    TableNode table = root;
    int limit = Rights.ALL;
    while (true) {
      int index = index(table, address);
      Slot slot = table.slots().get(index);
      entries.add(entry(table.address(), index, slot == null ? 0 : slot.value()));
      if (slot == null) {
        return fault(Fault.NOT_PRESENT, entries);
      }
      switch (slot.kind()) {
        case FAULT -> {
          return fault(slot.fault(), entries);
        }
        case BACK -> {
          return new Lookup(false, Optional.empty(), 0, 0, 0, entries);
        }
        case PAGE -> {
          Tier tier = form.tiers().get(table.depth());
          long target = slot.target() + Math.floorMod(address, tier.pageSize());
          int permissions = form.permissions(limit, slot.rights());
          return new Lookup(true, Optional.empty(), target, tier.shift(), permissions, entries);
        }
        case TABLE -> {
          limit &= slot.rights();
          if (slot.child() == null) {
            Tier below = form.tiers().get(table.depth() + 1);
            int missing = (int) (address >>> below.shift()) & below.entries() - 1;
            entries.add(entry(slot.target(), missing, 0));
            return fault(Fault.TABLE_MISSING, entries);
          }
          table = slot.child();
        }
      }
    }
  }

  private Lookup.Entry entry(long table, int index, long value) {
    return new Lookup.Entry(table, table + (long) index * form.entryBytes(), value);
  }

  private static Lookup fault(Fault fault, List<Lookup.Entry> entries) {
    return new Lookup(true, Optional.of(fault), 0, 0, 0, entries);
  }

  private int index(TableNode table, long address) {
    Tier tier = form.tiers().get(table.depth());
    return (int) (address >>> tier.shift()) & tier.entries() - 1;
  }

  /** Every page that was mapped, in ascending order of unsigned input address. */
  public List<Leaf> leaves() {
    List<Leaf> leaves = new ArrayList<>();
    collect(root, 0, Rights.ALL, leaves);
    leaves.sort(Comparator.comparing(Leaf::address, Long::compareUnsigned));
    return leaves;
  }

  private void collect(TableNode table, long low, int limit, List<Leaf> leaves) {
    Tier tier = form.tiers().get(table.depth());
    for (Map.Entry<Integer, Slot> entry : table.slots().entrySet()) {
      long address = low | (long) entry.getKey() << tier.shift();
      Slot slot = entry.getValue();
      if (slot.kind() == Kind.PAGE) {
        leaves.add(
            new Leaf(
                form.extend(address),
                slot.target(),
                tier.shift(),
                form.permissions(limit, slot.rights())));
      } else if (slot.child() != null) {
        collect(slot.child(), address, limit & slot.rights(), leaves);
      }
    }
  }

  /** The first input address of every entry that was written, whatever it is. */
  public List<Long> writtenAddresses() {
    List<Long> addresses = new ArrayList<>();
    collectAddresses(root, 0, addresses);
    return addresses;
  }

  private void collectAddresses(TableNode table, long low, List<Long> addresses) {
    Tier tier = form.tiers().get(table.depth());
    table
        .slots()
        .forEach(
            (index, slot) -> {
              long address = low | (long) index << tier.shift();
              addresses.add(form.extend(address));
              if (slot.child() != null) {
                collectAddresses(slot.child(), address, addresses);
              }
            });
  }

  /** The addresses of all tables and their levels' depths; shared tables once. */
  public Map<Long, Integer> tables() {
    Map<Long, Integer> tables = new TreeMap<>();
    collectTables(root, tables);
    return tables;
  }

  private static void collectTables(TableNode table, Map<Long, Integer> tables) {
    tables.put(table.address(), table.depth());
    for (Slot slot : table.slots().values()) {
      if (slot.child() != null) {
        collectTables(slot.child(), tables);
      }
    }
  }
}
