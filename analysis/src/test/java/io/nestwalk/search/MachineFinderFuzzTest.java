package io.nestwalk.search;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.synthetic.MemoryWords;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.VmcsFields;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any memory is searched for machines; whatever is found can be described and read. */
class MachineFinderFuzzTest {

  private static final int MIB = 1 << 20;

  private static final ImageFile FILE =
      ImageFile.over(MemorySegment.ofArray(new byte[1]), Path.of("test"), "test", "");

  static Stream<byte[]> hosts() {
    SparseMemory amd = new SparseMemory();
    SyntheticMachine amdHost = new SyntheticMachine(amd, 8 * MIB, 2);
    amdHost.addHostSave(0);
    amdHost.addAmdGuest(2 * MIB, 1);
    SparseMemory intel = new SparseMemory();
    new SyntheticMachine(intel, 8 * MIB, 2).addIntelGuest(2 * MIB, 1, VmcsFields.KVM);
    return Stream.of(amd, intel).map(MemoryWords::encode);
  }

  @MethodSource("hosts")
  @FuzzTest
  void finds(byte[] words) {
    if (words == null || words.length == 0) {
      return;
    }
    MemoryImage image =
        MemoryImage.of(FILE, "test", MemoryWords.decode(ByteBuffer.wrap(words)).memory())
            .architecture(
                words.length % 4 == 0 ? Optional.of(Architecture.X86_64) : Optional.empty())
            .build();
    Machines machines = MachineFinder.find(image, 1, Progress.NONE);
    for (Machine machine : machines.all()) {
      machine.currentSpace().ifPresent(space -> space.getByte(0x40_0000));
      machine.roots().forEach(root -> machine.space(root.mode(), root.address()).getByte(0));
      if (machine.physical().getByte(0) > 0xff) {
        throw new AssertionError(machine);
      }
    }
  }
}
