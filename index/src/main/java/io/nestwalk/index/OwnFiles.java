package io.nestwalk.index;

import java.io.IOException;

/** Is told which files an index is made of, and says which may be deleted. */
public interface OwnFiles {

  /** For an index in a folder that holds nothing else. */
  OwnFiles ALL =
      new OwnFiles() {
        @Override
        public void beforeMaking(String name) {}

        @Override
        public boolean mayDelete(String name) {
          return true;
        }
      };

  /** A file of that name is about to be made. */
  void beforeMaking(String name) throws IOException;

  /** Whether a file was made by us. */
  boolean mayDelete(String name);
}
