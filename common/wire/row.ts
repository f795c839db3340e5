import Type, { type Static } from "typebox";

/** RFC 3339 in UTC with up to nine digits of fraction, as Docker prints it. */
const Nanos = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$" });

/** Why a gap row stands where lines should be. */
export const gapReasons = [
  "rotated_away",
  "removed_before_read",
  "corrupt_segment",
  "unreadable_driver",
  "refused_by_store",
  "dropped_by_limit",
] as const;
export type GapReason = (typeof gapReasons)[number];

/**
 * One row as the collector sends it, one JSON object per line of `POST /api/v1/ingest/logs`. Names are those of
 * the field dictionary; absent means not known. The row's id is `<@timestamp in ns>-<origin.id>-<event.sequence>`.
 */
export const LogRow = Type.Object(
  {
    "@timestamp": Nanos,
    "origin.id": Type.String({ pattern: "^[0-9a-f]{16}$" }),
    "event.sequence": Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    message: Type.String(),
    "event.created": Type.Optional(Nanos),
    "event.group": Type.Optional(Type.Integer({ minimum: 0 })),
    "event.kind": Type.Optional(Type.Union([Type.Literal("gap"), Type.Literal("event")])),
    "event.action": Type.Optional(Type.String()),
    "event.reason": Type.Optional(Type.String()),
    "event.start": Type.Optional(Nanos),
    "event.end": Type.Optional(Nanos),
    "event.count": Type.Optional(Type.Integer({ minimum: 0 })),
    "event.original": Type.Optional(Type.String()),
    "log.level": Type.Optional(Type.String()),
    "log.iostream": Type.Optional(Type.Union([Type.Literal("stdout"), Type.Literal("stderr")])),
    "log.logger": Type.Optional(Type.String()),
    "log.truncated": Type.Optional(Type.Boolean()),
    "error.type": Type.Optional(Type.String()),
    "error.message": Type.Optional(Type.String()),
    "error.stack_trace": Type.Optional(Type.String()),
    "trace.id": Type.Optional(Type.String()),
    "span.id": Type.Optional(Type.String()),
    "http.request.method": Type.Optional(Type.String()),
    "http.response.status_code": Type.Optional(Type.Integer()),
    "http.response.body.bytes": Type.Optional(Type.Integer()),
    "http.request.referrer": Type.Optional(Type.String()),
    "http.version": Type.Optional(Type.String()),
    "url.original": Type.Optional(Type.String()),
    "url.path": Type.Optional(Type.String()),
    "url.query": Type.Optional(Type.String()),
    "url.domain": Type.Optional(Type.String()),
    "source.ip": Type.Optional(Type.String()),
    "user_agent.original": Type.Optional(Type.String()),
    "event.duration": Type.Optional(Type.Integer()),
    attrs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);
export type LogRow = Static<typeof LogRow>;

/**
 * What is the same for every line of a container run; one JSON object per line of `POST /api/v1/ingest/origins`,
 * always sent before the first row that names it. The collector's own host is an origin too, without a container,
 * for events and gaps that belong to no container.
 */
export const Origin = Type.Object(
  {
    "origin.id": Type.String({ pattern: "^[0-9a-f]{16}$" }),
    "host.name": Type.String(),
    "host.ip": Type.Optional(Type.String()),
    "service.name": Type.Optional(Type.String()),
    "service.version": Type.Optional(Type.String()),
    "service.environment": Type.Optional(Type.String()),
    "service.node.name": Type.Optional(Type.String()),
    "organization.name": Type.Optional(Type.String()),
    "container.id": Type.Optional(Type.String()),
    "container.name": Type.Optional(Type.String()),
    "container.image.name": Type.Optional(Type.String()),
    "container.image.tag": Type.Optional(Type.String()),
    "container.labels": Type.Optional(Type.Record(Type.String(), Type.String())),
    "orchestrator.type": Type.Optional(Type.String()),
    "orchestrator.resource.id": Type.Optional(Type.String()),
    "orchestrator.resource.name": Type.Optional(Type.String()),
    "seamark.edge": Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type Origin = Static<typeof Origin>;

/** A row as it is read: flat, its origin joined, with its id. */
export type JoinedRow = LogRow & Origin & { readonly id: string; readonly "event.ingested"?: string };
