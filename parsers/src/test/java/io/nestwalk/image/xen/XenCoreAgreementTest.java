package io.nestwalk.image.xen;

import io.nestwalk.image.FileSink;
import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A hardware-virtualized domain by a writer of our own. */
class XenCoreAgreementTest extends FormatAgreementTest {

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("domain.core");
    try (FileSink out = new FileSink(file)) {
      new XenCoreWriter(machine, isParavirtual()).write(out);
    }
    return file;
  }

  boolean isParavirtual() {
    return false;
  }

  @Override
  protected String format() {
    return "xen-core";
  }

  @Override
  protected List<String> warnings(TestMachine machine) {
    return List.of();
  }

  @Override
  protected Set<String> registers() {
    return union(union(GENERAL, CONTROL), Set.of("cs", "ds", "fs_base"));
  }
}
