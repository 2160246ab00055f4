package io.nestwalk.image.qemu;

import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.TestMachine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A stream in which every page comes twice. */
class MigrationStreamAgreementTest extends FormatAgreementTest {

  static final Set<String> MORE =
      Set.of(
          "efer",
          "cs",
          "ss",
          "ds",
          "es",
          "fs",
          "gs",
          "tr",
          "cs_flags",
          "gdt_base",
          "gdt_limit",
          "idt_base",
          "idt_limit",
          "star",
          "lstar",
          "cstar",
          "kernel_gs_base",
          "fs_base",
          "gs_base",
          "tr_base");

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("stream.qevm");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      writer(machine).write(out);
    }
    return file;
  }

  MigrationStreamWriter writer(TestMachine machine) {
    return new MigrationStreamWriter(machine);
  }

  @Override
  protected String format() {
    return "qemu";
  }

  @Override
  protected Set<String> registers() {
    return union(union(GENERAL, CONTROL), MORE);
  }
}
