package io.nestwalk.image.qemu;

import java.util.Map;

/**
 * What a device's section holds.
 *
 * @param values plain values by the name that QEMU gives them: "env.regs[3]", "env.segs[1].base";
 *     values of subsections stand beside those of the device
 * @param places where in the stream the contents of larger fields begin, by name
 */
record DeviceState(Map<String, Long> values, Map<String, Long> places) {

  /** The value, or {@code otherwise} where the device has none of that name. */
  long get(String name, long otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }
}
