package io.nestwalk.extract;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.LazySystem;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.Passage;
import io.nestwalk.memory.RunVisitor;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Translation;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.SystemFacts;
import java.util.List;
import java.util.Optional;

/** A system of which nothing is known but what a test says. */
abstract class PlainGuest implements GuestSystem {

  @Override
  public SystemFacts facts() {
    return SystemFacts.builder("Linux", "6.1", 0).build();
  }

  @Override
  public List<GuestProcess> processes() {
    return List.of();
  }

  @Override
  public List<GuestMapping> mappings(GuestProcess process) {
    return List.of();
  }

  @Override
  public Optional<Layer> memoryOf(GuestProcess process) {
    return Optional.empty();
  }

  @Override
  public Layer kernelMemory() {
    return Nothing.MAPPED;
  }

  @Override
  public List<String> warnings() {
    return List.of();
  }

  /** Tables that map nothing. */
  private enum Nothing implements Layer {
    MAPPED;

    @Override
    public Memory below() {
      return AbsentMemory.INSTANCE;
    }

    @Override
    public long translate(long address) {
      return Translation.of(Fault.NOT_PRESENT);
    }

    @Override
    public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
      return Enumerated.ALL;
    }

    @Override
    public Passage pass(long address) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Layer fork() {
      return this;
    }
  }

  /** A machine that it runs on. */
  Machine machine(Architecture architecture, Memory physical, Cpu... cpus) {
    return new Machine(
        Machine.HOST,
        Optional.empty(),
        architecture,
        physical,
        Optional.empty(),
        SecondLevel.NONE,
        Optional.empty(),
        List.of(),
        List.of(cpus),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new LazySystem(GuestSystems.NONE.with(_ -> Optional.of(this))));
  }
}
