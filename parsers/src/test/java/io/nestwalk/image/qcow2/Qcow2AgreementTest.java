package io.nestwalk.image.qcow2;

import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.TestMachine;
import io.nestwalk.image.qemu.MigrationStreamWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The newest of several snapshots. */
class Qcow2AgreementTest extends FormatAgreementTest {

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    new MigrationStreamWriter(machine).write(stream);
    byte[] state = stream.toByteArray();
    byte[] image =
        new Qcow2Writer(state.length + (4 << 20))
            .snapshot("of the disk", 300, new byte[0])
            .snapshot("new", 200, state)
            .snapshot("old", 100, "QEVM, but no more".getBytes(StandardCharsets.US_ASCII))
            .toBytes();
    return Files.write(folder.resolve("disk.qcow2"), image);
  }

  @Override
  protected String format() {
    return "qcow2";
  }

  @Override
  protected List<String> warnings(TestMachine machine) {
    return List.of(
        "2 snapshots have memory; the newest is read, \"new\" (id 2); another can be named:"
            + " \"old\" (id 3)");
  }

  @Override
  protected Set<String> registers() {
    return union(GENERAL, CONTROL);
  }
}
