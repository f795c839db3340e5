import { expect, test } from "vitest";
import type { ContainerSummary } from "./engine.ts";
import { graceMs, reconcile } from "./reconcile.ts";

const listed = (Id: string, State = "running"): ContainerSummary => ({
  Id,
  State,
  Names: [],
  Image: "",
  Labels: {},
});
const reader = (ended = false, goneSinceMs?: number) => ({ ended, goneSinceMs });

test("a container without a reader gets one, whatever its state", () => {
  const plan = reconcile([listed("a"), listed("b", "exited")], new Map(), 0);
  expect(plan.begin).toEqual(["a", "b"]);
});

test("readers of running and of missing containers look again (T8)", () => {
  const actual = new Map([
    ["running", reader()],
    ["stopped", reader()],
    ["missing", reader()],
  ]);
  const plan = reconcile([listed("running"), listed("stopped", "exited")], actual, 0);
  expect(plan.begin).toEqual([]);
  expect(plan.wake).toEqual(["running", "missing"]);
  expect(plan.missing).toEqual(["missing"]);
});

test("a position is forgotten after the grace only, and only when its reader has ended (T6)", () => {
  const actual = new Map([
    ["late", reader(true, 0)],
    ["recent", reader(true, 1)],
    ["reading", reader(false, 0)],
    ["back", reader(true, 0)],
  ]);
  const plan = reconcile([listed("back")], actual, graceMs + 1);
  expect(plan.forget).toEqual(["late"]);
  expect(plan.listed).toEqual(["back"]);
});
