/** What Windows has loaded: drivers in the kernel, programs and libraries in processes. */
package io.nestwalk.windows.modules;
