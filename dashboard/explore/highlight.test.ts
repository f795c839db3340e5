import { expect, test } from "vitest";
import { highlightOf } from "./highlight.ts";

const found = (query: string, text: string) => {
  const expression = highlightOf(query);
  return expression ? [...text.matchAll(expression)].map((match) => match[0]) : [];
};

test("words are found inside names and in any case", () => {
  expect(found("connection", "SQLConnectionException: connection lost")).toEqual([
    "Connection",
    "connection",
  ]);
});

test("phrases are found across punctuation; hostile text is only text", () => {
  expect(found('"pool exhausted"', "pool: exhausted")).toEqual(["pool: exhausted"]);
  expect(found('"a.b(c"', "a.b(c")).toEqual(["a.b(c"]);
});

test("fields and what is excluded are not marked", () => {
  expect(highlightOf("level:error status>=500")).toBeUndefined();
  expect(found("-healthz failed", "healthz failed")).toEqual(["failed"]);
});
