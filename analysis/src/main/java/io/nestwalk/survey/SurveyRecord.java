package io.nestwalk.survey;

import io.nestwalk.image.AddressRange;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * What a survey leaves behind: the pages on which each detector found something. The finds
 * themselves are not kept; they are made anew from the pages, so that a record that lies can hide a
 * page but cannot invent one.
 *
 * @param pagesSeen how many pages were looked at
 * @param pagesNotZero how many of them were not all zeros
 * @param pages for each detector, by its name, physical addresses of pages in ascending order
 * @param contents what these pages held, as a {@link ContentSum}: memory that changed since, as
 *     that of a machine which runs on does without a new time on its file, is not this record's
 */
public record SurveyRecord(
    long pagesSeen, long pagesNotZero, Map<String, long[]> pages, long contents)
    implements Serializable {

  /** Copies the map; the arrays are shared and not to be changed. */
  public SurveyRecord {
    pages = new LinkedHashMap<>(pages);
  }

  /**
   * The record of a memory whose parts were surveyed one by one.
   *
   * @param parts records of parts that do not overlap, with the same detectors; at least one
   */
  public static SurveyRecord merged(List<SurveyRecord> parts) {
    Map<String, long[]> pages = new LinkedHashMap<>();
    for (String detector : parts.getFirst().pages.keySet()) {
      pages.put(
          detector,
          parts.stream()
              .flatMapToLong(part -> Arrays.stream(part.pages.get(detector)))
              .sorted()
              .toArray());
    }
    return new SurveyRecord(
        parts.stream().mapToLong(SurveyRecord::pagesSeen).sum(),
        parts.stream().mapToLong(SurveyRecord::pagesNotZero).sum(),
        pages,
        parts.stream().mapToLong(SurveyRecord::contents).sum());
  }

  /**
   * The record of the same memory once it is known to leave a hole out.
   *
   * @param hole where nothing is; what was from its start on lies behind its end
   */
  public SurveyRecord around(AddressRange hole) {
    Map<String, long[]> moved = new LinkedHashMap<>();
    pages.forEach(
        (detector, addresses) ->
            moved.put(
                detector,
                LongStream.of(addresses)
                    .map(page -> page < hole.start() ? page : page + hole.length())
                    .toArray()));
    return new SurveyRecord(pagesSeen, pagesNotZero, moved, contents);
  }
}
