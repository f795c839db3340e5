import type { FieldRef, Filter, ParsedQuery, Query, QueryError } from "../../common/query/ast.ts";
import type { TimeRange } from "../store/log-store.ts";
import { parseDeadlineMs, parseRange } from "./parameters.ts";
import { RequestError } from "./problem.ts";

export interface QueryParameters {
  readonly query: string;
  readonly lenient: boolean;
}

export interface SearchParameters extends QueryParameters {
  readonly from: string;
  readonly to: string;
  readonly timeout?: string;
}

export interface SearchInput {
  readonly query: Query;
  readonly range: TimeRange;
  readonly deadlineMs: number;
  /** Only with `lenient`. */
  readonly queryError?: QueryError;
}

type ParseQuery = (text: string) => ParsedQuery;

/** Reads what all search routes share; throws a RequestError that says where the query or the range broke. */
export function readSearch(parameters: SearchParameters, parse: ParseQuery, nowMs: number): SearchInput {
  const { query, error } = readQuery(parameters, parse);
  return {
    query,
    range: parseRange(parameters.from, parameters.to, nowMs),
    deadlineMs: parseDeadlineMs(parameters.timeout),
    ...(error === undefined ? {} : { queryError: error }),
  };
}

/** The same for routes that answer neither lines nor groups: a pipe has no meaning there. */
export function readFilter(
  parameters: SearchParameters,
  parse: ParseQuery,
  nowMs: number,
): SearchInput & { readonly filter: Filter } {
  const input = readSearch(parameters, parse, nowMs);
  const error = input.queryError ?? pipeError(parameters, input.query, parse);
  return { ...input, filter: input.query.filter, ...(error === undefined ? {} : { queryError: error }) };
}

/** The filter of a live tail. */
export function readTailFilter(
  parameters: QueryParameters,
  parse: ParseQuery,
): { readonly filter: Filter; readonly queryError: QueryError | undefined } {
  const { query, error } = readQuery(parameters, parse);
  return { filter: query.filter, queryError: error ?? pipeError(parameters, query, parse) };
}

function readQuery(parameters: QueryParameters, parse: ParseQuery): { query: Query; error?: QueryError } {
  const { query, error } = parse(parameters.query);
  if (error !== undefined && !parameters.lenient) throw badQuery(error);
  return error === undefined ? { query } : { query, error };
}

function pipeError(parameters: QueryParameters, query: Query, parse: ParseQuery): QueryError | undefined {
  if (query.pipes.length === 0) return undefined;
  const pipe = parse(parameters.query).tokens.find((token) => token.kind === "pipe");
  const error = {
    message: "A pipe has no meaning here: it is left out. GET /api/v1/logs answers it.",
    from: pipe?.from ?? 0,
    to: parameters.query.length,
  };
  if (!parameters.lenient) throw badQuery({ ...error, message: "A pipe has no meaning here." });
  return error;
}

function badQuery({ message, from, to }: QueryError): RequestError {
  return new RequestError("bad_query", message, {
    hint: "lenient=true searches a broken query as words",
    where: { parameter: "query", from, to },
  });
}

/** What a person would type for the field. */
export function nameOfRef({ name, path }: FieldRef): string {
  if (path === undefined) return name;
  return name === "attrs" ? path : `${name}.${path}`;
}
