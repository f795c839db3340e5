import fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuery } from "../../common/query/parser.ts";
import { tintedPieces } from "./query-tint.ts";

const tint = (query: string) => tintedPieces(query, parseQuery(query));

test("fields, operators, values and words look different", () => {
  const looks = new Map(tint("level>=warn or pay").map((piece) => [piece.text, piece.className]));
  expect(looks.get("level")).toBe("tok f");
  expect(looks.get(">=")).toBe("tok o");
  expect(looks.get("warn")).toBe("tok v");
  expect(looks.get("or")).toBe("o");
});

test("what is broken is underlined", () => {
  expect(tint("a (pay or").some((piece) => piece.className === "err")).toBe(true);
});

test("the layer under the input has the same letters, always", () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom("level", ">=", ":", "warn", " ", "(", ")", '"', "-", "or", "|", "/", "*"))
      .map((all) => all.join("")),
  );
  fc.assert(
    fc.property(text, (query) => {
      const joined = tint(query).map((piece) => piece.text);
      expect(joined.join("")).toBe(query);
    }),
  );
});
