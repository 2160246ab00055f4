/**
 * JSON text that stands in images and beside them: QEMU's descriptions, Cloud Hypervisor's states.
 * It is hostile, so its depth and the number of its values are bounded. The program's own JSON is
 * written elsewhere, with Jackson.
 */
package io.nestwalk.image.json;
