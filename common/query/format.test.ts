import fc from "fast-check";
import { expect, test } from "vitest";
import { addFilter, formatCondition } from "./format.ts";
import { parseQuery } from "./parser.ts";
import { compilePredicate } from "./predicate.ts";

test.each<[string, string, string | number | boolean, boolean, string]>([
  ["", "service.name", "shop", false, "service.name:shop"],
  ["error", "http.response.status_code", 500, true, "error -http.response.status_code:500"],
  ["app:shop", "service.name", "shop", false, "app:shop"],
  ["app:shop x", "service.name", "shop", true, "-service.name:shop x"],
  ["x -app:shop y", "service.name", "shop", false, "x service.name:shop y"],
  ["x not app:shop y", "service.name", "shop", true, "x not app:shop y"],
  ["a or b", "service.name", "my shop", false, '(a or b) service.name:"my shop"'],
  ["(a or app:shop)", "service.name", "shop", false, "(a or app:shop) service.name:shop"],
  ["x | count by app", "attrs.user", "42", false, 'x attrs.user:"42" | count by app'],
  ["| count", "host.name", "h", false, "host.name:h | count"],
  ["level:WARN", "log.level", "warn", true, "-log.level:warn"],
  ["", "log.truncated", true, true, "-log.truncated:true"],
  ["", "event.duration", -5, false, "event.duration:-5"],
  ["", "attrs.ok", true, false, "attrs.ok:true"],
  ["", "attrs.x", "or", false, 'attrs.x:"or"'],
  ["", "url.path", "/a*b", false, 'url.path:"/a*b"'],
  ["", "error.type", 'a"b\\c\nd', false, 'error.type:"a\\"b\\\\c\\u{a}d"'],
  ["(broken or", "host.name", "h-1", false, "broken host.name:h-1"],
])("%s with %s %s (excluded: %s) is %s", (text, field, value, exclude, expected) => {
  expect(addFilter(text, field, value, exclude)).toBe(expected);
});

test("a click on prose searches its first words", () => {
  const message = Array.from({ length: 500 }, (_, n) => `w${n}`).join(" ");
  const { query, error } = parseQuery(formatCondition("message", message));
  expect(error).toBeUndefined();
  expect(compilePredicate(query.filter)({ message })).toBe(true);
});

test("a condition finds the very value, whatever is in the key and in it", () => {
  const key = fc.oneof(
    fc.string({ minLength: 1, unit: "grapheme" }),
    fc.constantFrom("a b", "x:y", 'q"', "b\\s", "and", "a/b"),
  );
  const value = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("and", "a..b", "*", "-x", "/r/", "5xx", "a:b", "x)", "支付"),
  );
  fc.assert(
    fc.property(key, value, value, (key, value, other) => {
      const { query, error } = parseQuery(formatCondition(`attrs.${key}`, value));
      expect(error).toBeUndefined();
      const passes = compilePredicate(query.filter);
      expect(passes({ attrs: { [key]: value } })).toBe(true);
      expect(passes({ attrs: { [key]: other } })).toBe(other === value);
    }),
  );
});

test("adding again changes nothing, the opposite takes its place", () => {
  const text = fc.constantFrom("", "error", "a or b", "app:shop -level:info", "x | count", '"q" (y or z)');
  const value = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, value, fc.boolean(), (text, value, exclude) => {
      const once = addFilter(text, "attrs.k", value, exclude);
      expect(addFilter(once, "attrs.k", value, exclude)).toBe(once);
      const turned = addFilter(once, "attrs.k", value, !exclude);
      expect(turned).not.toBe(once);
      expect(addFilter(turned, "attrs.k", value, exclude)).toBe(once);
    }),
  );
});
