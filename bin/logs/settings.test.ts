import { expect, test } from "vitest";
import { readConfig } from "../../common/base/config.ts";
import { logsSettings, splitWords } from "./settings.ts";

test("words of the query are told from flags, in any order", () => {
  expect(splitWords(["--since", "1h", "app:shop", "-level:debug", "--follow", "status>=500"])).toEqual({
    query: "app:shop -level:debug status>=500",
    flags: ["--since", "1h", "--follow"],
  });
});

test("ages become relative times, times stay", () => {
  const read = (...argv: string[]) => readConfig(logsSettings, { argv, env: {} }).since;
  expect(read("--since", "2h")).toBe("now-2h");
  expect(read()).toBe("now-15m");
  expect(read("--since=2026-11-22T18:00:00Z")).toBe("2026-11-22T18:00:00Z");
});

test("what is typed wrong is named", () => {
  const read = (...argv: string[]) => readConfig(logsSettings, { argv, env: {} });
  expect(() => read("--folow")).toThrow('did you mean "--follow"');
  expect(() => read("--limit", "0")).toThrow("from 1 to");
  expect(() => read("--since", "yesterday")).toThrow("expected a duration");
  expect(() => read("--url", "7280")).toThrow("expected http");
});
