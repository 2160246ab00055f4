/**
 * Many images at once, or one of terabytes: Nestwalk as an Apache Spark job. The answers are those
 * of the commands, as tables.
 *
 * <p>{@link io.nestwalk.fleet.FleetJob} is the way in. A small image is one task ({@link
 * io.nestwalk.fleet.ImageTask}); a large one is surveyed in pieces ({@link
 * io.nestwalk.fleet.SurveyTask}), searched once, and catalogued in units of work ({@link
 * io.nestwalk.fleet.UnitTask}). Tasks write files of tables that stand whole or not at all, so that
 * a task may run twice and a job may be run again.
 */
package io.nestwalk.fleet;
