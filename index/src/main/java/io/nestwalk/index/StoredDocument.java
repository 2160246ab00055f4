package io.nestwalk.index;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A document as an index keeps it: it becomes a tree only where somebody looks into it, for most
 * are passed on as they stand.
 */
public interface StoredDocument {

  /**
   * Looks into the document, once.
   *
   * @return a tree of the caller's own
   * @throws IOException when the document is damaged
   */
  ObjectNode tree() throws IOException;

  /**
   * The document as the commands list such things: without the word for what it is about.
   *
   * @return a tree of the caller's own
   * @throws IOException when the document is damaged
   */
  default ObjectNode row() throws IOException {
    ObjectNode row = tree();
    row.remove(EntryDocument.TYPE);
    return row;
  }

  /** Reads the document word by word, from the start of its object on. */
  JsonParser parser() throws IOException;

  /** Writes the document as JSON in UTF-8, on one line. */
  void writeTo(OutputStream out) throws IOException;

  /**
   * The document with this tree.
   *
   * @param tree becomes the one that is looked into, without a copy: whoever made it gives it away
   */
  static StoredDocument of(ObjectNode tree) {
    return new StoredDocument() {
      @Override
      public ObjectNode tree() {
        return tree;
      }

      @Override
      public JsonParser parser() {
        return tree.traverse(Json.MAPPER);
      }

      @Override
      public void writeTo(OutputStream out) throws IOException {
        out.write(Json.MAPPER.writeValueAsBytes(tree));
      }
    };
  }

  /**
   * The document that these bytes are, as {@link #writeTo} writes them.
   *
   * @param bytes are not changed while the document is used
   */
  static StoredDocument of(byte[] bytes, int offset, int length) {
    return new StoredDocument() {
      @Override
      public ObjectNode tree() throws IOException {
        JsonNode node = Json.MAPPER.readTree(bytes, offset, length);
        if (node instanceof ObjectNode object) {
          return object;
        }
        throw damaged();
      }

      @Override
      public JsonParser parser() throws IOException {
        return Json.MAPPER.createParser(bytes, offset, length);
      }

      @Override
      public void writeTo(OutputStream out) throws IOException {
        examine();
        out.write(bytes, offset, length);
      }

      // It may have come from anywhere, and is read by others next: it is one object, on one line.
      private void examine() throws IOException {
        for (int i = offset; i < offset + length; i++) {
          if (bytes[i] >= 0 && bytes[i] < ' ') {
            throw damaged();
          }
        }
        if (length == 0 || bytes[offset] != '{') {
          throw damaged();
        }
        try (JsonParser words = parser()) {
          words.nextToken();
          words.skipChildren();
          if (words.nextToken() != null) {
            throw damaged();
          }
        }
      }

      private IOException damaged() {
        return new IOException("a document of the index is damaged");
      }
    };
  }
}
