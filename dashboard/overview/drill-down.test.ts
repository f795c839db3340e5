import { expect, test } from "vitest";
import { defaultState } from "../state/url-state.ts";
import { drillState } from "./drill-down.ts";

const range = { from: "2026-11-22T14:23:00.000Z", to: "2026-11-22T14:24:00.000Z" };
const from = { ...defaultState("overview"), theme: "light" as const, zone: "local" as const };

test("a bar opens exactly its app, class and minute, and keeps theme and zone", () => {
  const state = drillState({ apps: ["checkout-api"], statusClass: "5xx", range }, from);
  expect(state).toMatchObject({
    page: "explore",
    query: "app:checkout-api status:500..599",
    range,
    by: "status_class",
    theme: "light",
    zone: "local",
  });
});

test("several counted apps are joined, and errors ask for the level", () => {
  expect(drillState({ apps: ["a", "b c"], range }, from).query).toBe('(app:a or app:"b c")');
  expect(drillState({ apps: [], errors: true, range }, from).query).toBe("level>=error");
});
