import { parseParts } from "../../common/query/parser.ts";

/** Changes to the query text that a click makes. The text stays what a person could have typed. */

const bareValue = /^[\p{L}\p{N}_][\p{L}\p{N}_.\-/@#+=%~]*$/u;
const reserved = /^(and|or|not)$/i;

/** `field:value`, quoted where the value needs it. */
export function filterTerm(field: string, value: string): string {
  const bare = bareValue.test(value) && !reserved.test(value);
  return `${field}:${bare ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`}`;
}

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

/** What stands before the cursor and can be completed. */
export interface Completable {
  readonly kind: "field" | "value";
  /** For a value: the field before the operator. */
  readonly field: string;
  /** What is typed of it so far. */
  readonly typed: string;
  /** Where the completion replaces text. */
  readonly from: number;
  readonly to: number;
}

/** The word at the cursor as something to complete; undefined inside quotes and free of any word. */
export function completableAt(query: string, cursor: number): Completable | undefined {
  const head = query.slice(0, cursor);
  if ((withoutClosed(head).match(/"/g) ?? []).length % 2 === 1) return undefined;
  const match = /(?:^|[\s(-])([\p{L}_@][\p{L}\p{N}_.@-]*)(?:(>=|<=|:|>|<|=)([^\s()"]*))?$/u.exec(head);
  if (!match) return undefined;
  const field = match[1]!;
  if (match[2] === undefined)
    return { kind: "field", field: "", typed: field, from: cursor - field.length, to: cursor };
  const typed = match[3]!;
  return { kind: "value", field, typed, from: cursor - typed.length, to: cursor };
}

function withoutClosed(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"/g, "");
}

/** The query with the completion in place, and where the cursor stands then. */
export function completed(
  query: string,
  place: Completable,
  choice: string,
): { readonly query: string; readonly cursor: number } {
  const text = place.kind === "field" ? `${choice}:` : filterTerm("", choice).slice(1);
  const after = place.kind === "field" ? "" : " ";
  const rest = query.slice(place.to);
  const gap = after === " " && rest.startsWith(" ") ? "" : after;
  const head = `${query.slice(0, place.from)}${text}`;
  return { query: `${head}${gap}${rest}`, cursor: head.length + after.length };
}
