/**
 * Hyper-V's state (.VMRS) and configuration (.vmcx) files: recognised, described and refused.
 *
 * <p>Both are one store of keys and values, whose form is known (dissect.hypervisor's hyperv.py;
 * checked on two real files). How RAM and registers lie in its values is not, so no memory is read:
 * what is said about a file comes from its keys.
 */
package io.nestwalk.image.hyperv;
