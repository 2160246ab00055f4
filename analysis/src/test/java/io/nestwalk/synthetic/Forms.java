package io.nestwalk.synthetic;

import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import java.util.List;
import java.util.Random;

/** Random choices among all forms of tables that the architectures allow. */
public enum Forms {
  /** First-stage tables of x86. */
  X86 {
    @Override
    public TableForm any(Random random) {
      return switch (random.nextInt(6)) {
        case 0 -> X86Form.twoLevel(false);
        case 1 -> X86Form.twoLevel(true);
        case 2 -> X86Form.pae(36 + random.nextInt(17));
        case 3 -> X86Form.longMode(5, 36 + random.nextInt(17));
        default -> X86Form.longMode(4, 36 + random.nextInt(17));
      };
    }
  },
  /** Intel's extended page tables. */
  EPT {
    @Override
    public TableForm any(Random random) {
      return new EptForm(4 + random.nextInt(2), 36 + random.nextInt(17));
    }
  },
  /** AMD's nested tables, whatever mode the host is in. */
  NPT {
    @Override
    public TableForm any(Random random) {
      return switch (random.nextInt(5)) {
        case 0 -> X86Form.nestedTwoLevel();
        case 1 -> X86Form.nestedPae(36 + random.nextInt(17));
        case 2 -> X86Form.nestedLong(5, 36 + random.nextInt(17));
        default -> X86Form.nestedLong(4, 36 + random.nextInt(17));
      };
    }
  },
  /** Stage 1 of AArch64. */
  ARM_STAGE_1 {
    @Override
    public TableForm any(Random random) {
      Granule granule = granule(random);
      OutputSize output = random.nextBoolean() ? OutputSize.BITS_48 : wide(granule);
      int highest = output == OutputSize.BITS_48 ? 48 : 52;
      int lowest = granule == Granule.KIB_64 ? 17 : 16;
      int inputBits = lowest + random.nextInt(highest - lowest + 1);
      return ArmForm.stage1(granule, inputBits, random.nextBoolean(), output);
    }
  },
  /** Stage 2 of AArch64. */
  ARM_STAGE_2 {
    @Override
    public TableForm any(Random random) {
      Granule granule = granule(random);
      OutputSize output = random.nextBoolean() ? OutputSize.BITS_48 : wide(granule);
      int highest = output == OutputSize.BITS_48 ? 48 : 52;
      while (true) {
        int startLevel = -1 + random.nextInt(5);
        int shift = ArmForm.shiftOf(granule.shift(), startLevel);
        // One bit up to a full table, four more with concatenated ones.
        int inputBits = shift + 1 + random.nextInt(granule.shift() - 3 + 4);
        boolean exists = startLevel >= 0 || granule == Granule.KIB_4;
        if (exists && inputBits <= highest) {
          return ArmForm.stage2(granule, inputBits, startLevel, output);
        }
      }
    }
  },
  /** RISC-V, both stages. */
  RISCV {
    @Override
    public TableForm any(Random random) {
      return new RiscvForm(3 + random.nextInt(3), random.nextBoolean());
    }
  };

  /** In an order that does not change: files name forms by their number. */
  private static final List<Forms> NUMBERED =
      List.of(X86, EPT, NPT, ARM_STAGE_1, ARM_STAGE_2, RISCV);

  /** The forms that a byte of a file stands for; any byte stands for some. */
  public static Forms numbered(byte number) {
    return NUMBERED.get(Byte.toUnsignedInt(number) % NUMBERED.size());
  }

  /** The byte that stands for these forms. */
  public byte number() {
    return (byte) NUMBERED.indexOf(this);
  }

  /** One of the forms. */
  public abstract TableForm any(Random random);

  private static OutputSize wide(Granule granule) {
    return granule == Granule.KIB_64 ? OutputSize.LPA : OutputSize.LPA2;
  }

  private static Granule granule(Random random) {
    Granule[] granules = Granule.values();
    return granules[random.nextInt(granules.length)];
  }
}
