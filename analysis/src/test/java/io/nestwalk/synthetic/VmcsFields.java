package io.nestwalk.synthetic;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Where a processor keeps the fields of its VMCS that matter here, and how it calls that: byte
 * offsets into the page.
 *
 * @param revision the identifier of the layout
 */
public record VmcsFields(
    int revision,
    int eptp,
    int link,
    int guestCr0,
    int guestCr3,
    int guestCr4,
    int guestRip,
    int hostCr0,
    int hostCr3,
    int hostCr4,
    int hostRip) {

  private static final int FIELD_COUNT = 10;

  /** The layout that KVM gives its guests since 4.17: struct vmcs12, frozen. */
  public static final VmcsFields KVM =
      new VmcsFields(0x11e57ed0, 120, 176, 424, 432, 440, 544, 584, 592, 600, 672);

  /** The layout of KVM before: the same identifier, other places. */
  public static final VmcsFields KVM_OF_2014 =
      new VmcsFields(0x11e57ed0, 112, 128, 368, 376, 384, 488, 528, 536, 544, 616);

  /** Hyper-V's enlightened VMCS, version 1. */
  public static final VmcsFields ENLIGHTENED =
      new VmcsFields(1, 624, 416, 544, 552, 560, 816, 40, 48, 56, 80);

  /** The same under the revision that KVM told its guest. */
  public static final VmcsFields ENLIGHTENED_ON_KVM =
      new VmcsFields(0x11e57ed0, 624, 416, 544, 552, 560, 816, 40, 48, 56, 80);

  /** Haswell's layout. */
  public static final VmcsFields HASWELL =
      new VmcsFields(0x12, 320, 248, 520, 528, 536, 472, 808, 816, 824, 776);

  /** A layout of a processor that nobody knows. */
  public static VmcsFields unknown(Random random) {
    List<Integer> places = new ArrayList<>();
    for (int offset = 16; offset < 1024; offset += Long.BYTES) {
      places.add(offset);
    }
    Collections.shuffle(places, random);
    List<Integer> p = places.subList(0, FIELD_COUNT);
    return new VmcsFields(
        0x100 + random.nextInt(0x10000),
        p.get(0),
        p.get(1),
        p.get(2),
        p.get(3),
        p.get(4),
        p.get(5),
        p.get(6),
        p.get(7),
        p.get(8),
        p.get(9));
  }
}
