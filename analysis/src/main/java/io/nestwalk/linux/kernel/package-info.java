/**
 * How a Linux kernel's memory is read: its pointers, lists, trees, paths and tasks, each walk
 * bounded. What the readers of one topic are built on.
 */
package io.nestwalk.linux.kernel;
