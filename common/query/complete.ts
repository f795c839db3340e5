import { type Field, fields } from "../fields/dictionary.ts";
import {
  afterBlanks,
  isBlankAt,
  type NameAndOperator,
  readNameAndOperator,
  readQuoted,
  readWord,
} from "./lexer.ts";
import { identifierPattern, knownTarget, nameOfRef, targetOf } from "./names.ts";

/** What can be completed at a place of the query text; `from` to `to` is what a completion replaces. */
export interface Completion {
  /** `pipe`: the name of a pipe. `groupBy`: a field after `count by`. `none`: inside free text in quotes. */
  readonly kind: "field" | "value" | "pipe" | "groupBy" | "none";
  /** With `value`: the field's unambiguous name, as the API takes it. */
  readonly field?: string;
  /** What is typed of it so far, without a quote. */
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
}

/** What stands at the offset (UTF-16 units; beyond the text means its end); reads broken queries as well. */
export function completionAt(text: string, at: number): Completion {
  return completionInside(text, Math.min(at, text.length));
}

function completionInside(text: string, offset: number): Completion {
  /** The fields of the parentheses that are open: `status:(500 or …`. */
  const groups: (string | undefined)[] = [];
  let at = 0;
  for (;;) {
    at = afterBlanks(text, at);
    const sign = text[at];
    if (at >= offset) return termAt(text, offset, offset, groups.at(-1));
    if (sign === "|" && groups.length === 0 && text[at + 1] !== "|") return pipeAt(text, at + 1, offset);
    if (sign === "(" || sign === ")" || ((sign === "-" || sign === "!") && !isBlankAt(text, at + 1))) {
      if (sign === "(") groups.push(groups.at(-1));
      if (sign === ")") groups.pop();
      at++;
      continue;
    }
    const name = groups.at(-1) === undefined ? readNameAndOperator(text, at) : undefined;
    if (!name || !isFieldName(text, name) || offset <= name.nameTo) {
      const to = pieceEnd(text, at);
      if (offset <= to) return termAt(text, at, offset, groups.at(-1));
      at = to;
      continue;
    }
    const from = afterBlanks(text, name.operatorTo);
    const field = nameOfRef(targetOf(name.name).ref);
    if (text[from] === "(" && offset > from) {
      groups.push(field);
      at = from + 1;
      continue;
    }
    const to = pieceEnd(text, from);
    if (offset <= to || offset < from) return termAt(text, Math.min(from, offset), offset, field);
    at = to;
  }
}

function isFieldName(text: string, read: NameAndOperator): boolean {
  if (knownTarget(read.name)) return true;
  return identifierPattern.test(read.name) && !read.isBlankBefore && !text.startsWith("//", read.operatorTo);
}

/** Where a word or a quoted text ends; a quote that is not closed goes to the end. */
function pieceEnd(text: string, from: number): number {
  if (text[from] !== '"') return Math.max(readWord(text, from).to, from);
  try {
    return readQuoted(text, from).to;
  } catch {
    return text.length;
  }
}

function termAt(text: string, from: number, offset: number, field: string | undefined): Completion {
  const isQuoted = text[from] === '"';
  const to = Math.max(offset, from < text.length ? pieceEnd(text, from) : from);
  if (field === undefined) {
    return isQuoted
      ? { kind: "none", prefix: "", from: offset, to: offset }
      : { kind: "field", prefix: text.slice(from, offset), from, to };
  }
  return { kind: "value", field, prefix: text.slice(isQuoted ? from + 1 : from, offset), from, to };
}

function pipeAt(text: string, after: number, offset: number): Completion {
  const from = Math.min(afterBlanks(text, after), offset);
  const by = /^\s*count\s+by\s+/i.exec(text.slice(after));
  if (by && offset >= after + by[0].length) {
    const list = text.slice(after + by[0].length, offset);
    const typed = /[^\s,]*$/.exec(list)![0];
    const rest = /^[^\s,|]*/.exec(text.slice(offset))![0];
    return { kind: "groupBy", prefix: typed, from: offset - typed.length, to: offset + rest.length };
  }
  return { kind: "pipe", prefix: text.slice(from, offset), from, to: Math.max(offset, pieceEnd(text, from)) };
}

/** A field that the typed text may be the start of. */
export interface FieldCandidate {
  readonly name: string;
  /** The spelling that was found: the name or an alias; what a completion writes. */
  readonly insert: string;
  readonly type: Field["type"];
  readonly meaning: string;
  readonly aliases: readonly string[];
}

/** The dictionary's fields whose name or alias has the prefix: at its start first, then at the start of a part. */
export function fieldCandidates(prefix: string): readonly FieldCandidate[] {
  const wanted = prefix.toLowerCase();
  const ranked = fields.flatMap((field) => {
    const best = bestSpelling(field, wanted);
    return best ? [{ field, ...best }] : [];
  });
  ranked.sort((a, b) => a.rank - b.rank);
  return ranked.map(({ field, insert }) => ({
    name: field.name,
    insert,
    type: field.type,
    meaning: field.meaning,
    aliases: field.aliases ?? [],
  }));
}

function bestSpelling(field: Field, wanted: string): { insert: string; rank: number } | undefined {
  const aliases = field.aliases ?? [];
  // Nothing typed yet: the short name that people use, where there is one.
  if (wanted === "") return { insert: aliases[0] ?? field.name, rank: aliases.length > 0 ? 0 : 1 };
  let best: { insert: string; rank: number } | undefined;
  for (const spelling of [...aliases, field.name]) {
    const lower = spelling.toLowerCase();
    const rank =
      lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : lower.includes(`.${wanted}`) ? 2 : undefined;
    if (rank !== undefined && (!best || rank < best.rank)) best = { insert: spelling, rank };
  }
  return best;
}
