import type { Regex, RegexNode } from "./regex.ts";
import { compileAutomaton } from "./regex-matcher.ts";

/** A pattern's pieces: texts and `?` between its `*`. */
export interface Glob {
  /** One entry per stretch between stars: literal texts, or null for a `?`. */
  readonly stretches: readonly (readonly (string | null)[])[];
}

/** Longest pattern with a `*` or `?`. */
export const globLengthMax = 256;

/** Reads `*` (any run), `?` (any one character) and `\*`, `\?`, `\\` (the character itself). */
export function parseGlob(pattern: string): Glob {
  const stretches: (string | null)[][] = [[]];
  for (let at = 0; at < pattern.length; at++) {
    const stretch = stretches.at(-1)!;
    let text = pattern[at]!;
    if (text === "*") {
      stretches.push([]);
      continue;
    }
    if (text === "?") {
      stretch.push(null);
      continue;
    }
    if (text === "\\" && at + 1 < pattern.length) text = pattern[++at]!;
    const last = stretch.at(-1);
    if (typeof last === "string") stretch[stretch.length - 1] = last + text;
    else stretch.push(text);
  }
  return { stretches };
}

/** The texts between the stars when there is no `?`; undefined when there is. */
export function literalStretches(glob: Glob): readonly string[] | undefined {
  if (glob.stretches.some((stretch) => stretch.includes(null))) return undefined;
  return glob.stretches.map((stretch) => stretch.join(""));
}

/** The same as a regular expression over the whole text. */
export function globRegex(glob: Glob): Regex {
  const any: RegexNode = { kind: "set", set: { negated: true, items: [] } };
  const of: RegexNode[] = [{ kind: "assert", what: "start" }];
  for (const [index, stretch] of glob.stretches.entries()) {
    if (index > 0) of.push({ kind: "repeat", of: any, min: 0, max: undefined });
    for (const part of stretch) of.push(...(part === null ? [any] : charactersOf(part)));
  }
  of.push({ kind: "assert", what: "end" });
  return { node: { kind: "sequence", of }, ignoreCase: false };
}

/** One node per character of the text. */
export function charactersOf(text: string): RegexNode[] {
  return [...text].map((character) => {
    const codePoint = character.codePointAt(0)!;
    const items = [{ kind: "range" as const, from: codePoint, to: codePoint }];
    return { kind: "set", set: { negated: false, items } };
  });
}

/** Tests whether the whole text is of the pattern. */
export function compileGlob(pattern: string): (text: string) => boolean {
  const glob = parseGlob(pattern);
  const texts = literalStretches(glob);
  if (!texts) return compileAutomaton(globRegex(glob));
  if (texts.length === 1) return (text) => text === texts[0];
  const first = texts[0]!;
  const last = texts.at(-1)!;
  const inner = texts.slice(1, -1).filter((text) => text !== "");
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    let at = first.length;
    for (const part of inner) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length;
  };
}
