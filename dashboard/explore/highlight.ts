import type { Filter, TextMatch } from "../../common/query/ast.ts";
import { parseQuery } from "../../common/query/parser.ts";

/** More words than this are not marked; a mark on everything marks nothing. */
const wordsMax = 12;

/** An expression that finds what the query's free text searches for; undefined when there is none. */
export function highlightOf(query: string): RegExp | undefined {
  const sources = new Set<string>();
  collect(parseQuery(query).query.filter, sources);
  const all = [...sources].slice(0, wordsMax);
  if (all.length === 0) return undefined;
  try {
    return new RegExp(all.join("|"), "giu");
  } catch {
    // The query language's regular expressions are not quite JavaScript's; then nothing is marked.
    return undefined;
  }
}

/** What is excluded is not in the lines, so nothing below a `not` is marked. */
function collect(filter: Filter, sources: Set<string>): void {
  if (filter.kind === "and" || filter.kind === "or") for (const part of filter.of) collect(part, sources);
  if (filter.kind === "text" || filter.kind === "words") add(filter.match, sources);
}

function add(match: TextMatch, sources: Set<string>): void {
  if (match.kind === "prefix") sources.add(escaped(match.word));
  else if (match.kind === "phrase") sources.add(match.words.map(escaped).join("[^\\p{L}\\p{N}]*"));
  else if (match.kind === "substring") sources.add(escaped(match.text));
  else sources.add(`(?:${match.source.replace(/^\(\?i\)/, "")})`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
