import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultState, formatUrl, groupings, parseUrl, type UrlState } from "./url-state.ts";

const parse = (url: string) => {
  const { pathname, search } = new URL(url, "http://x");
  return parseUrl(pathname, search);
};

test("defaults leave the URL bare", () => {
  expect(formatUrl(defaultState("overview"))).toBe("/");
  expect(formatUrl(defaultState("explore"))).toBe("/explore");
});

test("whatever is not readable falls back", () => {
  expect(parse("/explore?by=nonsense&order=up&brush=5-3&theme=pink&tz=x&live=yes")).toEqual(
    defaultState("explore"),
  );
  expect(parse("/somewhere").page).toBe("overview");
});

test("a state survives the way through the URL", () => {
  const explore: fc.Arbitrary<UrlState> = fc.record(
    {
      page: fc.constant("explore" as const),
      theme: fc.constantFrom("dark" as const, "light" as const),
      zone: fc.constantFrom("utc" as const, "local" as const),
      range: fc.constantFrom(
        { from: "now-30m", to: "now" },
        { from: "2026-11-22T14:07:00.000Z", to: "2026-11-22T14:37:00.000Z" },
      ),
      query: fc.string({ unit: "grapheme" }),
      sort: fc.constant("attention" as const),
      order: fc.constantFrom("asc" as const, "desc" as const),
      by: fc.constantFrom(...groupings),
      live: fc.boolean(),
      wrap: fc.boolean(),
      line: fc.constant("1795370400123456789-00f1e2d3c4b5a697-42"),
      context: fc.constant("1795370400123456789-00f1e2d3c4b5a697-43"),
      brush: fc.constant({ fromMs: 1_795_370_400_000, toMs: 1_795_370_460_000 }),
    },
    { requiredKeys: ["page", "zone", "range", "query", "sort", "order", "by", "live", "wrap"] },
  );
  fc.assert(
    fc.property(explore, (state) => {
      expect(parse(formatUrl(state))).toEqual(state);
    }),
  );
});

test("the overview keeps its filter and order", () => {
  const state: UrlState = { ...defaultState("overview"), query: "shop", sort: "traffic" };
  expect(formatUrl(state)).toBe("/?q=shop&sort=traffic");
  expect(parse(formatUrl(state))).toEqual(state);
});
