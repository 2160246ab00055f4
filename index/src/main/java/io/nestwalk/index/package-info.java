/**
 * What an image holds, kept so that it can be asked many times: machines, processes, mappings and
 * translation runs as documents, and the queries over them.
 *
 * <p>{@link io.nestwalk.index.Cataloguer} makes {@linkplain io.nestwalk.index.Entry entries} of an
 * image; {@link io.nestwalk.index.EntryJson} is the one place that says what a document looks like,
 * {@link io.nestwalk.index.Field} what can be asked; both are versioned by {@link
 * io.nestwalk.index.IndexStore#SCHEMA_VERSION}. {@link io.nestwalk.index.IndexStore} is the seam
 * towards whatever keeps documents: an embedded Lucene by default. Reports are made elsewhere.
 */
package io.nestwalk.index;
