/**
 * The door for other programs: open an image, ask for its machines and processes, choose a space,
 * translate, trace, read and find in it. What these classes and the types in their signatures offer
 * is the library's public interface; everything else may change from one version to the next. The
 * command line uses this package and nothing deeper to find a machine or a space.
 */
package io.nestwalk.session;
