/**
 * OpenSearch as a store of indexes, behind {@code https://HOST[:PORT]/NAME[/IMAGE]}. Many images
 * share an index; entries have fields of the Elastic Common Schema where it has one. Nothing here
 * knows Spark.
 */
package io.nestwalk.fleet.opensearch;
