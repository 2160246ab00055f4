/**
 * The truth beside real images, for tests.
 *
 * <p>Nothing here reads an image; what is found there is held against what is read here.
 */
package io.nestwalk.truth;
