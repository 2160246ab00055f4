package io.nestwalk.search;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.paging.RiscvModes;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.TableDetector;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.util.List;

/** RISC-V of 64 bits. */
enum Riscv64 implements Isa {
  INSTANCE;

  private static final TableDetector TABLES = new TableDetector(RiscvModes.sv(4));

  @Override
  public Architecture architecture() {
    return Architecture.RISCV64;
  }

  @Override
  public List<PageDetector<?>> detectors() {
    return tableDetectors();
  }

  @Override
  public List<PageDetector<?>> tableDetectors() {
    return List.of(TABLES);
  }

  @Override
  public Sightings sightings(Survey survey, Survey tables) {
    return Sightings.ofTables(tables.found(TABLES), List.of());
  }

  @Override
  public SecondLevelSearch secondLevels(SearchContext context) {
    return new RiscvSecondLevels(context);
  }

  /** None: satp names the root, or nothing does. */
  @Override
  public List<Root> likelyRoots(Cpu cpu, SearchContext context, boolean alone) {
    return List.of();
  }
}
