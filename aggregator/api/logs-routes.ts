import Type from "typebox";
import { parseRowId } from "../store/log-store.ts";
import { groupField, numberField, parseDeadlineMs, parseIntervalMs } from "./parameters.ts";
import type { ApiParts } from "./parts.ts";
import { completeToOf, rangeAnswerOf } from "./parts.ts";
import { RequestError } from "./problem.ts";
import { type Call, type Route, route } from "./route.ts";
import {
  CompleteTo,
  Nullable,
  Points,
  queryText,
  Row,
  searchAnswer,
  searchQuery,
  timeoutQuery,
} from "./schemas.ts";
import {
  nameOfRef,
  readFilter,
  readSearch,
  type SearchInput,
  type SearchParameters,
} from "./search-input.ts";

const tag = "logs";
const rowsMax = 10_000;
const topMax = 1000;
const contextMax = 1000;

const RowsAnswer = Type.Object({
  rows: Type.Array(Row),
  cursor: Nullable(Type.String({ description: "The cursor of the next page; null: there is none" })),
  ...searchAnswer,
});

const GroupsAnswer = Type.Object(
  {
    groups: Type.Array(Type.Object({ key: Type.Array(Nullable(Type.String())), count: Type.Integer() })),
    by: Type.Array(Type.String()),
    ...searchAnswer,
  },
  { description: "When the query has a pipe such as `| count by app`: the 1,000 largest groups" },
);

export function logsRoutes(parts: ApiParts): readonly Route[] {
  return [
    searchRoute(parts),
    histogramRoute(parts),
    topRoute(parts),
    statsRoute(parts),
    fieldsRoute(parts),
    contextRoute(parts),
    tailRoute(),
  ];
}

function searchRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/logs",
    tag,
    need: "read",
    summary: "Lines that match, or groups when the query has a pipe",
    query: Type.Object(
      {
        ...searchQuery,
        limit: Type.Integer({ minimum: 1, maximum: rowsMax, default: 100 }),
        order: Type.Enum(["desc", "asc"], { default: "desc" }),
        cursor: Type.Optional(
          Type.String({ maxLength: 64, description: "Of the answer before; keep its from and to" }),
        ),
      },
      { additionalProperties: false },
    ),
    answers: {
      200: { description: "Lines, or groups", schema: Type.Union([RowsAnswer, GroupsAnswer]) },
    },
    handle: async ({ query, signal }) => {
      const started = parts.clock.monotonicMs();
      const input = readSearch(query, parts.parseQuery, parts.clock.nowMs());
      if (query.cursor !== undefined) checkRowId(query.cursor, "cursor");
      const task = { name: "/logs", deadlineMs: input.deadlineMs, signal };
      if (input.query.pipes.length > 0) {
        const { groups, partial } = await parts.reads.run(task, (options) =>
          parts.store.logs.count(input.query, input.range, options),
        );
        const by = input.query.pipes.flatMap((pipe) => pipe.by.map(nameOfRef));
        return { groups, by, ...searchAnswerOf(parts, input, started, partial) };
      }
      const request = {
        filter: input.query.filter,
        range: input.range,
        limit: query.limit,
        order: query.order,
        ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      };
      const answer = await parts.reads.run(task, (options) => parts.store.logs.search(request, options));
      const { rows, cursor, partial } = answer;
      return { rows, cursor: cursor ?? null, ...searchAnswerOf(parts, input, started, partial) };
    },
  });
}

function histogramRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/logs/histogram",
    tag,
    need: "read",
    summary: "Counts of matching lines over time",
    query: Type.Object(
      {
        ...searchQuery,
        by: Type.Optional(
          Type.String({
            maxLength: 256,
            description: "status_class, status, level, or a field: its ten most frequent values and `other`",
          }),
        ),
        interval: Type.Optional(
          Type.String({
            maxLength: 32,
            description: "A step such as 10s; without it about 60 to 120 buckets",
          }),
        ),
      },
      { additionalProperties: false },
    ),
    answers: {
      200: {
        description: "Series; lines without the field have the key ``",
        schema: Type.Object({
          interval: Type.Integer({ description: "Milliseconds" }),
          series: Type.Array(Type.Object({ key: Type.String(), points: Points })),
          total: Type.Integer(),
          ...searchAnswer,
        }),
      },
    },
    handle: async (call) => {
      const { query } = call;
      const intervalOf = (input: SearchInput) => parseIntervalMs(query.interval, input.range);
      const by =
        query.by === undefined || query.by === "status_class" ? query.by : groupField(query.by, "by");
      return filtered(parts, "/logs/histogram", call, async (input, options) => {
        const intervalMs = intervalOf(input);
        const { filter, range } = input;
        const request = { filter, range, intervalMs, ...(by === undefined ? {} : { by }) };
        return { interval: intervalMs, ...(await parts.store.logs.histogram(request, options)) };
      });
    },
  });
}

function topRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/logs/top",
    tag,
    need: "read",
    summary: "The most frequent values of a field",
    query: Type.Object(
      {
        ...searchQuery,
        field: Type.String({ minLength: 1, maxLength: 256 }),
        n: Type.Integer({ minimum: 1, maximum: topMax, default: 10 }),
      },
      { additionalProperties: false },
    ),
    answers: {
      200: {
        description: "Values, the most frequent first",
        schema: Type.Object({
          field: Type.String(),
          values: Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() })),
          other: Type.Integer({ description: "Lines that have the field with another value" }),
          ...searchAnswer,
        }),
      },
    },
    handle: (call) => {
      const field = groupField(call.query.field, "field");
      return filtered(parts, "/logs/top", call, async ({ filter, range }, options) => ({
        field,
        ...(await parts.store.logs.top(filter, range, field, call.query.n, options)),
      }));
    },
  });
}

