/**
 * Programs and maps of BPF that a Linux kernel has loaded (include/linux/bpf.h): by their numbers,
 * and by everything else that leads to them. Who judges them is not here.
 */
package io.nestwalk.linux.bpf;
