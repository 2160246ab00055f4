/**
 * Windows guests, without symbol files: {@link io.nestwalk.windows.WindowsSupport} recognises one
 * from any root of a machine, {@link io.nestwalk.windows.WindowsSystem} answers for it. The parts
 * know nothing of each other but what stands below them: {@code pe} (images), {@code layout} (where
 * members of structures stand), {@code kernel} (how the kernel is found and read), {@code process}.
 */
package io.nestwalk.windows;
