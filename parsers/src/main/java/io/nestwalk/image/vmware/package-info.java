/**
 * VMware: memory files (.vmem) and checkpoints (.vmss, .vmsn) with the memory map and the registers
 * of every CPU, and with the memory itself where the product puts it there.
 *
 * <p>A checkpoint is groups of tags; one class per structure. Facts from crash's vmware_vmss.h and
 * vmware_vmss.c, which VMware's staff wrote, and from the readers of Volatility and LeechCore. Not
 * checked on a real checkpoint. Monitor dumps (debug.guest) are not read.
 */
package io.nestwalk.image.vmware;
