package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.MemoryRun;
import java.util.List;

/**
 * What the file beside a memory file tells.
 *
 * @param architecture of the machine
 * @param runs where the memory file's bytes belong; empty when it does not tell
 * @param cpus with their registers
 * @param warnings what it does not tell
 */
record SideState(
    Architecture architecture, List<MemoryRun> runs, List<Cpu> cpus, List<String> warnings) {}
