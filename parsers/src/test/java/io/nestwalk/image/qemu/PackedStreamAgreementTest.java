package io.nestwalk.image.qemu;

import io.nestwalk.image.TestMachine;

/** A stream of pages that are packed one by one, without footers behind its sections. */
class PackedStreamAgreementTest extends MigrationStreamAgreementTest {

  @Override
  MigrationStreamWriter writer(TestMachine machine) {
    return super.writer(machine).packed().withoutFooters();
  }
}
