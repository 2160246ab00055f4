/**
 * Hyper-V's saved states (.VMRS since version 5.0 of machines, .vsv in that form), and its
 * configuration files (.vmcx), which are described and refused.
 *
 * <p>Both are one store of keys and values: openvmm's hvs_file, its FORMAT.md and writer, and
 * dissect.hypervisor's hyperv.py tell its form, which was checked on two real files. The keys of
 * RAM and of the hypervisor's state of a machine: FORMAT.md, appendix A; openvmm's hv_saved_state
 * and hvdef for the chunks of registers. How a packed block of RAM is divided into pages is told by
 * a reader only (VMkatz's vmrs.rs); the packing of a page is [MS-XCA]'s.
 */
package io.nestwalk.image.hyperv;
