import type { ParsedQuery } from "../../common/query/ast.ts";

export interface TintedPiece {
  readonly text: string;
  readonly className: string;
}

const classes = {
  field: "tok f",
  operator: "tok o",
  value: "tok v",
  text: "v",
  keyword: "o",
  paren: "f",
  pipe: "o",
  error: "err",
} as const;

/** The whole text of the query in pieces of one look each; together they are the text, letter by letter. */
export function tintedPieces(query: string, parsed: ParsedQuery): TintedPiece[] {
  const pieces: TintedPiece[] = [];
  let at = 0;
  const tokens = [...parsed.tokens].sort((a, b) => a.from - b.from);
  for (const token of tokens) {
    const from = Math.max(at, token.from);
    if (token.to <= from) continue;
    if (from > at) pieces.push({ text: query.slice(at, from), className: "" });
    pieces.push({ text: query.slice(from, token.to), className: lookOf(query, token.kind, from) });
    at = token.to;
  }
  if (at < query.length) pieces.push({ text: query.slice(at), className: "" });
  if (parsed.error && !pieces.some((piece) => piece.className === classes.error)) underlineLast(pieces);
  return pieces;
}

/** An error behind the end (something is missing there) has no letters of its own; the last ones stand for it. */
function underlineLast(pieces: TintedPiece[]): void {
  const at = pieces.findLastIndex((piece) => piece.text.trim() !== "");
  if (at >= 0) pieces[at] = { text: pieces[at]!.text, className: classes.error };
}

/** A lone minus excludes; it is as red as what fails, the colon of a field is only an operator. */
function lookOf(query: string, kind: keyof typeof classes, from: number): string {
  if (kind === "operator" && query[from] === "-") return "n";
  return classes[kind];
}
