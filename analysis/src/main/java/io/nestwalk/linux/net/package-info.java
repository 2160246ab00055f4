/** The sockets of a Linux kernel. */
package io.nestwalk.linux.net;
