package io.nestwalk.survey;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a survey leaves behind: the pages on which each detector found something. The finds
 * themselves are not kept; they are made anew from the pages, so that a record that lies can hide a
 * page but cannot invent one.
 *
 * @param pagesSeen how many pages were looked at
 * @param pagesNotZero how many of them were not all zeros
 * @param pages for each detector, by its name, physical addresses of pages in ascending order
 */
public record SurveyRecord(long pagesSeen, long pagesNotZero, Map<String, long[]> pages) {

  /** Copies the map; the arrays are shared and not to be changed. */
  public SurveyRecord {
    pages = new LinkedHashMap<>(pages);
  }
}
