import { expect, test } from "vitest";
import type { App } from "../api/types.ts";
import { attentionOf, errorsPerMinute, heldOrder, sortedApps } from "./attention.ts";

const range = { from: "2026-11-22T13:00:00Z", interval: 60_000 };
const recently = { from: "2026-11-22T13:55:00Z", to: "2026-11-22T14:00:00Z" };

/** `errors` by minute from the start of the range on; minutes behind its end have no point. */
const app = (name: string, recent: Partial<App["recent"]>, errors: readonly number[] = []): App => {
  const figures = {
    requests: 0,
    requestRate: 0,
    statusClasses: { other: 0, "1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0 },
    errorRatio: null,
  };
  return {
    ...figures,
    app: name,
    edge: false,
    versions: [],
    instances: { running: 1, total: 1 },
    recent: { ...figures, ...recently, ...recent },
    points: errors.map((count, at) => ({
      timeMs: Date.parse(range.from) + at * range.interval,
      requests: [0, 0, 0, 0, 0, 0],
      lines: count,
      errors: count,
    })),
  };
};

test("5xx marks red from 1 %, amber from 0.1 %; no requests are no failures", () => {
  expect(attentionOf(app("a", { errorRatio: 0.01 }), range)).toBe("hot");
  expect(attentionOf(app("a", { errorRatio: 0.001 }), range)).toBe("warm");
  expect(attentionOf(app("a", { errorRatio: 0.0009 }), range)).toBe("none");
  expect(attentionOf(app("a", { errorRatio: null }), range)).toBe("none");
});

test("log errors mark amber when they rise, not when they are as always, and not when they are few", () => {
  const always = (count: number) => Array.from({ length: 60 }, () => count);
  expect(attentionOf(app("a", { logErrors: 50 }, always(3)), range)).toBe("warm");
  expect(attentionOf(app("a", { logErrors: 50 }), range)).toBe("warm");
  expect(attentionOf(app("a", { logErrors: 50 }, always(10)), range)).toBe("none");
  expect(attentionOf(app("a", { logErrors: 4 }), range)).toBe("none");
});

test("an earlier burst in the range does not hide the next one", () => {
  const burst = Array.from({ length: 60 }, (_, at) => (at < 20 ? 130 : 2));
  expect(attentionOf(app("payment", { logErrors: 345 }, burst), range)).toBe("warm");
  // Errors in a few minutes only, so that most minutes have no point at all.
  expect(attentionOf(app("payment", { logErrors: 345 }, [130, 130, 130]), range)).toBe("warm");
});

test("log errors a minute are of the window that was counted, which is up to six minutes long", () => {
  expect(errorsPerMinute(app("a", { logErrors: 50 }))).toBe(10);
  expect(errorsPerMinute(app("a", { logErrors: 36, to: "2026-11-22T14:01:00Z" }))).toBe(6);
  expect(errorsPerMinute(app("a", { logErrors: 36, to: recently.from }))).toBe(0);
});

test("the worst come first; equal ones by traffic, then by name", () => {
  const apps = [
    app("calm", { requestRate: 5 }),
    app("busy", { requestRate: 50 }),
    app("warm", { errorRatio: 0.002 }),
    app("hot", { errorRatio: 0.2 }),
    app("also", { requestRate: 5 }),
  ];
  const names = (sort: "attention" | "name" | "traffic") =>
    sortedApps(apps, sort, range).map((one) => one.app);
  expect(names("attention")).toEqual(["hot", "warm", "busy", "also", "calm"]);
  expect(names("name")).toEqual(["also", "busy", "calm", "hot", "warm"]);
  expect(names("traffic").slice(0, 2)).toEqual(["busy", "also"]);
});

test("the order that is being read is held; new apps come last", () => {
  const apps = [app("new", {}), app("b", { errorRatio: 1 }), app("a", {})];
  expect(heldOrder(apps, ["a", "b"]).map((one) => one.app)).toEqual(["a", "b", "new"]);
});
