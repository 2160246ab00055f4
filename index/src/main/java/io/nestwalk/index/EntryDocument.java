package io.nestwalk.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.LongRange;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;

/**
 * An entry as Lucene keeps it: what can be asked in fields named as {@link Field} says, the
 * document itself in one stored field.
 *
 * <p>Numbers are unsigned, Lucene's are signed: {@link EntryFields#ordered} keeps their order. A
 * range has both ends included, so one that reaches the top of the address space needs no end
 * beyond it.
 */
final class EntryDocument implements EntryFields.Sink {

  /** The stored document. */
  static final String SOURCE = "source";

  /** What the document is about: one {@link Entry.Kind}. */
  static final String TYPE = "type";

  /** The kind's place in answers. */
  static final String ORDER = "order";

  /** The part of the index that the document belongs to. */
  static final String PART = "part";

  /** The words for free search. */
  static final String WORDS = "words";

  private final Document document;
  private final StringBuilder words = new StringBuilder();

  private EntryDocument(Document document) {
    this.document = document;
  }

  /** The document of an entry that is no run of pages. */
  static Document of(Entry entry, String part) {
    if (entry.kind() == Entry.Kind.RUN) {
      throw new IllegalArgumentException("runs of pages are no documents");
    }
    ObjectNode json = EntryJson.of(entry);
    EntryDocument made = new EntryDocument(new Document());
    made.document.add(new StringField(TYPE, entry.kind().toString(), Store.NO));
    made.document.add(new NumericDocValuesField(ORDER, entry.kind().rank()));
    made.document.add(new StringField(PART, part, Store.NO));
    try {
      made.document.add(new StoredField(SOURCE, Json.MAPPER.writeValueAsBytes(json)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
    made.addFields(entry, json);
    return made.document;
  }

  /** Adds what can be asked. */
  static void addFields(Entry entry, ObjectNode json, Document document) {
    EntryDocument made = new EntryDocument(document);
    made.addFields(entry, json);
  }

  private void addFields(Entry entry, ObjectNode json) {
    EntryFields.of(entry, json, this);
    document.add(new TextField(WORDS, words.toString(), Store.NO));
  }

  @Override
  public void word(Field field, String term) {
    document.add(new StringField(field.toString(), term, Store.NO));
  }

  @Override
  public void words(String text) {
    words.append(text).append('\n');
  }

  @Override
  public void number(Field field, long value) {
    document.add(new LongPoint(field.toString(), EntryFields.ordered(value)));
  }

  @Override
  public void range(Field field, long first, long last) {
    document.add(
        new LongRange(
            field.toString(),
            new long[] {EntryFields.ordered(first)},
            new long[] {EntryFields.ordered(last)}));
  }
}
