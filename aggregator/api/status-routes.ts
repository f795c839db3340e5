import Type, { type Static } from "typebox";
import type { Metrics } from "../../common/base/metrics.ts";
import { type Route, route } from "./route.ts";
import { CompleteTo, Nullable, Time } from "./schemas.ts";

const Readiness = {
  state: Type.Enum(["ready", "degraded", "stopping"]),
  reasons: Type.Array(Type.String(), { description: "Why it is not simply ready" }),
};
const ReadinessAnswer = Type.Object(Readiness);
export type ReadinessState = Static<typeof ReadinessAnswer>;

const StatusBody = Type.Object({
  version: Type.String(),
  startedAt: Time,
  now: Time,
  ...Readiness,
  keptSince: Nullable(
    Type.String({ description: "RFC 3339: lines are kept since then; null while there is none" }),
  ),
  completeTo: CompleteTo,
  behindSeconds: Nullable(Type.Number({ description: "now - completeTo" })),
  ingest: Type.Object({
    linesPerSecond: Type.Number({ description: "Over the last ten seconds" }),
    lines: Type.Integer({ description: "Since the start" }),
    refusedPosts: Type.Integer({ description: "Since the start" }),
  }),
  loader: Type.Object({
    state: Type.Enum(["running", "failing"]),
    since: Time,
    waitingSegments: Type.Integer(),
    waitingBytes: Type.Integer(),
    error: Nullable(Type.String()),
  }),
  lostLinesToday: Nullable(Type.Number({ description: "Gap rows since midnight UTC; null: not available" })),
  deadLetters: Type.Object({
    some: Type.Boolean({ description: "There are lines that the store refused" }),
    dropped: Type.Integer({ description: "Dropped because the folder was full" }),
  }),
  disk: Type.Object({
    usedBytes: Type.Integer({ description: "By the aggregator's state" }),
    limitBytes: Type.Integer({ description: "The size at which the oldest lines go" }),
    freeBytes: Type.Integer(),
  }),
  retention: Type.Object({ ageSeconds: Type.Number(), sizeBytes: Type.Integer() }),
  live: Type.Object({ clients: Type.Integer(), skipped: Type.Integer() }),
  collectors: Type.Object({
    total: Type.Integer(),
    stale: Type.Integer(),
    dockerWaiting: Type.Integer({ description: "Collectors that wait for their Docker Engine" }),
  }),
});
export type StatusBody = Static<typeof StatusBody>;

export interface StatusSource {
  status(): Promise<StatusBody>;
  readiness(): ReadinessState;
  readonly metrics: Metrics;
}

const none = Type.Object({}, { additionalProperties: false });

export function statusRoutes(source: StatusSource): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/status",
      tag: "self",
      need: "read",
      summary: "How Seamark itself is: ingest, loader, disk, retention, what is known to be lost",
      query: none,
      answers: {
        200: {
          description: "The aggregator's own state",
          schema: Type.Object({
            ...StatusBody.properties,
            tokenOk: Type.Boolean({
              description: "This request carried a valid token: it may change things",
            }),
          }),
        },
      },
      handle: async ({ trusted }) => ({ ...(await source.status()), tokenOk: trusted }),
    }),
  ];
}

/** Without the prefix `/api/v1`. */
export function probeRoutes(source: StatusSource): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/healthz",
      tag: "self",
      need: "nothing",
      summary: "The process answers",
      answers: { 200: { description: "Alive", schema: Type.Literal("ok"), contentType: "text/plain" } },
      handle: () => "ok",
    }),
    route({
      method: "GET",
      path: "/readyz",
      tag: "self",
      need: "read",
      summary: "Whether it can take lines and answer",
      answers: {
        200: { description: "Ready, or degraded with reasons", schema: ReadinessAnswer },
        503: { description: "Not able to take lines", schema: ReadinessAnswer },
      },
      handle: ({ status }) => {
        const readiness = source.readiness();
        if (readiness.state === "stopping") status(503);
        return readiness;
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      tag: "self",
      need: "read",
      summary: "Prometheus text format",
      answers: {
        200: {
          description: "Counters and gauges",
          schema: Type.String(),
          contentType: "text/plain; version=0.0.4; charset=utf-8",
        },
      },
      handle: () => source.metrics.text(),
    }),
  ];
}