const Figure = Nullable(Type.Number());

function statsRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/logs/stats",
    tag,
    need: "read",
    summary: "Count, sum and percentiles of a numeric field",
    query: Type.Object(
      { ...searchQuery, field: Type.String({ minLength: 1, maxLength: 256 }) },
      { additionalProperties: false },
    ),
    answers: {
      200: {
        description: "All but count are null when no line has the field",
        schema: Type.Object({
          field: Type.String(),
          count: Type.Integer(),
          min: Figure,
          max: Figure,
          sum: Figure,
          p50: Figure,
          p90: Figure,
          p95: Figure,
          p99: Figure,
          ...searchAnswer,
        }),
      },
    },
    handle: (call) => {
      const field = numberField(call.query.field, "field");
      return filtered(parts, "/logs/stats", call, async ({ filter, range }, options) => ({
        field,
        ...(await parts.store.logs.stats(filter, range, field, options)),
      }));
    },
  });
}

function fieldsRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/logs/fields",
    tag,
    need: "read",
    summary: "Which fields the matching lines have",
    query: Type.Object(searchQuery, { additionalProperties: false }),
    answers: {
      200: {
        description: "Coverage over a sample of the matching lines, the newest first",
        schema: Type.Object({
          fields: Type.Array(
            Type.Object({
              name: Type.String(),
              type: Type.String(),
              count: Type.Integer({ description: "Lines that have it" }),
              of: Type.Integer({ description: "Lines that were looked at" }),
            }),
          ),
          ...searchAnswer,
        }),
      },
    },
    handle: (call) =>
      filtered(parts, "/logs/fields", call, async ({ filter, range }, options) => ({
        fields: await parts.store.logs.fields(filter, range, options),
      })),
  });
}

function contextRoute(parts: ApiParts): Route {
  return route({
    method: "GET",
    path: "/logs/context",
    tag,
    need: "read",
    summary: "The lines around one line, of the same container",
    query: Type.Object(
      {
        id: Type.String({ maxLength: 64 }),
        before: Type.Integer({ minimum: 0, maximum: contextMax, default: 20 }),
        after: Type.Integer({ minimum: 0, maximum: contextMax, default: 20 }),
        ...timeoutQuery,
      },
      { additionalProperties: false },
    ),
    answers: {
      200: {
        description: "Ascending, the line itself among them",
        schema: Type.Object({ rows: Type.Array(Row), completeTo: CompleteTo, tookMs: Type.Number() }),
      },
    },
    handle: async ({ query, signal }) => {
      const started = parts.clock.monotonicMs();
      checkRowId(query.id, "id");
      const task = { name: "/logs/context", deadlineMs: parseDeadlineMs(query.timeout), signal };
      const rows = await parts.reads.run(task, (options) =>
        parts.store.logs.context(query.id, query.before, query.after, options),
      );
      if (rows === null) {
        throw new RequestError("not_found", `The line ${query.id} is not in the store.`, {
          hint: "It may be older than the retention, or not loaded yet",
          where: { parameter: "id" },
        });
      }
      const tookMs = Math.round(parts.clock.monotonicMs() - started);
      return { rows, completeTo: completeToOf(parts.completeness), tookMs };
    },
  });
}

/** Served by the upgrade handler (`tail-socket.ts`); here for the document and for who asks without a WebSocket. */
function tailRoute(): Route {
  return route({
    method: "GET",
    path: "/logs/tail",
    tag,
    need: "read",
    summary: "Live tail (WebSocket)",
    description:
      'Text messages: a JSON array of lines (see /logs), {"skipped": n} when this client was too slow for n lines, ' +
      '{"completeTo": …} at once and then every 2 s as the heartbeat, {"queryError": …} first with lenient=true.',
    query: Type.Object(queryText, { additionalProperties: false }),
    answers: { 101: { description: "The connection is a WebSocket now" } },
    handle: () => {
      throw new RequestError("bad_request", "The live tail is a WebSocket.", {
        hint: "Connect to it with ws://, or poll /api/v1/logs",
      });
    },
  });
}

type FilterRead<T> = (
  input: ReturnType<typeof readFilter>,
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
) => Promise<T>;

/** Runs a read of a filter without pipes and adds what all answers have. */
async function filtered<T extends object>(
  parts: ApiParts,
  name: string,
  { query, signal }: Pick<Call<SearchParameters>, "query" | "signal">,
  read: FilterRead<T>,
): Promise<object> {
  const started = parts.clock.monotonicMs();
  const input = readFilter(query, parts.parseQuery, parts.clock.nowMs());
  const task = { name, deadlineMs: input.deadlineMs, signal };
  const answer = await parts.reads.run(task, (options) => read(input, options));
  const { partial } = answer as { partial?: string };
  return { ...answer, ...searchAnswerOf(parts, input, started, partial) };
}

function searchAnswerOf(parts: ApiParts, input: SearchInput, started: number, partial: string | undefined) {
  return {
    partial: partial ?? null,
    ...rangeAnswerOf(parts, input.range, started),
    ...(input.queryError === undefined ? {} : { queryError: input.queryError }),
  };
}

function checkRowId(id: string, parameter: string): void {
  if (parseRowId(id) !== undefined) return;
  throw new RequestError("bad_request", `${parameter}: ${JSON.stringify(id)} is not the id of a line.`, {
    hint: "Take it from an answer: nanoseconds-origin-sequence",
    where: { parameter },
  });
}
