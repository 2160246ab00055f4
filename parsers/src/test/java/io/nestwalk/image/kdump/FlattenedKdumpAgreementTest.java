package io.nestwalk.image.kdump;

import java.io.IOException;

/** The same in blocks that stand in any order; pages of zeros are left out, which level 1 tells. */
class FlattenedKdumpAgreementTest extends KdumpAgreementTest {

  @Override
  byte[] bytes(KdumpWriter writer) throws IOException {
    return KdumpWriter.flattened(writer.withoutZeros(1).toBytes());
  }
}
