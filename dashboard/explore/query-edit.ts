import type { Completion } from "../../common/query/complete.ts";
import { addFilter, formatName, formatValue } from "../../common/query/format.ts";
import { parseParts } from "../../common/query/parser.ts";

/** Changes to the query text that a click makes. The text stays what a person could have typed. */

/** The filter without the tail of pipes, and the tail with a space in front. */
function splitPipe(query: string): { readonly filter: string; readonly pipe: string } {
  const at = parseParts(query).pipeFrom;
  const pipe = query.slice(at).trim();
  return { filter: query.slice(0, at).trim(), pipe: pipe === "" ? "" : ` ${pipe}` };
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly excluded: boolean;
}

/** Where a term stands among the parts that are and-ed together, as it is or excluded. */
function placeOf(filter: string, term: string): Place | undefined {
  const parts = parseParts(filter);
  if (parts.isEither) return undefined;
  for (const { from, to } of parts.conjuncts) {
    const text = filter.slice(from, to);
    if (text === term) return { from, to, excluded: false };
    if (text === `-${term}`) return { from, to, excluded: true };
  }
  return undefined;
}

/** Adds `term`, or `-term` to exclude; the opposite term is replaced, and what is there already is not repeated. */
export function withTerm(query: string, term: string, exclude = false): string {
  const { filter, pipe } = splitPipe(query);
  const wanted = exclude ? `-${term}` : term;
  const place = placeOf(filter, term);
  if (place) {
    if (place.excluded === exclude) return `${filter}${pipe}`;
    return `${filter.slice(0, place.from)}${wanted}${filter.slice(place.to)}${pipe}`;
  }
  if (filter === "") return `${wanted}${pipe}`;
  return `${parseParts(filter).isEither ? `(${filter})` : filter} ${wanted}${pipe}`;
}

/**
 * What a click on a value asks for: only this value, or not this one. A trace is asked for alone, because it leads
 * through other apps, and what was searched before would hide the line that explains it.
 */
export function withClickedValue(query: string, field: string, value: string, exclude: boolean): string {
  return addFilter(field === "trace.id" && !exclude ? "" : query, field, value, exclude);
}

/** The terms of a query that are and-ed together, so that one can be dropped; empty when there is no choice. */
export function droppableTerms(query: string): string[] {
  const { filter } = splitPipe(query);
  const { conjuncts, isEither } = parseParts(filter);
  if (isEither || conjuncts.length < 2) return [];
  return conjuncts.map(({ from, to }) => filter.slice(from, to));
}

/** The query without that term. */
export function withoutTerm(query: string, term: string): string {
  const { filter, pipe } = splitPipe(query);
  const place = placeOf(filter, term);
  if (!place) return query;
  return `${filter.slice(0, place.from).trimEnd()} ${filter.slice(place.to).trimStart()}${pipe}`.trim();
}

/** The query with the choice in place of what is typed, and where the cursor stands then. */
export function completed(
  query: string,
  place: Completion,
  choice: string,
): { readonly query: string; readonly cursor: number } {
  const isField = place.kind === "field";
  const rest = query.slice(place.to);
  const text = isField ? `${formatName(choice)}:` : formatValue(choice);
  const gap = isField || rest.startsWith(" ") ? "" : " ";
  const head = `${query.slice(0, place.from)}${text}`;
  return { query: `${head}${gap}${rest}`, cursor: head.length + (isField ? 0 : 1) };
}
