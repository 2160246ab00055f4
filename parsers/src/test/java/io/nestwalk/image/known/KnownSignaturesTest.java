package io.nestwalk.image.known;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownSignaturesTest {

  private final KnownSignatures known = new KnownSignatures();

  /** The bytes are those that the formats' writers put there, written out independently. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4449534b44554d50 | diskdump",
        "4d444d50 | minidump of one process",
        "edeb0ff0 | old Xen core",
        "eeeb0ff0 | old Xen core",
        "0000648684191007 | Firecracker",
        "0000aaaa84191007 | Firecracker",
        "68696272 | hibernation",
        "77616b65 | hibernation",
        "52535452 | hibernation",
        "5a444d50 | a DumpIt compressed dump (ZDMP), which is not supported; unpack it with z2dmp",
        "6d696e6964756d7020467265654253442f616d643634 | FreeBSD minidump",
        "19435654 | CRIU",
        "40591055 | CRIU",
        "cffaedfe | Mach-O",
        "4b444d56 | VMware disk image",
        "434f5744 | VMware disk image",
        "7668647866696c65 | vhdx",
        "636f6e6563746978 | .vhd",
        "514649fb00000001 | qcow, version 1",
        "57697468 6f757446 72656553 70616365 | Parallels",
        "d4c3b2a1 | network capture",
        "0a0d0d0a | network capture",
        "72656766 | registry hive",
        "526172211a07 | RAR archive; unpack it",
        "1f9d90 | compress",
        "4c554b53babe | LUKS",
        "584653420000 | XFS",
        "4556460d0a810000 | -"
      })
  void filesAreNamedByTheirFirstBytes(String hex, String expected) {
    byte[] magic = HexFormat.of().parseHex(hex.replace(" ", ""));
    Probe probe = known.probe(file(Arrays.copyOf(magic, 512)));
    if (expected.equals("-")) {
      assertThat(probe.confidence()).isEqualTo(Probe.Confidence.NO);
      return;
    }
    assertThat(probe.confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(probe.reason()).contains(expected);
    magic[0] ^= 0x10;
    assertThat(known.probe(file(Arrays.copyOf(magic, 512))).reason()).doesNotContain(expected);
  }

  @Test
  void aFileShorterThanASignatureIsNotRecognised() {
    assertThat(known.probe(file(new byte[] {'h', 'i', 'b'})).confidence())
        .isEqualTo(Probe.Confidence.NO);
  }

  @Test
  void nothingIsOpened() {
    assertThat(known.isReadable()).isFalse();
    assertThatThrownBy(
            () -> known.open(file(new byte[] {'h', 'i', 'b', 'r'}), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("hibernation");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0x40 | 7f10dabe | VirtualBox disk",
        "0x200 | 4546492050415254 00000100 | GUID partition table",
        "0x1000 | 4546492050415254 00000100 | GUID partition table",
        "0x200 | 4c4142454c4f4e45 | LVM",
        "0x8001 | 434430303101 | ISO 9660",
        "0x10040 | 5f42485266535f4d | btrfs",
        "0xff6 | 533153555350454e4400 | hibernated",
        "0xff6 | 53574150535041434532 | swap area",
        "-512 | 636f6e6563746978 | .vhd",
        "-512 | 6b6f6c79 00000004 | .dmg"
      })
  void marksInsideAFileCount(String at, String hex, String expected) {
    byte[] magic = HexFormat.of().parseHex(hex.replace(" ", ""));
    byte[] file = new byte[0x1_1000];
    int offset = Integer.decode(at);
    System.arraycopy(magic, 0, file, offset < 0 ? file.length + offset : offset, magic.length);
    assertThat(known.probe(file(file)).confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(known.probe(file(file)).reason()).contains(expected);
    file[(offset < 0 ? file.length + offset : offset) + 1] ^= 1;
    assertThat(known.probe(file(file)).confidence()).isEqualTo(Probe.Confidence.NO);
  }

  @Test
  void aDiskWithAPartitionTableIsNamed() {
    byte[] disk = new byte[4096];
    disk[510] = 0x55;
    disk[511] = (byte) 0xaa;
    assertThat(known.probe(file(disk)).confidence()).isEqualTo(Probe.Confidence.NO);
    disk[446] = (byte) 0x80;
    disk[446 + 4] = (byte) 0x83;
    disk[446 + 9] = 8; // from sector 2048 on
    disk[446 + 14] = 1; // 65,536 sectors
    assertThat(known.probe(file(disk)).reason()).contains("disk image (with a partition table)");
    disk[446 + 16] = 0x7f; // no status of a partition
    assertThat(known.probe(file(disk)).confidence()).isEqualTo(Probe.Confidence.NO);
  }

  @Test
  void bootSectorsOfFileSystemsAreNamed() {
    byte[] disk = new byte[4096];
    System.arraycopy("NTFS    ".getBytes(StandardCharsets.US_ASCII), 0, disk, 3, 8);
    assertThat(known.probe(file(disk)).confidence()).isEqualTo(Probe.Confidence.NO);
    disk[510] = 0x55;
    disk[511] = (byte) 0xaa;
    assertThat(known.probe(file(disk)).reason()).contains("NTFS");
  }

  @Test
  void anExtFileSystemIsNamedByItsSuperblock() {
    byte[] disk = new byte[8192];
    disk[1024] = 16; // inodes
    disk[1028] = 64; // blocks
    disk[1024 + 0x18] = 2; // blocks of 4096
    disk[1024 + 0x38] = 0x53;
    disk[1024 + 0x39] = (byte) 0xef;
    disk[1024 + 0x3a] = 1; // clean
    disk[1024 + 0x3c] = 1; // go on after errors
    assertThat(known.probe(file(disk)).reason()).contains("ext4");
    disk[1024 + 0x3c] = 9;
    assertThat(known.probe(file(disk)).confidence()).isEqualTo(Probe.Confidence.NO);
  }

  @Test
  void aProgramIsNamedButAnArmKernelMayBeginAMemory() {
    byte[] program = new byte[4096];
    program[0] = 'M';
    program[1] = 'Z';
    program[0x3c] = (byte) 0x80;
    program[0x80] = 'P';
    program[0x81] = 'E';
    program[0x84] = 0x64;
    program[0x85] = (byte) 0x86;
    assertThat(known.probe(file(program)).reason()).contains("program (PE)");
    program[0x85] = (byte) 0xaa; // ARM64
    assertThat(known.probe(file(program)).confidence()).isEqualTo(Probe.Confidence.NO);
  }

  private static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }
}
