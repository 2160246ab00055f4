/** What a Linux kernel knows of its tasks beyond what every system's processes have. */
package io.nestwalk.linux.task;
