import Type from "typebox";
import { formatNanos, msToNanos } from "../../common/base/nanotime.ts";
import type { AppSeries, ReadOptions, TimeRange } from "../store/log-store.ts";
import {
  type AppInstances,
  alignRange,
  clusterPoints,
  countedApps,
  coveredRange,
  figuresOf,
  instancesByApp,
  recentRange,
  withQuietApps,
} from "./app-figures.ts";
import { parseDeadlineMs, parseMinutesMs, parseRange } from "./parameters.ts";
import type { ApiParts } from "./parts.ts";
import { rangeAnswerOf } from "./parts.ts";
import { type Route, route } from "./route.ts";
import { Nullable, Points, rangeAnswer, rangeQuery, Time, timeoutQuery } from "./schemas.ts";

const minuteMs = 60_000;

const Count = Type.Integer();
const Requests = Type.Tuple([Count, Count, Count, Count, Count, Count], {
  description: "Requests by status class: other, 1xx, 2xx, 3xx, 4xx, 5xx",
});
const p95 = { p95Ns: Nullable(Type.Number({ description: "Nanoseconds; null without a duration" })) };

const figures = {
  requests: Count,
  requestRate: Type.Number({ description: "Per second of the part of the range that is complete" }),
  statusClasses: Type.Object({
    other: Count,
    "1xx": Count,
    "2xx": Count,
    "3xx": Count,
    "4xx": Count,
    "5xx": Count,
  }),
  errorRatio: Nullable(Type.Number({ description: "5xx / requests; null without requests" })),
  logErrors: Type.Integer({ description: "Lines of level error and fatal" }),
  lines: Count,
};

const recent = { from: Time, to: Time, ...figures };

const Point = Type.Object({ timeMs: Count, requests: Requests, lines: Count, errors: Count });

const AppsAnswer = Type.Object({
  interval: Type.Integer({ description: "Milliseconds" }),
  counted: Type.Object(
    { basis: Type.Enum(["edge", "all"]), apps: Type.Array(Type.String()) },
    { description: "Whose requests the cluster-wide figures count: the edges when there are any, else all" },
  ),
  cluster: Type.Object({
    ...figures,
    recent: Type.Object(recent),
    points: Type.Array(Point),
    statuses: Type.Array(Type.Object({ status: Count, points: Points })),
  }),
  apps: Type.Array(
    Type.Object({
      app: Type.String(),
      edge: Type.Boolean(),
      versions: Type.Array(Type.String(), { description: "The newest first" }),
      instances: Type.Object({ running: Count, total: Count }),
      ...figures,
      ...p95,
      recent: Type.Object({ ...recent, ...p95 }, { description: "The last five complete minutes" }),
      points: Type.Array(Type.Object({ ...Point.properties, p95Ns: Type.Optional(Type.Number()) }), {
        description: "Ascending; empty buckets are left out",
      }),
    }),
  ),
  ...rangeAnswer,
});

export function appsRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/apps",
    tag: "inventory",
    need: "read",
    summary: "Every app with its figures and series, and the cluster's: one call fills the Overview",
    description:
      "`from` is widened to a whole interval and `to` to a whole minute; the answer says the range that it counts.",
    query: Type.Object(
      {
        ...rangeQuery("now-1h"),
        interval: Type.Optional(Type.String({ maxLength: 32, description: "A multiple of 1m" })),
        ...timeoutQuery,
      },
      { additionalProperties: false },
    ),
    answers: { 200: { description: "Apps and cluster", schema: AppsAnswer } },
    handle: async ({ query, signal }) => {
      const started = parts.clock.monotonicMs();
      const wished = parseRange(query.from, query.to, parts.clock.nowMs());
      const intervalMs = parseMinutesMs(query.interval, wished);
      const range = alignRange(wished, intervalMs);
      const task = { name: "/apps", deadlineMs: parseDeadlineMs(query.timeout), signal };
      const answer = await parts.reads.run(task, (options) => readApps(parts, range, intervalMs, options));
      return { interval: intervalMs, ...answer, partial: null, ...rangeAnswerOf(parts, range, started) };
    },
  });
}

/** A collector speaks once a second; a host that was silent this long is gone, as completeness counts it. */
const hostGoneMs = 5 * minuteMs;

function hostsHeard({ completeness, clock }: ApiParts): Set<string> {
  const nowMs = clock.nowMs();
  const heard = completeness.hosts().filter((host) => nowMs - host.lastSeenMs <= hostGoneMs);
  return new Set(heard.map((host) => host.host));
}

async function readApps(parts: ApiParts, range: TimeRange, intervalMs: number, options: ReadOptions) {
  const covered = coveredRange(range, {
    keptSinceNs: parts.store.logs.keptSinceNs(),
    completeToNs: parts.completeness.completeToNs(),
    nowNs: msToNanos(parts.clock.nowMs()),
  });
  const recently = recentRange(covered);
  const { counters, inventory } = parts.store;
  const instances = instancesByApp(inventory.containers(), hostsHeard(parts));
  const [counts, recentSeries] = await Promise.all([
    counters.apps(range, intervalMs, options),
    counters.apps(alignRange(recently, minuteMs), minuteMs, options),
  ]);
  const series = withQuietApps(counts, instances);
  const counted = countedApps(series);
  const statuses = await counters.statuses(
    range,
    intervalMs,
    counted.basis === "edge" ? counted.apps : undefined,
    options,
  );
  const countedSet = new Set(counted.apps);
  const points = clusterPoints(series, countedSet);
  const recentOf = { from: formatNanos(recently.fromNs), to: formatNanos(recently.toNs) };
  const recentByApp = new Map(recentSeries.map((one) => [one.app, one]));
  return {
    counted,
    cluster: {
      ...figuresOf(points, covered),
      recent: { ...recentOf, ...figuresOf(clusterPoints(recentSeries, countedSet), recently) },
      points,
      statuses,
    },
    apps: series.map((one) => ({
      ...appAnswer(one, instances.get(one.app)),
      ...figuresOf(one.points, covered),
      p95Ns: one.p95Ns ?? null,
      recent: {
        ...recentOf,
        ...figuresOf(recentByApp.get(one.app)?.points ?? [], recently),
        p95Ns: recentByApp.get(one.app)?.p95Ns ?? null,
      },
      points: one.points,
    })),
  };
}

function appAnswer({ app, edge, versions }: AppSeries, instances: AppInstances | undefined) {
  const { running, total } = instances ?? { running: 0, total: 0 };
  return { app, edge, versions, instances: { running, total } };
}
