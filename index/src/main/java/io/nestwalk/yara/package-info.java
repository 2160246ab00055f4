/**
 * YARA rules over an image: libyara, which the system has or has not, looks through what a process,
 * a kernel or a machine has in memory, each in the order of its own addresses.
 *
 * <p>The library is found when it is asked for, through the JDK's foreign functions; nothing of it
 * is part of the program. How its structures lie depends on its version ({@code YaraLayout}); one
 * whose structures are not known is refused.
 */
package io.nestwalk.yara;
