package io.nestwalk.image.kdump;

import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Pages of every packing in one file. */
class KdumpAgreementTest extends FormatAgreementTest {

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    return Files.write(folder.resolve("vmcore"), bytes(new KdumpWriter(machine)));
  }

  byte[] bytes(KdumpWriter writer) throws IOException {
    return writer.toBytes();
  }

  @Override
  protected String format() {
    return "kdump";
  }

  @Override
  protected Set<String> registers() {
    return union(
        union(GENERAL, CONTROL),
        Set.of("cs", "ds", "tr", "cs_flags", "gdt_base", "idt_limit", "kernel_gs_base"));
  }
}
