/**
 * Page tables of every architecture as data, and the one walker that reads them all.
 *
 * <p>A {@link io.nestwalk.paging.PagingMode} says what tables look like; a {@link
 * io.nestwalk.paging.Walker} follows them, fast and silent or telling every entry it reads. Nothing
 * here knows where a root comes from or what an operating system does with its tables.
 */
package io.nestwalk.paging;
