package io.nestwalk.synthetic;

import io.nestwalk.synthetic.TableForm.Flaw;
import io.nestwalk.synthetic.TableForm.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Fills a hierarchy with whatever a processor may meet. */
public final class RandomTables {

  private static final int MAX_TABLES = 14;
  private static final int MAX_BACK = 2;

  private final TableBuilder builder;
  private final TableForm form;
  private final Random random;
  private final Frames pages;
  private final boolean honest;
  private final List<TableNode> path = new ArrayList<>();
  private final List<TableNode> shareable = new ArrayList<>();
  private int tables = 1;
  private int back;

  private RandomTables(TableBuilder builder, Random random, Frames pages, boolean honest) {
    this.builder = builder;
    this.random = random;
    this.pages = pages;
    this.honest = honest;
    form = builder.form();
  }

  /**
   * Fills the builder's tables.
   *
   * @param pages where mapped pages lie
   * @param honest without entries that lead back up
   * @return whether all of it is foretold: no entry leads back
   */
  public static boolean fill(TableBuilder builder, Random random, Frames pages, boolean honest) {
    RandomTables filler = new RandomTables(builder, random, pages, honest);
    filler.fill(builder.rootTable());
    return filler.back == 0;
  }

  private void fill(TableNode table) {
    path.add(table);
    Tier tier = form.tiers().get(table.depth());
    int count = 1 + random.nextInt(table.depth() == form.bottom() ? 6 : 4);
    for (int i = 0; i < count; i++) {
      int index = index(tier, i);
      if (!table.slots().containsKey(index)) {
        entry(table, index);
      }
    }
    path.removeLast();
  }

  /** The first and the last entry are where mistakes show. */
  private int index(Tier tier, int i) {
    if (i == 0) {
      return switch (random.nextInt(4)) {
        case 0 -> 0;
        case 1 -> tier.entries() - 1;
        case 2 -> tier.entries() / 2;
        default -> random.nextInt(tier.entries());
      };
    }
    return random.nextInt(tier.entries());
  }

  private void entry(TableNode table, int index) {
    int depth = table.depth();
    Tier tier = form.tiers().get(depth);
    boolean bottom = depth == form.bottom();
    int choice = random.nextInt(20);
    if (choice < 2) {
      builder.hole(table, index, form.hole(random));
    } else if (choice < 4) {
      Flaw flaw = form.flaw(random, depth, table.address());
      if (flaw != null) {
        builder.flaw(table, index, flaw);
      }
    } else if (choice == 4 && !bottom) {
      builder.tableNowhere(table, index, form.tableRights(random, table.depth()));
    } else if (choice == 5 && !bottom && !honest && back < MAX_BACK) {
      TableNode above = path.get(random.nextInt(path.size()));
      // A small root is no table that an entry can name.
      if (Long.numberOfTrailingZeros(above.address()) >= form.tableAlignment()) {
        back++;
        builder.back(table, index, above);
      }
    } else if (tier.pages() && (bottom || choice < 10)) {
      long target = pages.take(tier.pageSize(), tier.shift(), form.pageAddressBits(depth));
      builder.page(table, index, target, form.pageRights(random), form.pageNoise(random, depth));
    } else if (!bottom) {
      below(table, index);
    }
  }

  private void below(TableNode table, int index) {
    int rights = form.tableRights(random, table.depth());
    long noise = form.tableNoise(random, table.depth());
    for (TableNode shared : shareable) {
      if (shared.depth() == table.depth() + 1 && random.nextInt(8) == 0) {
        builder.link(table, index, shared, rights, noise);
        return;
      }
    }
    if (tables < MAX_TABLES) {
      tables++;
      TableNode child = builder.table(table, index, rights, noise);
      fill(child);
      shareable.add(child);
    }
  }
}
