import { expect, test } from "vitest";
import { parseRules } from "../config.ts";
import { createContainerFilter } from "./container-filter.ts";

const own = "ab".repeat(32);
const facts = { id: "cd".repeat(32), name: "shop-api", image: "team/api:1.2", labels: { team: "web" } };
const accepts = (include: string, exclude = "", changes: object = {}): boolean =>
  createContainerFilter({
    include: parseRules(include),
    exclude: parseRules(exclude),
    ownId: own,
  })({ ...facts, ...changes });

test.each([
  ["", "", true],
  ["shop-*", "", true],
  ["name=shop-?pi", "", true],
  ["shop", "", false],
  ["image=team/api", "", true],
  ["image=team/api:1.*", "", true],
  ["image=api", "", false],
  ["label=team", "", true],
  ["label=team=w*", "", true],
  ["label=team=api", "", false],
  ["other,shop-*", "", true],
  ["shop-*", "label=team", false],
  ["", "image=team/*", false],
  ["name=shop.api", "", false],
])("include %s, exclude %s: %s", (include, exclude, expected) => {
  expect(accepts(include, exclude)).toBe(expected);
});

test("a label switches a container off, also against --include", () => {
  expect(accepts("shop-*", "", { labels: { "seamark.logs": "off" } })).toBe(false);
  expect(accepts("shop-*", "", { labels: { "seamark.logs": "on" } })).toBe(true);
});

test("Seamark's own containers are never read", () => {
  expect(accepts("", "", { id: own })).toBe(false);
  expect(accepts("", "", { labels: { "seamark.part": "aggregator" } })).toBe(false);
});

test("a rule that is none is refused with what is allowed", () => {
  expect(() => parseRules("colour=red")).toThrow(/name=GLOB, image=GLOB or label=KEY/);
  expect(() => parseRules("image=")).toThrow(/empty/);
});
