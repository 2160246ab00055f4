/** What a Linux kernel knows of files: descriptors, mounts, the page cache. */
package io.nestwalk.linux.files;
