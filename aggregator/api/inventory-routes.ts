import Type from "typebox";
import { nanosToMs, parseNanos } from "../../common/base/nanotime.ts";
import { CollectorStatus } from "../../common/wire/collector-status.ts";
import { Origin } from "../../common/wire/row.ts";
import type { HostCompleteness } from "../ingest/completeness.ts";
import type { ContainerRecord } from "../store/log-store.ts";
import { type ApiParts, completeToOf } from "./parts.ts";
import { type Route, route } from "./route.ts";
import { CompleteTo, Nullable, Time } from "./schemas.ts";

const tag = "inventory";

/** A collector posts at least once a second; one that has been silent for this long is not well. */
export const staleMs = 10_000;

const states = ["running", "exited", "removed", "unknown"] as const;

const Container = Type.Object({
  origin: Origin,
  state: Type.Enum([...states]),
  startedAt: Type.Optional(Time),
  finishedAt: Type.Optional(Time),
  exitCode: Type.Optional(Type.Integer()),
  oomKilled: Type.Optional(Type.Boolean()),
  starts: Type.Integer({ description: "Starts that event rows told of" }),
  firstSeen: Time,
  lastSeen: Time,
});

const Host = Type.Object({
  host: Type.String(),
  collector: Type.String(),
  lastHeard: Time,
  stale: Type.Boolean({ description: `Nothing was heard for ${staleMs / 1000} s` }),
  completeTo: CompleteTo,
  behindSeconds: Nullable(Type.Number()),
  docker: Nullable(CollectorStatus.properties.docker),
  containersRead: Nullable(Type.Integer({ description: "Containers whose log is being read" })),
  lagMs: Nullable(Type.Number()),
  spoolBytes: Nullable(Type.Integer()),
  lostLines: Nullable(Type.Integer({ description: "Known to be lost since the collector's state was made" })),
  containers: Type.Object({ running: Type.Integer(), total: Type.Integer() }),
});

export function inventoryRoutes(parts: ApiParts): readonly Route[] {
  return [containersRoute(parts), hostsRoute(parts)];
}

function containersRoute(parts: ApiParts): Route {
  const filterText = Type.Optional(Type.String({ maxLength: 256 }));
  return route({
    method: "GET",
    path: "/containers",
    tag,
    need: "read",
    summary: "Container runs, running and gone",
    query: Type.Object(
      { app: filterText, host: filterText, state: Type.Optional(Type.Enum([...states])) },
      { additionalProperties: false },
    ),
    answers: {
      200: {
        description: "The last seen first",
        schema: Type.Object({ containers: Type.Array(Container), completeTo: CompleteTo }),
      },
    },
    handle: ({ query }) => ({
      containers: parts.store.inventory
        .containers()
        .filter(
          ({ origin, state }) => matches(query.app, origin["service.name"]) && matches(query.state, state),
        )
        .filter(({ origin }) => matches(query.host, origin["host.name"]))
        .toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1)),
      completeTo: completeToOf(parts.completeness),
    }),
  });
}

function matches(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function hostsRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/hosts",
    tag,
    need: "read",
    summary: "Hosts with the state of their collector",
    query: Type.Object({}, { additionalProperties: false }),
    answers: {
      200: {
        description: "By name",
        schema: Type.Object({ hosts: Type.Array(Host), completeTo: CompleteTo }),
      },
    },
    handle: () => {
      const containers = parts.store.inventory.containers();
      const nowMs = parts.clock.nowMs();
      const hosts = parts.completeness.hosts().map((host) => hostAnswer(host, containers, nowMs));
      return {
        hosts: hosts.toSorted((a, b) => (a.host < b.host ? -1 : 1)),
        completeTo: completeToOf(parts.completeness),
      };
    },
  });
}

/** What is not known is null, not 0: right after a restart the collector has not said it yet. */
export function hostAnswer(host: HostCompleteness, containers: readonly ContainerRecord[], nowMs: number) {
  const { status, completeTo } = host;
  const completeNs = completeTo === undefined ? undefined : parseNanos(completeTo);
  const own = containers.filter(
    ({ origin, state }) => origin["host.name"] === host.host && state !== "removed" && origin["container.id"],
  );
  return {
    host: host.host,
    collector: host.collector,
    lastHeard: new Date(host.lastSeenMs).toISOString(),
    stale: nowMs - host.lastSeenMs > staleMs,
    completeTo: completeTo ?? null,
    behindSeconds: completeNs === undefined ? null : Math.max(0, nowMs - nanosToMs(completeNs)) / 1000,
    docker: status?.docker ?? null,
    containersRead: status?.containers ?? null,
    lagMs: status?.lagMs ?? null,
    spoolBytes: status?.spoolBytes ?? null,
    lostLines: status?.lostLines ?? null,
    containers: { running: own.filter(({ state }) => state === "running").length, total: own.length },
  };
}
