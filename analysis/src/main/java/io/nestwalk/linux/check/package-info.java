/** Looks for what was changed in a Linux kernel: hooks, hidden modules, shared credentials. */
package io.nestwalk.linux.check;
