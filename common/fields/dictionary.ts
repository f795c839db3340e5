/**
 * The field dictionary: every field that a row of the log store can have. From this one table come the DuckDB
 * columns, the Elasticsearch template, the query language's typing and completion, and the reference page.
 * Names are ECS (https://www.elastic.co/docs/reference/ecs), written flat with dots; `aliases` holds what people
 * type (short names) and the OpenTelemetry spellings. The table may grow; older files stay readable.
 */

/**
 * - `keyword`: exact text, compared as a whole and case-sensitively.
 * - `text`: prose, matched by words.
 * - `long`: integer, at most 2^53 in JSON. `double`: floating point. `boolean`.
 * - `nanos`: RFC 3339 text with nine digits on the wire, nanoseconds since the epoch in the store.
 * - `flattened`: an object of dotted names → scalar or array, for what the dictionary does not name.
 */
export type FieldType = "keyword" | "text" | "long" | "double" | "boolean" | "nanos" | "flattened";

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** `origin`: the same for every line of a container run, sent once and joined when read. */
  readonly of: "origin" | "line";
  readonly meaning: string;
  readonly aliases?: readonly string[];
  /** `ns` and `bytes` let the query language accept `250ms` and `4KiB`. */
  readonly unit?: "ns" | "bytes";
}

const origin = (name: string, type: FieldType, meaning: string, aliases: string[] = []): Field => ({
  name,
  type,
  of: "origin",
  meaning,
  aliases,
});

const line = (
  name: string,
  type: FieldType,
  meaning: string,
  aliases: string[] = [],
  unit?: "ns" | "bytes",
): Field => ({ name, type, of: "line", meaning, aliases, ...(unit ? { unit } : {}) });

export const fields: readonly Field[] = [
  origin("origin.id", "keyword", "Names the container run on one host; the key of the join"),
  origin("service.name", "keyword", "The app", ["app", "service"]),
  origin("service.version", "keyword", "The app's version", ["version"]),
  origin("service.environment", "keyword", "production, staging, …", ["env", "deployment.environment.name"]),
  origin("service.node.name", "keyword", "The instance of the app", ["instance", "service.instance.id"]),
  origin("organization.name", "keyword", "The tenant", ["tenant"]),
  origin("container.id", "keyword", "Docker's 64 hex digits"),
  origin("container.name", "keyword", "Docker's name without the leading slash", ["container"]),
  origin("container.image.name", "keyword", "Image without its tag", ["image"]),
  origin("container.image.tag", "keyword", "The image's tag", ["container.image.tags"]),
  origin("container.labels", "flattened", "The container's kept labels"),
  origin("host.name", "keyword", "The host that the collector runs on", ["host"]),
  origin("host.ip", "keyword", "The host's first address that is not loopback"),
  origin("orchestrator.type", "keyword", "marathon, swarm, compose, kubernetes, nomad, ecs or none"),
  origin("orchestrator.resource.id", "keyword", "The task", ["task"]),
  origin("orchestrator.resource.name", "keyword", "The task's readable name"),
  origin(
    "seamark.edge",
    "boolean",
    "The app is an edge: cluster-wide figures count edges when there are any",
  ),

  line("@timestamp", "nanos", "Docker's time of the line", ["time"]),
  line("event.created", "nanos", "The time that the line itself states"),
  line("event.ingested", "nanos", "When the aggregator accepted the line", ["ObservedTimestamp"]),
  line("event.sequence", "long", "Rises by one per line within an origin"),
  line("event.group", "long", "On continuation lines of a stack trace: the sequence of the first line"),
  line("event.kind", "keyword", "Absent on lines; `gap` for lines that are lost, `event` for what happened", [
    "kind",
  ]),
  line("event.action", "keyword", "What happened: start, die, oom, …"),
  line("event.reason", "keyword", "Why lines are missing, or why the event happened"),
  line("event.start", "nanos", "First known time of a gap"),
  line("event.end", "nanos", "Last known time of a gap"),
  line("event.count", "long", "How many lines a gap stands for, where that is known"),
  line("message", "text", "The text of the line", ["msg", "Body", "body"]),
  line("event.original", "text", "The line as printed, where the fields cannot give it back", [
    "log.record.original",
  ]),
  line("log.level", "keyword", "trace, debug, info, warn, error or fatal", [
    "level",
    "severity",
    "SeverityText",
  ]),
  line("log.iostream", "keyword", "stdout or stderr", ["stream"]),
  line("log.logger", "keyword", "The logger's name", ["logger"]),
  line("log.truncated", "boolean", "The line was longer than 1 MiB and is cut"),
  line("error.type", "keyword", "Class of the exception", ["exception.type"]),
  line("error.message", "text", "Text of the exception", ["exception.message"]),
  line("error.stack_trace", "text", "Stack trace that came inside a structured line", [
    "exception.stacktrace",
  ]),
  line("trace.id", "keyword", "Trace that the line belongs to", ["trace", "trace_id", "TraceId"]),
  line("span.id", "keyword", "Span that the line belongs to", ["span_id", "SpanId"]),
  line("http.request.method", "keyword", "GET, POST, …", ["method"]),
  line("http.response.status_code", "long", "HTTP status", ["status"]),
  line(
    "http.response.body.bytes",
    "long",
    "Size of the answer",
    ["bytes", "http.response.body.size"],
    "bytes",
  ),
  line("http.request.referrer", "keyword", "The Referer header", ["referrer"]),
  line("http.version", "keyword", "1.0, 1.1, 2, 3", ["network.protocol.version"]),
  line("url.original", "keyword", "The request target as sent", ["url"]),
  line("url.path", "keyword", "The path without the query", ["path"]),
  line("url.query", "keyword", "The query without the question mark"),
  line("url.domain", "keyword", "The host that was asked for", ["domain", "server.address"]),
  line("source.ip", "keyword", "The client's address", ["ip", "client.ip", "client.address"]),
  line("user_agent.original", "keyword", "The User-Agent header", ["ua"]),
  line("event.duration", "long", "How long the request or step took", ["duration"], "ns"),
  line("attrs", "flattened", "What the line states and the dictionary does not name"),
];

const byName = new Map<string, Field>();
for (const field of fields)
  for (const name of [field.name, ...(field.aliases ?? [])]) byName.set(name, field);

/** The field of a name or alias; undefined for a name that lives in `attrs`. */
export function fieldOf(name: string): Field | undefined {
  return byName.get(name);
}

export const originFields: readonly Field[] = fields.filter((field) => field.of === "origin");
export const lineFields: readonly Field[] = fields.filter((field) => field.of === "line");

/** From least to most severe; `level>=warn` compares by this order. */
export const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof levels)[number];

/**
 * The fields that free text is searched in, in this order; a phrase never spans two of them. `attrs` is searched
 * as its JSON text (names and values). Every evaluator of a query uses this list.
 */
export const textFields = [
  "message",
  "error.type",
  "error.message",
  "error.stack_trace",
  "log.logger",
  "trace.id",
  "url.original",
  "attrs",
] as const;
