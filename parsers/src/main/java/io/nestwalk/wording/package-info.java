/**
 * How people are told things that every part of the program tells: numbers of things. Knows nothing
 * of what is counted.
 */
package io.nestwalk.wording;
