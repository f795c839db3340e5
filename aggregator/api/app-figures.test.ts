import { expect, test } from "vitest";
import type { AppPoint, AppSeries, ContainerRecord } from "../store/log-store.ts";
import {
  alignRange,
  clusterPoints,
  countedApps,
  coveredRange,
  figuresOf,
  instancesByApp,
  recentRange,
  withQuietApps,
} from "./app-figures.ts";

const second = 1_000_000_000n;
const minute = 60n * second;

const point = (timeMs: number, ok: number, failed: number, lines = ok + failed): AppPoint => ({
  timeMs,
  requests: [0, 0, ok, 0, 0, failed],
  lines,
  errors: failed,
});
const series = (app: string, edge: boolean, points: AppPoint[]): AppSeries => ({
  app,
  edge,
  versions: [],
  points,
});
const container = (app: string, state: ContainerRecord["state"], extra: object = {}): ContainerRecord => ({
  origin: { "origin.id": "0000000000000000", "host.name": "h", "service.name": app, ...extra },
  state,
  starts: 1,
  firstSeen: "",
  lastSeen: "",
});

test("a range is widened to whole buckets at its start and to a whole minute at its end", () => {
  const range = { fromNs: 7n * minute + second, toNs: 20n * minute + second };
  expect(alignRange(range, 300_000)).toEqual({ fromNs: 5n * minute, toNs: 21n * minute });
  expect(alignRange({ fromNs: 5n * minute, toNs: 20n * minute }, 300_000)).toEqual({
    fromNs: 5n * minute,
    toNs: 20n * minute,
  });
});

test("rates count only the time that lines are known of", () => {
  const range = { fromNs: 0n, toNs: 60n * minute };
  const known = { keptSinceNs: undefined, completeToNs: undefined, nowNs: 90n * minute };
  expect(coveredRange(range, known)).toEqual(range);
  expect(
    coveredRange(range, { keptSinceNs: 50n * minute, completeToNs: 55n * minute, nowNs: 90n * minute }),
  ).toEqual({
    fromNs: 50n * minute,
    toNs: 55n * minute,
  });
  const nothing = coveredRange(range, { ...known, completeToNs: 5n * minute, keptSinceNs: 70n * minute });
  expect(nothing).toEqual({ fromNs: 5n * minute, toNs: 5n * minute });
  expect(figuresOf([point(0, 5, 0)], nothing).requestRate).toBe(0);
});

test("recent is the last five minutes from a whole minute on, and never more than is covered", () => {
  expect(recentRange({ fromNs: 0n, toNs: 60n * minute + 30n * second })).toEqual({
    fromNs: 55n * minute,
    toNs: 60n * minute + 30n * second,
  });
  expect(recentRange({ fromNs: 58n * minute, toNs: 60n * minute }).fromNs).toBe(58n * minute);
});

test("figures: rate per second, share of 5xx, and no ratio without requests", () => {
  const covered = { fromNs: 0n, toNs: 2n * minute };
  expect(figuresOf([point(0, 90, 10, 150), point(60_000, 20, 0)], covered)).toEqual({
    requests: 120,
    requestRate: 1,
    statusClasses: { other: 0, "1xx": 0, "2xx": 110, "3xx": 0, "4xx": 0, "5xx": 10 },
    errorRatio: 10 / 120,
    logErrors: 10,
    lines: 170,
  });
  expect(figuresOf([], covered)).toMatchObject({ requests: 0, requestRate: 0, errorRatio: null });
});

test("an edge and the API behind it log the same request: only the edge counts for the cluster", () => {
  const all = [
    series("edge", true, [point(60_000, 5, 1), point(0, 3, 0)]),
    series("api", false, [point(60_000, 5, 1)]),
    series("worker", false, [point(120_000, 0, 0, 7)]),
  ];
  const counted = countedApps(all);
  expect(counted).toEqual({ basis: "edge", apps: ["edge"] });
  expect(clusterPoints(all, new Set(counted.apps))).toEqual([
    { timeMs: 0, requests: [0, 0, 3, 0, 0, 0], lines: 3, errors: 0 },
    { timeMs: 60_000, requests: [0, 0, 5, 0, 0, 1], lines: 12, errors: 2 },
    { timeMs: 120_000, requests: [0, 0, 0, 0, 0, 0], lines: 7, errors: 0 },
  ]);
});

test("without an edge all apps that serve requests count", () => {
  const all = [series("api", false, [point(0, 1, 0)]), series("worker", false, [point(0, 0, 0, 4)])];
  expect(countedApps(all)).toEqual({ basis: "all", apps: ["api"] });
});

test("instances are containers that exist; an app that runs without a line is there too", () => {
  const containers = [
    container("shop", "running", { "service.version": "2" }),
    container("shop", "exited", { "service.version": "1", "seamark.edge": true }),
    container("shop", "removed", { "service.version": "0" }),
    container("quiet", "running"),
    container("gone", "exited"),
  ];
  const instances = instancesByApp(containers, new Set(["h"]));
  expect(instances.get("shop")).toEqual({ running: 1, total: 2, edge: true, versions: ["2", "1"] });
  const apps = withQuietApps([series("shop", true, [])], instances);
  expect(apps.map((one) => one.app)).toEqual(["shop", "quiet"]);
  expect(instancesByApp(containers, new Set(["another"]))).toEqual(new Map());
});
