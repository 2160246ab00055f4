/**
 * The fleet's tables: what the commands answer, as Parquet files. Columns are made from the JSON
 * Schemas of the answers, so that a table has the keys of the command and no other.
 */
package io.nestwalk.fleet.table;
