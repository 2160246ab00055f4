package io.nestwalk.image.hyperv;

import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.TestMachine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A saved state with blocks of every kind. */
class VmrsAgreementTest extends FormatAgreementTest {

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("machine.VMRS");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      new VmrsWriter(machine).write(out);
    }
    return file;
  }

  @Override
  protected String format() {
    return "hyperv";
  }

  @Override
  protected Set<String> registers() {
    return union(
        union(GENERAL, CONTROL),
        Set.of(
            "efer",
            "cs",
            "ss",
            "ds",
            "es",
            "fs",
            "gs",
            "tr",
            "gdt_base",
            "gdt_limit",
            "idt_base",
            "idt_limit",
            "fs_base",
            "gs_base",
            "tr_base"));
  }
}
