/** Changes to the query text that a click makes. The text stays what a person could have typed. */

const bareValue = /^[\p{L}\p{N}_][\p{L}\p{N}_.\-/@#+=%~]*$/u;
const reserved = /^(and|or|not)$/i;

/** `field:value`, quoted where the value needs it. */
export function filterTerm(field: string, value: string): string {
  const bare = bareValue.test(value) && !reserved.test(value);
  return `${field}:${bare ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`}`;
}

/** The parts of a text outside double quotes, the inside replaced by spaces of the same length. */
function withoutQuoted(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"?/g, (quoted) => " ".repeat(quoted.length));
}

/** Splits off the tail of pipes. */
function splitPipe(query: string): { readonly filter: string; readonly pipe: string } {
  const at = withoutQuoted(query).indexOf("|");
  if (at < 0) return { filter: query.trim(), pipe: "" };
  return { filter: query.slice(0, at).trim(), pipe: ` ${query.slice(at).trim()}` };
}

/** Where a whole term stands in the query, or undefined. */
function placeOf(filter: string, term: string): { readonly from: number; readonly to: number } | undefined {
  for (let at = filter.indexOf(term); at >= 0; at = filter.indexOf(term, at + 1)) {
    const before = filter[at - 1];
    const after = filter[at + term.length];
    if ((before === undefined || /[\s(-]/.test(before)) && (after === undefined || /[\s)]/.test(after)))
      return { from: at, to: at + term.length };
  }
  return undefined;
}

/** Adds `term`, or `-term` to exclude; the opposite term is replaced, and what is there already is not repeated. */
export function withTerm(query: string, term: string, exclude = false): string {
  const { filter, pipe } = splitPipe(query);
  const wanted = exclude ? `-${term}` : term;
  const place = placeOf(filter, term);
  if (place) {
    const negated = filter[place.from - 1] === "-";
    if (negated === exclude) return `${filter}${pipe}`.trim();
    const from = negated ? place.from - 1 : place.from;
    return `${filter.slice(0, from)}${wanted}${filter.slice(place.to)}${pipe}`.trim();
  }
  if (filter === "") return `${wanted}${pipe}`;
  const wrapped = /\bor\b/i.test(topLevel(filter)) ? `(${filter})` : filter;
  return `${wrapped} ${wanted}${pipe}`;
}

/** The text outside quotes and brackets. */
function topLevel(filter: string): string {
  let depth = 0;
  let out = "";
  for (const letter of withoutQuoted(filter)) {
    if (letter === "(") depth += 1;
    out += depth > 0 ? " " : letter;
    if (letter === ")") depth = Math.max(0, depth - 1);
  }
  return out;
}

/** The top-level terms of a query without `or`, so that one can be dropped; empty when there is no such choice. */
export function droppableTerms(query: string): string[] {
  const { filter } = splitPipe(query);
  if (/\b(or|and|not)\b|[()]/i.test(withoutQuoted(filter))) return [];
  const terms = filter.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
  return terms.length > 1 ? terms : [];
}

/** The query without that term. */
export function withoutTerm(query: string, term: string): string {
  const { filter, pipe } = splitPipe(query);
  const place = placeOf(filter, term);
  if (!place) return query;
  return `${filter.slice(0, place.from)}${filter.slice(place.to)}${pipe}`.replace(/\s+/g, " ").trim();
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
