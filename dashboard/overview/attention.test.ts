import { expect, test } from "vitest";
import type { App } from "../api/types.ts";
import { attentionOf, errorsPerMinute, heldOrder, sortedApps } from "./attention.ts";

const app = (name: string, recent: Partial<App["recent"]>, logErrors = 0): App => {
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
    logErrors,
    recent: { ...figures, from: "", to: "", ...recent },
    points: [],
  };
};

test("5xx marks red from 1 %, amber from 0.1 %; no requests are no failures", () => {
  expect(attentionOf(app("a", { errorRatio: 0.01 }), 60)).toBe("hot");
  expect(attentionOf(app("a", { errorRatio: 0.001 }), 60)).toBe("warm");
  expect(attentionOf(app("a", { errorRatio: 0.0009 }), 60)).toBe("none");
  expect(attentionOf(app("a", { errorRatio: null }), 60)).toBe("none");
});

test("log errors mark amber when they rise, not when they are as always, and not when they are few", () => {
  expect(attentionOf(app("a", { logErrors: 50 }, 60), 60)).toBe("warm");
  expect(attentionOf(app("a", { logErrors: 50 }, 600), 60)).toBe("none");
  expect(attentionOf(app("a", { logErrors: 4 }, 4), 60)).toBe("none");
  expect(errorsPerMinute(app("a", { logErrors: 50 }))).toBe(10);
});

test("the worst come first; equal ones by traffic, then by name", () => {
  const apps = [
    app("calm", { requestRate: 5 }),
    app("busy", { requestRate: 50 }),
    app("warm", { errorRatio: 0.002 }),
    app("hot", { errorRatio: 0.2 }),
    app("also", { requestRate: 5 }),
  ];
  const names = (sort: "attention" | "name" | "traffic") => sortedApps(apps, sort, 60).map((one) => one.app);
  expect(names("attention")).toEqual(["hot", "warm", "busy", "also", "calm"]);
  expect(names("name")).toEqual(["also", "busy", "calm", "hot", "warm"]);
  expect(names("traffic").slice(0, 2)).toEqual(["busy", "also"]);
});

test("the order that is being read is held; new apps come last", () => {
  const apps = [app("new", {}), app("b", { errorRatio: 1 }), app("a", {})];
  expect(heldOrder(apps, ["a", "b"]).map((one) => one.app)).toEqual(["a", "b", "new"]);
});
