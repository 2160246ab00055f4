package io.nestwalk.image.xen;

import io.nestwalk.image.TestMachine;
import java.util.List;

/** A paravirtual domain: pages by the machine's frames. */
class ParavirtualXenCoreAgreementTest extends XenCoreAgreementTest {

  @Override
  boolean isParavirtual() {
    return true;
  }

  @Override
  protected List<String> warnings(TestMachine machine) {
    return List.of(
        "a paravirtual domain: addresses are those of the host machine, which its page tables"
            + " hold");
  }
}
