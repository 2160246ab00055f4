package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What the value of a column must be for a row to be shown.
 *
 * @param column its name as the user wrote it
 * @param test of the value, which is missing where a row has none
 */
record Condition(String column, Predicate<JsonNode> test) {

  private static final Pattern FORM =
      Pattern.compile("\\s*([A-Za-z][A-Za-z0-9_.]*)\\s*(!=|!~|>=|<=|=|~|<|>)(.*)", Pattern.DOTALL);

  /** Reads one from the command line: {@code name~ssh}, {@code pid>=100}. */
  static final class Converter implements ITypeConverter<Condition> {
    @Override
    public Condition convert(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw new TypeConversionException(
            "'%s' is no condition: COLUMN, one of = != ~ !~ < <= > >=, and a value"
                .formatted(Printable.of(text)));
      }
      return new Condition(form.group(1), test(form.group(2), form.group(3).strip()));
    }

    private static Predicate<JsonNode> test(String operator, String wanted) {
      return switch (operator) {
        case "=" -> equal(wanted);
        case "!=" -> equal(wanted).negate();
        case "~" -> found(wanted);
        case "!~" -> found(wanted).negate();
        case "<" -> ordered(wanted, order -> order < 0);
        case "<=" -> ordered(wanted, order -> order <= 0);
        case ">" -> ordered(wanted, order -> order > 0);
        default -> ordered(wanted, order -> order >= 0);
      };
    }

    private static Predicate<JsonNode> equal(String wanted) {
      Optional<BigDecimal> number = CellOrder.number(wanted);
      return any(
          value ->
              (number.isPresent() && CellOrder.number(value).isPresent())
                  ? CellOrder.number(value).get().compareTo(number.get()) == 0
                  : value.asText().equalsIgnoreCase(wanted));
    }

    private static Predicate<JsonNode> found(String wanted) {
      try {
        Pattern pattern = Pattern.compile(wanted, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
        return any(value -> pattern.matcher(value.asText()).find());
      } catch (PatternSyntaxException e) {
        throw new TypeConversionException(
            "'%s' is no regular expression: %s"
                .formatted(Printable.of(wanted), e.getDescription().toLowerCase(Locale.ROOT)));
      }
    }

    /** A value that can't be compared with a number is neither below nor above it. */
    private static Predicate<JsonNode> ordered(String wanted, IntPredicate order) {
      Optional<BigDecimal> number = CellOrder.number(wanted);
      return any(
          value -> {
            if (number.isEmpty()) {
              return order.test(value.asText().compareTo(wanted));
            }
            Optional<BigDecimal> own = CellOrder.number(value);
            return own.isPresent() && order.test(own.get().compareTo(number.get()));
          });
    }

    /** Of a list one value is enough; what is missing has none. */
    private static Predicate<JsonNode> any(Predicate<JsonNode> test) {
      return value -> {
        if (value.isMissingNode() || value.isNull()) {
          return false;
        }
        if (!value.isContainerNode()) {
          return test.test(value);
        }
        for (JsonNode each : value) {
          if (any(test).test(each)) {
            return true;
          }
        }
        return false;
      };
    }
  }
}
