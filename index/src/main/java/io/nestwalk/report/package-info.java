/**
 * Reports of an analysis: JSON, NDJSON, CSV, and one HTML file that needs nothing beside itself.
 *
 * <p>All are written as streams from the index of an {@link io.nestwalk.index.AnalysisFolder}; the
 * image is not needed, but for {@link io.nestwalk.report.WalkExamples}, which the analysis leaves
 * in the folder. What each report looks like is published as a JSON Schema beside these classes'
 * resources, in {@code schema}.
 */
package io.nestwalk.report;
