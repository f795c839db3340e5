import Type from "typebox";
import { LogRow, Origin } from "../../common/wire/row.ts";
import { deadlineMsMax } from "./parameters.ts";

/** A query longer than this is not typed by a person; characters. */
const queryLengthMax = 8192;

export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const time = (description: string) => Type.String({ maxLength: 64, description });

export const Time = Type.String({ description: "RFC 3339 in UTC" });

export const rangeQuery = (from: string) => ({
  from: Type.String({
    maxLength: 64,
    default: from,
    description: "RFC 3339, milliseconds since 1970, or relative such as now-15m",
  }),
  to: Type.String({ maxLength: 64, default: "now", description: "Like from; not part of the range" }),
});

export const timeoutQuery = {
  timeout: Type.Optional(time(`Deadline of the read, 10s without it, at most ${deadlineMsMax / 1000}s`)),
};

export const queryText = {
  query: Type.String({ maxLength: queryLengthMax, default: "", description: "The query language" }),
  lenient: Type.Boolean({
    default: false,
    description: "Searches a broken query as words and answers with queryError instead of a problem",
  }),
};

/** What every route takes that searches lines. */
export const searchQuery = { ...queryText, ...rangeQuery("now-15m"), ...timeoutQuery };

export const QueryError = Type.Object({
  message: Type.String(),
  from: Type.Integer({ description: "UTF-16 units into the query" }),
  to: Type.Integer(),
});

export const PartialReason = Type.Union([Type.Null(), Type.Literal("deadline"), Type.Literal("limit")], {
  description: "null: the answer is whole",
});

export const CompleteTo = Nullable(
  Type.String({ description: "RFC 3339: every line up to this time has been counted in" }),
);

/** What every answer has that is about a range. */
export const rangeAnswer = {
  partial: PartialReason,
  completeTo: CompleteTo,
  from: Time,
  to: Time,
  tookMs: Type.Number(),
};

export const searchAnswer = { ...rangeAnswer, queryError: Type.Optional(QueryError) };

export const Row = Type.Object(
  {
    id: Type.String({ description: "<@timestamp in ns>-<origin.id>-<event.sequence>" }),
    "event.ingested": Type.Optional(Time),
    ...LogRow.properties,
    ...Type.Partial(Origin).properties,
    "origin.id": LogRow.properties["origin.id"],
  },
  { description: "A line with its origin, flat; names are those of the field dictionary" },
);

export const Points = Type.Array(Type.Tuple([Type.Integer(), Type.Number()]), {
  description: "[milliseconds since 1970, count]; empty buckets are left out",
});

export { Origin };
