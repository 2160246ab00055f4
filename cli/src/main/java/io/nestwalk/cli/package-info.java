/**
 * The commands: one class per command, with the options that commands share kept apart.
 *
 * <p>Here alone the program writes to stdout and stderr and chooses an exit code. What a command
 * answers comes from the packages below; nothing here reads an image's bytes by itself.
 */
package io.nestwalk.cli;
