package io.nestwalk.image.aff4;

/** The same with damage in the description, the map and the indexes at the front. */
class Aff4DescriptionContractTest extends Aff4FormatContractTest {

  @Override
  protected int headerStart() {
    return 0;
  }

  @Override
  protected int headerLength() {
    return 1500;
  }
}
